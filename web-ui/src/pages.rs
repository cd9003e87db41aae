//! One module a page. Pages fetch; components only get props.

pub(crate) mod flag;
pub(crate) mod flags;
pub(crate) mod home;
pub(crate) mod sign_in;
pub(crate) mod toggle;
