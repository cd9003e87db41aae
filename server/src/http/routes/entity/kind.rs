//! The kinds of entity, and where each is.

use serde::de::DeserializeOwned;
use serin_api::{entity::EntityKind, paths};

use crate::http::extract::body::{Bounded, CHANGE_SET_LIMIT};

/// A kind of entity, with its address.
pub(crate) trait Resource: Bounded {
    /// The kind.
    const KIND: EntityKind;
    /// The parameters of its address.
    type Address: DeserializeOwned + 'static;
    /// What the parameters name.
    fn place(address: Self::Address) -> Place;
    /// Where an entity of the kind is.
    fn location(place: &Place) -> String;
}

/// What an address names.
pub(crate) struct Place {
    pub(super) project: String,
    pub(super) environment: Option<String>,
    pub(super) key: String,
}

macro_rules! in_project {
    ($($name:ident $location:path;)+) => {$(
        #[doc = concat!("`", stringify!($name), "`s in a project.")]
        pub(crate) struct $name;

        impl Resource for $name {
            const KIND: EntityKind = EntityKind::$name;
            type Address = (String, String);

            fn place((project, key): Self::Address) -> Place {
                Place { project, environment: None, key }
            }

            fn location(place: &Place) -> String {
                $location(&place.project, &place.key)
            }
        }
    )+};
}

macro_rules! in_environment {
    ($($name:ident $location:path;)+) => {$(
        #[doc = concat!("`", stringify!($name), "`s in an environment.")]
        pub(crate) struct $name;

        impl Resource for $name {
            const KIND: EntityKind = EntityKind::$name;
            type Address = (String, String, String);

            fn place((project, environment, key): Self::Address) -> Place {
                Place { project, environment: Some(environment), key }
            }

            fn location(place: &Place) -> String {
                $location(&place.project, place.environment.as_deref().unwrap_or_default(), &place.key)
            }
        }
    )+};
}

in_project! {
    Flag paths::flag;
    Segment paths::segment;
    ReleaseTemplate paths::release_template;
    Metric paths::metric;
}

in_environment! {
    FlagConfig paths::flag_config;
    SegmentConfig paths::segment_config;
}

impl Bounded for Flag {}
impl Bounded for Segment {}
impl Bounded for ReleaseTemplate {}
impl Bounded for Metric {}
impl Bounded for FlagConfig {}
impl Bounded for SegmentConfig {
    /// It may list two hundred thousand units.
    const LIMIT: usize = CHANGE_SET_LIMIT;
}
