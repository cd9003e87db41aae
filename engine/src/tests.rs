//! The engine's tests; `testdata/` holds the cases that are data.
