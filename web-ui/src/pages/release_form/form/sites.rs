//! The sites of a flag's configuration as choices.

use serin_engine::{flag::FlagConfig, release::Site};

/// A site's name in a list of choices.
pub(crate) fn site_name(site: &Site) -> String {
    match site {
        Site::Default => "default".to_owned(),
        Site::Rule(rule) => format!("rule:{rule}"),
    }
}

/// The site of such a name.
pub(crate) fn site_of(name: &str) -> Site {
    match name.strip_prefix("rule:") {
        Some(rule) => Site::Rule(rule.to_owned()),
        None => Site::Default,
    }
}

/// The sites of a configuration with their words.
pub(crate) fn sites(config: &FlagConfig) -> Vec<(String, String)> {
    let default = (site_name(&Site::Default), "The default".to_owned());
    let rules = config.rules.iter().enumerate().map(|(index, rule)| {
        let words = match rule.name.as_deref().filter(|name| !name.is_empty()) {
            Some(name) => format!("Rule {}: {name}", index + 1),
            None => format!("Rule {}", index + 1),
        };
        (site_name(&Site::Rule(rule.id.clone())), words)
    });
    std::iter::once(default).chain(rules).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn sites_have_names_that_lead_back() {
        let config: FlagConfig = serde_json::from_value(
            json!({"enabled": true, "default": {"variation": "off"}, "rules": [
            {"id": "default", "when": {"all": []}, "serve": {"variation": "on"}},
            {"id": "b", "name": "Beta", "when": {"all": []}, "serve": {"variation": "on"}}]}),
        )
        .unwrap();
        let sites = sites(&config);
        let words: Vec<&str> = sites.iter().map(|(_, words)| words.as_str()).collect();
        assert_eq!(words, ["The default", "Rule 1", "Rule 2: Beta"]);
        let back: Vec<Site> = sites.iter().map(|(name, _)| site_of(name)).collect();
        assert_eq!(
            back,
            [
                Site::Default,
                Site::Rule("default".into()),
                Site::Rule("b".into())
            ]
        );
    }
}
