//! One module a page. Pages fetch; components only get props.

pub(crate) mod audit;
pub(crate) mod changes;
pub(crate) mod connections;
pub(crate) mod entity;
pub(crate) mod flag;
pub(crate) mod flags;
pub(crate) mod history;
pub(crate) mod home;
pub(crate) mod later;
pub(crate) mod metrics;
pub(crate) mod release;
pub(crate) mod release_form;
pub(crate) mod releases;
pub(crate) mod saving;
pub(crate) mod segments;
pub(crate) mod settings;
pub(crate) mod sign_in;
pub(crate) mod templates;
pub(crate) mod toggle;
