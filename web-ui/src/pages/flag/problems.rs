//! What is in the way of saving a configuration, and where it is.

use serin_engine::flag::{FlagConfig, Rule};

use super::views::{BROKEN, WHOLE};
use crate::{
    conditions::{incomplete, missing},
    engine::Mistake,
    json_text::Texts,
};

/// What is not finished. What stands already is not reproached: only edits are.
pub(crate) fn unfinished(base: &FlagConfig, config: &FlagConfig) -> Vec<Mistake> {
    let mut found = Vec::new();
    for (index, prerequisite) in config.prerequisites.iter().enumerate() {
        if base.prerequisites.contains(prerequisite) {
            continue;
        }
        let at = format!("/prerequisites/{index}");
        if prerequisite.flag.is_empty() {
            found.push(missing(format!("{at}/flag"), "a flag is to be chosen"));
        } else if prerequisite.variations.is_empty() {
            let path = format!("{at}/variations");
            found.push(missing(path, "a variation is to be chosen"));
        }
    }
    for (index, rule) in config.rules.iter().enumerate() {
        if !stands(base, rule) {
            found.extend(incomplete(&rule.when, &format!("/rules/{index}/when")));
        }
    }
    found
}

fn stands(base: &FlagConfig, rule: &Rule) -> bool {
    let same = |other: &&Rule| other.id == rule.id;
    let before = base.rules.iter().find(same);
    before.is_some_and(|before| before.when == rule.when)
}

/// Texts that cannot be read yet.
pub(crate) fn broken(config: &FlagConfig, texts: &Texts) -> Vec<Mistake> {
    let mistake = |(name, text): &(String, crate::json_text::Text)| {
        let broken = text.broken.as_ref()?;
        let position = config.rules.iter().position(|rule| rule.id == *name);
        let path = match position {
            Some(index) => format!("/rules/{index}"),
            None if name == WHOLE => String::new(),
            // Its rule is gone, and the text with it.
            None => return None,
        };
        let place = broken
            .at
            .map(|(line, column)| format!("line {line}, column {column}: "));
        Some(Mistake {
            path,
            code: BROKEN.to_owned(),
            message: format!("JSON, {}{}", place.unwrap_or_default(), broken.message),
        })
    };
    texts.iter().filter_map(mistake).collect()
}

/// What is not finished and so left out of what the preview and the counts say; nothing
/// where all is whole.
pub(crate) fn left_out(problems: &[Mistake]) -> Option<String> {
    let mut places: Vec<String> = Vec::new();
    for problem in problems {
        let place = match place(problem) {
            Some(place) => place.to_lowercase(),
            None if problem.path.starts_with("/schema") => "the value schema".to_owned(),
            None if problem.path.starts_with("/variations") => "the variations".to_owned(),
            None => "the JSON".to_owned(),
        };
        if !places.contains(&place) {
            places.push(place);
        }
    }
    match places.len() {
        0 => None,
        1..=3 => Some(format!(
            "Not finished, and left out: {}.",
            places.join(", ")
        )),
        many => Some(format!("Not finished, and left out: {many} parts.")),
    }
}

/// A problem as a sentence that says where it is: `Rule 2: a segment is to be chosen.`
pub(crate) fn sentence(problem: &Mistake) -> String {
    let message = problem.message.trim_end_matches('.');
    match place(problem) {
        Some(place) => format!("{place}: {message}."),
        None => format!("{message}."),
    }
}

/// The part of the configuration that a problem is in, as people call it.
fn place(problem: &Mistake) -> Option<String> {
    let mut steps = problem.path.split('/').skip(1);
    let (part, index) = (steps.next().unwrap_or_default(), steps.next());
    let number = index.and_then(|index| index.parse::<usize>().ok());
    let number = number
        .map(|index| format!(" {}", index + 1))
        .unwrap_or_default();
    Some(match part {
        "rules" => format!("Rule{number}"),
        "prerequisites" => format!("Prerequisite{number}"),
        "targets" => format!("Targets{number}"),
        "default" => "Default".to_owned(),
        "off" => "When off".to_owned(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::json_text::{Broken, Text};

    fn config() -> FlagConfig {
        serde_json::from_value(json!({
            "enabled": true,
            "prerequisites": [{"flag": "", "variations": []}, {"flag": "a", "variations": []}],
            "rules": [
                {"id": "a", "when": {"segment": "beta"}, "serve": {"variation": "on"}},
                {"id": "b", "when": {"attribute": "", "op": "in", "values": ["x"]}, "serve": {"variation": "on"}},
                {"id": "c", "when": {"attribute": "plan", "op": "in"}, "serve": {"variation": "on"}},
            ],
            "default": {"variation": "on"},
        }))
        .unwrap()
    }

    fn said(base: &FlagConfig) -> Vec<String> {
        unfinished(base, &config()).iter().map(sentence).collect()
    }

    #[test]
    fn unfinished_rules_and_prerequisites_are_named() {
        let mut empty = config();
        empty.rules.clear();
        empty.prerequisites.clear();
        let all = [
            "Prerequisite 1: a flag is to be chosen.",
            "Prerequisite 2: a variation is to be chosen.",
            "Rule 2: an attribute is missing.",
            "Rule 3: a value is missing.",
        ];
        assert_eq!(said(&empty), all);
        // What stands is another's business.
        assert_eq!(said(&config()), Vec::<String>::new());
    }

    #[test]
    fn what_is_left_out_is_named_once() {
        assert_eq!(left_out(&[]), None);
        let mut all = vec![
            missing("/rules/1/when/attribute", "x"),
            missing("/rules/1/when/values", "y"),
            missing("/default/split", "y"),
        ];
        let said = |all: &[Mistake]| left_out(all).unwrap();
        assert_eq!(said(&all), "Not finished, and left out: rule 2, default.");
        all.extend([missing("/schema", "z"), missing("", "z")]);
        assert_eq!(said(&all), "Not finished, and left out: 4 parts.");
    }

    #[test]
    fn broken_texts_name_their_rule_and_line() {
        let text = |broken| Text {
            text: String::new(),
            broken,
        };
        let at = Some((3, 4));
        let wrong = || {
            Some(Broken {
                at,
                message: "expected a comma".to_owned(),
            })
        };
        let texts = vec![
            ("b".to_owned(), text(wrong())),
            ("gone".to_owned(), text(wrong())),
            ("c".to_owned(), text(None)),
            (String::new(), text(Some(Broken::whole("x")))),
        ];
        let said: Vec<_> = broken(&config(), &texts).iter().map(sentence).collect();
        assert_eq!(
            said,
            [
                "Rule 2: JSON, line 3, column 4: expected a comma.",
                "JSON, x."
            ]
        );
    }
}
