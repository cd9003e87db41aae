//! Why targeting has no exact native form.

/// What stands in the way of a translation, by name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("targeting: {0}")]
pub(crate) struct Refusal(String);

impl Refusal {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// An operator that is not translated at all.
    pub(crate) fn operator(name: &str) -> Self {
        let why = match name {
            "fractional" => {
                "flagd divides users by another hash than Serin's slots, so users would change sides"
            }
            _ => "it has no exact native form",
        };
        Self(format!("`{name}`: {why}"))
    }

    /// An operator with arguments that it is not translated for.
    pub(crate) fn arguments(operator: &str, what: impl std::fmt::Display) -> Self {
        Self(format!("`{operator}` {what}"))
    }
}
