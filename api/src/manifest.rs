//! `GET /openfeature/v0/manifest`: an environment's flags as the `openfeature` command
//! reads them, which writes typed code from them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// All flags that are not archived, by key.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Manifest {
    /// The flags.
    pub flags: Vec<ManifestFlag>,
}

/// One flag.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ManifestFlag {
    /// The flag's key.
    pub key: String,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The type of its values.
    #[serde(rename = "type")]
    pub kind: ManifestType,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What programs serve where the flag cannot be evaluated: the value that the flag has
    /// when it is off; where it names none, `false`, `0`, an empty text or object.
    pub default_value: Value,
}

/// The types of OpenFeature, where numbers have two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum ManifestType {
    /// `true` or `false`.
    Boolean,
    /// Text.
    String,
    /// A number whose variations are all written without a fraction.
    Integer,
    /// A number.
    Float,
    /// A JSON object.
    Object,
}
