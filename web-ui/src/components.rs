//! The parts that pages are made of, one file each with its CSS. They get props and
//! fetch nothing.

pub(crate) mod badge;
pub(crate) mod button;
pub(crate) mod copy;
pub(crate) mod dialog;
pub(crate) mod empty;
pub(crate) mod error_view;
pub(crate) mod field;
pub(crate) mod icon;
pub(crate) mod loaded;
pub(crate) mod menu;
pub(crate) mod segmented;
pub(crate) mod select;
pub(crate) mod skeleton;
pub(crate) mod sparkline;
pub(crate) mod split_bar;
pub(crate) mod switch;
pub(crate) mod tabs;
pub(crate) mod tag_input;
pub(crate) mod time;
pub(crate) mod toast;
pub(crate) mod variation;
pub(crate) mod variations_editor;
pub(crate) mod weights_editor;
