//! The demo that `cargo xtask run` starts.
