//! What keeps a server that is asked too much from falling over.

use std::{num::NonZeroU64, time::Duration};

use clap::Args;

/// What callers may take up, together and each; 0 is no limit.
#[derive(Args, Clone, Copy, Debug)]
pub struct Protection {
    /// Streams that may be open with one key; 0 for no limit
    #[arg(
        long = "key-streams",
        env = "SERIN_KEY_STREAMS",
        value_name = "COUNT",
        default_value_t = 20_000
    )]
    pub key_streams: u32,

    /// Streams that may be open in all; 0 for no limit
    #[arg(
        long = "streams",
        env = "SERIN_STREAMS",
        value_name = "COUNT",
        default_value_t = 50_000
    )]
    pub streams: u32,

    /// Seconds that a connection may take nothing of what is sent to it, and be silent when asked whether it lives
    #[arg(
        long = "stall-timeout",
        env = "SERIN_STALL_TIMEOUT",
        value_name = "SECONDS",
        default_value = "30"
    )]
    pub stall_timeout: NonZeroU64,

    /// Seconds that the head of a request may take to come, and its body as long again
    #[arg(
        long = "request-timeout",
        env = "SERIN_REQUEST_TIMEOUT",
        value_name = "SECONDS",
        default_value = "15"
    )]
    pub request_timeout: NonZeroU64,

    /// Milliseconds that requests may wait for their turn before some evaluations are refused; 0 for no limit
    #[arg(
        long = "delay-limit",
        env = "SERIN_DELAY_LIMIT",
        value_name = "MILLISECONDS",
        default_value_t = 1000
    )]
    pub delay_limit: u64,
}

impl Protection {
    /// No limits, but for what must have one.
    pub const NONE: Self = Self {
        key_streams: 0,
        streams: 0,
        stall_timeout: NonZeroU64::MIN.saturating_add(29),
        request_timeout: NonZeroU64::MIN.saturating_add(29),
        delay_limit: 0,
    };

    /// [`Self::request_timeout`] as a duration.
    pub(crate) fn request(self) -> Duration {
        Duration::from_secs(self.request_timeout.get())
    }

    /// [`Self::stall_timeout`] as a duration.
    pub(crate) fn stall(self) -> Duration {
        Duration::from_secs(self.stall_timeout.get())
    }
}
