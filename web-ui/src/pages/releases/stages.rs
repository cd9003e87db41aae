//! Stages as they are typed, before they are a document's.

use serin_api::error::Detail;
use serin_engine::release::{Span, Stage};

use crate::{
    describe::release::{capital_sentence, remaining},
    weights,
};

/// A stage as it is typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StageDraft {
    /// Tells it from the others for as long as the form lives.
    pub(crate) id: u32,
    /// Empty where it has none.
    pub(crate) name: String,
    /// In percent.
    pub(crate) weight: String,
    /// Like `30m`; empty where a person advances it.
    pub(crate) bake: String,
}

/// What some stages look like in the form; ids begin at `first`.
pub(crate) fn drafts(stages: &[Stage], first: u32) -> Vec<StageDraft> {
    (first..)
        .zip(stages)
        .map(|(id, stage)| StageDraft {
            id,
            name: stage.name.clone().unwrap_or_default(),
            weight: weights::percent_number(stage.slots()),
            bake: stage
                .min_bake
                .map_or_else(String::new, |span| span.to_string()),
        })
        .collect()
}

/// With one more stage, before the last one and half way to it.
pub(crate) fn with_another(drafts: &[StageDraft]) -> Vec<StageDraft> {
    let mut drafts = drafts.to_vec();
    let id = drafts
        .iter()
        .map(|draft| draft.id)
        .max()
        .map_or(0, |id| id + 1);
    let slots =
        |draft: Option<&StageDraft>| draft.and_then(|draft| weights::slots_of(&draft.weight));
    let before = drafts
        .len()
        .checked_sub(2)
        .and_then(|index| slots(drafts.get(index)));
    let half = before.unwrap_or(0).midpoint(weights::ALL);
    let stage = StageDraft {
        id,
        name: String::new(),
        weight: weights::percent_number(half),
        bake: "30m".to_owned(),
    };
    drafts.insert(drafts.len().saturating_sub(1), stage);
    drafts
}

/// The stages, or every mistake by its place in the document.
pub(crate) fn read(drafts: &[StageDraft]) -> Result<Vec<Stage>, Vec<Detail>> {
    let mut mistakes = Vec::new();
    let stages = drafts
        .iter()
        .enumerate()
        .filter_map(|(index, draft)| read_stage(index, draft, &mut mistakes))
        .collect();
    if mistakes.is_empty() {
        Ok(stages)
    } else {
        Err(mistakes)
    }
}

fn read_stage(index: usize, draft: &StageDraft, mistakes: &mut Vec<Detail>) -> Option<Stage> {
    let weight = weights::slots_of(&draft.weight);
    if weight.is_none() {
        mistakes.push(mistake(
            index,
            "weight",
            "A share from 0.001 to 100 %, like 12.5.",
        ));
    }
    let bake = read_bake(&draft.bake);
    if bake.is_none() {
        let message = "A time like 30m, 2h or 1h30m; empty to advance by hand.";
        mistakes.push(mistake(index, "min_bake", message));
    }
    let name = draft.name.trim();
    Some(Stage {
        name: (!name.is_empty()).then(|| name.to_owned()),
        weight: f64::from(weight?) / 1000.0,
        min_bake: bake?,
        ..Stage::default()
    })
}

/// A bake time as it is typed, also in capitals and with spaces.
fn read_bake(text: &str) -> Option<Option<Span>> {
    let text: String = text.to_lowercase().split_whitespace().collect();
    if text.is_empty() {
        return Some(None);
    }
    text.parse().ok().map(Some)
}

/// What a typed bake time comes to, in words.
pub(crate) fn bake_words(text: &str, last: bool) -> String {
    match read_bake(text) {
        Some(Some(span)) => format!("bakes {}", remaining(span.0)),
        Some(None) if last => "completes at once".to_owned(),
        Some(None) => "waits for a person".to_owned(),
        None => String::new(),
    }
}

fn mistake(index: usize, member: &str, message: &str) -> Detail {
    Detail {
        path: format!("/stages/{index}/{member}"),
        code: "unreadable".to_owned(),
        message: message.to_owned(),
    }
}

/// What is wrong at a place, or below it.
pub(crate) fn at(mistakes: &[Detail], path: &str) -> Option<String> {
    let here = |detail: &&Detail| {
        let rest = detail.path.strip_prefix(path);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let messages: Vec<String> = mistakes
        .iter()
        .filter(here)
        .map(|detail| capital_sentence(&detail.message))
        .collect();
    (!messages.is_empty()).then(|| messages.join(" "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn stages(json: serde_json::Value) -> Vec<Stage> {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn what_is_typed_is_what_is_read() {
        let all = stages(
            json!([{"name": "Staff", "weight": 0.5, "min_bake": "1h30m"}, {"weight": 100.0}]),
        );
        let typed = drafts(&all, 7);
        assert_eq!(
            (
                typed[0].id,
                typed[0].weight.as_str(),
                typed[0].bake.as_str()
            ),
            (7, "0.5", "1h30m")
        );
        assert_eq!(read(&typed).unwrap(), all);
    }

    #[test]
    fn spaces_capitals_and_percent_signs_are_forgiven() {
        let typed = [StageDraft {
            id: 0,
            name: " ".into(),
            weight: "12,5 %".into(),
            bake: " 1H 30m ".into(),
        }];
        assert_eq!(
            read(&typed).unwrap(),
            stages(json!([{"weight": 12.5, "min_bake": "1h30m"}]))
        );
    }

    #[test]
    fn mistakes_are_named_by_place() {
        let typed = [
            StageDraft {
                id: 0,
                name: String::new(),
                weight: "lots".into(),
                bake: "soon".into(),
            },
            StageDraft {
                id: 1,
                name: String::new(),
                weight: "100".into(),
                bake: String::new(),
            },
        ];
        let mistakes = read(&typed).unwrap_err();
        assert!(at(&mistakes, "/stages/0/weight").is_some());
        assert!(at(&mistakes, "/stages/0/min_bake").is_some());
        assert_eq!(at(&mistakes, "/stages/1"), None);
        assert_eq!(at(&mistakes, "/stage"), None);
    }

    #[test]
    fn another_stage_goes_between() {
        let typed = drafts(&stages(json!([{"weight": 10.0}, {"weight": 100.0}])), 0);
        let more = with_another(&typed);
        let weights: Vec<&str> = more.iter().map(|draft| draft.weight.as_str()).collect();
        assert_eq!(weights, ["10", "55", "100"]);
        assert_eq!(more[1].id, 2);
        assert_eq!(with_another(&[]).len(), 1);
    }

    #[test]
    fn bakes_in_words() {
        assert_eq!(bake_words("90s", false), "bakes 1m30s");
        assert_eq!(bake_words("", false), "waits for a person");
        assert_eq!(bake_words("", true), "completes at once");
    }
}
