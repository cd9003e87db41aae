//! Icons of our own: 16 units square, drawn with one stroke.

use leptos::prelude::*;

macro_rules! icons {
    ($($(#[$doc:meta])* $name:ident = $path:literal,)+) => {
        /// What an icon shows.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Glyph { $($(#[$doc])* $name,)+ }

        impl Glyph {
            fn path(self) -> &'static str {
                match self { $(Self::$name => $path,)+ }
            }
        }
    };
}

icons! {
    Flag = "M3.500 14.500V2m0 .7c3-1.500 5.500 1.200 9 0v6.600c-3.500 1.200-6-1.500-9 0",
    Segment = "M6 7.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5zM1.500 13.500c0-2.500 2-4 4.500-4s4.500 1.500 4.500 4M10.500 2.700a2.500 2.500 0 0 1 0 4.600M12.300 9.800c1.400.6 2.200 1.900 2.200 3.700",
    Release = "M2 12.500h3v-3h3.500v-3H12v-3h2.500M11 13.500h3.500V10",
    Change = "M5 2v8.500m0 0a1.800 1.800 0 1 0 0 3.500 1.800 1.800 0 0 0 0-3.500zM11 5.500a1.800 1.800 0 1 0 0-3.500 1.800 1.800 0 0 0 0 3.500zm0 0c0 3-3.500 3-6 4",
    Audit = "M4 1.800h5.500L13 5.300v9H4a1 1 0 0 1-1-1V2.800a1 1 0 0 1 1-1zM9.300 2v3.500h3.500M5.800 8.500h4.500M5.800 11.200h3",
    Metric = "M2 13.500h12M3.500 10.500l3-4 2.500 2.500 4-6M10.500 3H13v2.500",
    Edit = "M10.500 3.500l2 2L6 12H4v-2zM9 5l2 2M3 14h10",
    Settings = "M2 4.500h6m3.500 0H14M2 11.500h2.500m3.500 0h6M9.700 2.700v3.600M6.300 9.700v3.600",
    Search = "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.700 10.700 14 14",
    Plus = "M8 3v10M3 8h10",
    Minus = "M3.500 8h9",
    Question = "M5.300 6A2.700 2.700 0 1 1 8 8.700v1.300M8 12.600v.01",
    Close = "M4 4l8 8M12 4l-8 8",
    Check = "M3 8.500l3.300 3.300L13 4.800",
    Chevron = "M4.500 6.500 8 10l3.500-3.500",
    ChevronRight = "M6.500 4.500 10 8l-3.500 3.500",
    Arrow = "M3 8h10M9 4l4 4-4 4",
    ArrowUp = "M8 13V3M4 7l4-4 4 4",
    ArrowDown = "M8 3v10M4 9l4 4 4-4",
    Copy = "M6 5.500h7v8.300H6zM3.200 10.500V2.200h6.800",
    More = "M3.500 8h.01M8 8h.01M12.500 8h.01",
    Menu = "M2.500 4.500h11M2.500 8h11M2.500 11.500h11",
    Warning = "M8 2.200 14.500 13.500h-13zM8 6.500v3.200M8 11.600v.01",
    Info = "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 7.500v3.300M8 5.200v.01",
    Shield = "M8 1.800l5.200 2v4c0 3.200-2.200 5.400-5.200 6.500-3-1.100-5.200-3.300-5.200-6.500v-4z",
    Clock = "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 4.800V8l2.200 1.500",
    User = "M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2.500 14c.3-2.700 2.500-4.200 5.500-4.200s5.200 1.500 5.500 4.200",
    SignOut = "M6.500 13.500H3v-11h3.500M10 11l3-3-3-3M13 8H6.500",
    Sun = "M8 10.800a2.800 2.800 0 1 0 0-5.600 2.800 2.800 0 0 0 0 5.600zM8 1.500v1.300M8 13.200v1.300M1.500 8h1.300M13.200 8h1.300M3.400 3.400l.9.9M11.700 11.700l.9.9M3.400 12.600l.9-.9M11.700 4.300l.9-.9",
    Moon = "M13.500 9.500A6 6 0 1 1 6.500 2.500a4.800 4.800 0 0 0 7 7z",
    Trash = "M2.500 4h11M6 4V2.200h4V4M4 4l.7 9.800h6.600L12 4M6.700 7v4M9.300 7v4",
    Archive = "M2 2.800h12v3H2zM3 5.800v7.500h10V5.800M6.300 8.500h3.400",
    Play = "M5 3v10l8-5z",
    Pause = "M5.500 3.500v9M10.500 3.500v9",
    Undo = "M5.500 3 2.500 6l3 3M2.500 6h7a4 4 0 0 1 0 8H6",
    Key = "M5.200 13.300a2.700 2.700 0 1 0 0-5.400 2.700 2.700 0 0 0 0 5.400zM7.200 8.700 13 3M11 5l2 2",
    Eye = "M1.500 8S4 3.500 8 3.500 14.500 8 14.500 8 12 12.500 8 12.500 1.500 8 1.500 8zM8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
    Filter = "M2 3.500h12M4.500 8h7M6.700 12.500h2.600",
    Project = "M2 4h4.500l1.300 1.500H14v7.800H2z",
    Grip = "M6 3.500h.01M6 8h.01M6 12.500h.01M10 3.500h.01M10 8h.01M10 12.500h.01",
    Retry = "M13.500 8a5.500 5.500 0 1 1-1.600-3.900M13.500 1.800V5h-3.200",
}

/// An icon; it says nothing to a screen reader, what it stands beside does.
#[component]
pub(crate) fn Icon(
    /// What it shows.
    glyph: Glyph,
    /// Edge length in pixels.
    #[prop(default = 16)]
    size: u8,
) -> impl IntoView {
    view! {
        <svg
            class="icon"
            viewBox="0 0 16 16"
            width=size
            height=size
            fill="none"
            stroke="currentColor"
            stroke-width=if matches!(glyph, Glyph::More | Glyph::Grip) { "2" } else { "1.4" }
            stroke-linecap="round"
            stroke-linejoin="round"
            aria-hidden="true"
        >
            <path d=glyph.path()></path>
        </svg>
    }
}

/// The bird.
#[component]
pub(crate) fn Mark(
    /// Edge length in pixels.
    #[prop(default = 24)]
    size: u8,
) -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 32 32" width=size height=size aria-hidden="true">
            <rect width="32" height="32" rx="8" fill="#1c2130"></rect>
            <path
                d="M7 21c0-7 5-12 11-12 3 0 5 1.6 5.6 4L28 14.6l-4.2 1.7C23.2 22 19 25.5 13.5 25.5H6.500L9 23.2C7.7 22.7 7 22 7 21z"
                fill="#e3c92f"
            ></path>
            <path
                d="M10.5 20.5c3.5.6 7-1.3 8-5"
                fill="none"
                stroke="#1c2130"
                stroke-width="1.7"
                stroke-linecap="round"
            ></path>
            <circle cx="20" cy="12.8" r="1.2" fill="#1c2130"></circle>
        </svg>
    }
}
