//! Which crate may name which.

use anyhow::{Context as _, Result};
use serde_json::Value;

/// What each of our crates may depend on, among our crates.
const OURS: &[(&str, &[&str])] = &[
    ("serin-engine", &[]),
    ("serin-api", &["serin-engine"]),
    ("serin-documents", &["serin-engine", "serin-api"]),
    ("serin-simulation", &["serin-engine"]),
    (
        "serin-web-engine",
        &["serin-engine", "serin-api", "serin-documents"],
    ),
    ("serin-sdk", &["serin-engine", "serin-api"]),
    ("serin-web-ui", &["serin-engine", "serin-api"]),
    (
        "serin",
        &[
            "serin-engine",
            "serin-api",
            "serin-documents",
            "serin-simulation",
            "serin-sdk",
        ],
    ),
    ("serin-e2e", &["serin-api", "serin-sdk"]),
    ("serin-bench-server", &["serin-sdk"]),
    ("serin-bench-canary", &["serin-engine", "serin-simulation"]),
    ("xtask", &[]),
];

/// Libraries that bring the outside world (or a large part of it) along, and the crates
/// that may name them.
const OUTSIDE: &[(&str, &[&str])] = &[
    // What is measured beside the server stands on the same libraries.
    ("sqlx", &["serin", "serin-bench-server"]),
    ("actix-web", &["serin", "serin-bench-server"]),
    ("leptos", &["serin-web-ui"]),
    ("wasm-bindgen-cli-support", &["xtask"]),
    (
        "tokio",
        &[
            "serin",
            "serin-sdk",
            "serin-e2e",
            "serin-bench-server",
            "xtask",
        ],
    ),
    ("reqwest", &["serin", "serin-sdk", "serin-e2e"]),
    ("rand", &["serin", "serin-sdk"]),
    ("getrandom", &[]),
];

/// What breaks the rules in the output of `cargo metadata --no-deps`.
///
/// # Errors
/// Where that has another shape than expected.
pub(crate) fn offences(metadata: &Value) -> Result<Vec<String>> {
    let packages = metadata["packages"]
        .as_array()
        .context("no packages in the metadata")?;
    let names: Vec<_> = packages
        .iter()
        .filter_map(|package| package["name"].as_str())
        .collect();
    let mut offences = Vec::new();
    for package in packages {
        let name = package["name"]
            .as_str()
            .context("a package without a name")?;
        let Some((_, allowed)) = OURS.iter().find(|(ours, _)| *ours == name) else {
            offences.push(format!(
                "{name}: a crate that xtask/src/tidy/crates.rs has no rule for"
            ));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let dependency = &dependency["name"]
                .as_str()
                .context("a dependency without a name")?;
            // A crate names itself where its tests turn its features on.
            let is_other = *dependency != name;
            if is_other && names.contains(dependency) && !allowed.contains(dependency) {
                offences.push(format!("{name}: may not depend on {dependency}"));
            }
            let outside = OUTSIDE.iter().find(|(outside, _)| outside == dependency);
            if outside.is_some_and(|(_, users)| !users.contains(&name)) {
                offences.push(format!("{name}: may not depend on {dependency}"));
            }
        }
    }
    Ok(offences)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn package(name: &str, dependencies: &[&str]) -> Value {
        let dependencies: Vec<_> = dependencies
            .iter()
            .map(|name| json!({ "name": name }))
            .collect();
        json!({ "name": name, "dependencies": dependencies })
    }

    fn check(packages: &[Value]) -> Vec<String> {
        offences(&json!({ "packages": packages })).unwrap()
    }

    #[test]
    fn dependencies_point_one_way() {
        let packages = [
            package("serin-engine", &["serin-api"]),
            package("serin-api", &["serin-engine"]),
        ];
        assert_eq!(
            check(&packages),
            ["serin-engine: may not depend on serin-api"]
        );
    }

    #[test]
    fn the_outside_world_stays_outside() {
        assert_eq!(
            check(&[package("serin-engine", &["serde", "tokio"])]),
            ["serin-engine: may not depend on tokio"]
        );
        assert_eq!(
            check(&[package("serin-sdk", &["tokio", "sqlx"])]),
            ["serin-sdk: may not depend on sqlx"]
        );
    }

    #[test]
    fn a_new_crate_needs_a_rule() {
        assert_eq!(check(&[package("serin-new", &[])]).len(), 1);
    }
}
