//! Stages as they are typed.

use serin_api::error::Detail;
use serin_engine::release::{Approval, Approver, Span, Stage};

use super::{Draft, unreadable};
use crate::{describe::release::remaining, weights};

/// A stage as it is typed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct StageDraft {
    /// Tells it from the others for as long as the form lives.
    pub(crate) id: u32,
    /// Empty where it has none.
    pub(crate) name: String,
    /// In percent.
    pub(crate) weight: String,
    /// Like `30m`; empty where a person advances it.
    pub(crate) bake: String,
    /// Empty where it may take as long as it takes.
    pub(crate) max_bake: String,
    /// The segment's key; empty for everybody.
    pub(crate) segment: String,
    /// `editor`, `admin`, or empty where nobody has to agree.
    pub(crate) approval: String,
    /// Of the last stage: in place of a bake.
    pub(crate) watch: String,
    /// Of the last stage: in percent.
    pub(crate) holdback: String,
    /// What the form does not show stays as it came.
    rest: Stage,
}

impl StageDraft {
    pub(super) fn of(id: u32, stage: &Stage) -> Self {
        let span = |span: Option<Span>| span.map_or_else(String::new, |span| span.to_string());
        Self {
            id,
            name: stage.name.clone().unwrap_or_default(),
            weight: weights::thousandths(stage.weight),
            bake: span(stage.min_bake),
            max_bake: span(stage.max_bake),
            segment: stage.segment.clone().unwrap_or_default(),
            approval: match stage.approval.map(|approval| approval.role) {
                Some(Approver::Editor) => "editor".to_owned(),
                Some(Approver::Admin) => "admin".to_owned(),
                None => String::new(),
            },
            watch: span(stage.watch),
            holdback: stage
                .holdback
                .map_or_else(String::new, weights::thousandths),
            rest: stage.clone(),
        }
    }

    /// Whether it says more than its share, its bake and its name.
    pub(crate) fn says_more(&self) -> bool {
        let more = [
            &self.max_bake,
            &self.segment,
            &self.approval,
            &self.watch,
            &self.holdback,
        ];
        more.iter().any(|text| !text.trim().is_empty())
    }
}

impl Draft {
    /// Adds a stage, before the last one and half way to it.
    pub(crate) fn add_stage(&mut self) {
        let slots =
            |draft: Option<&StageDraft>| draft.and_then(|draft| weights::slots_of(&draft.weight));
        let before = self.stages.len().checked_sub(2);
        let before = slots(before.and_then(|index| self.stages.get(index)));
        let half = before.unwrap_or(0).midpoint(weights::ALL);
        let stage = StageDraft {
            id: self.id(),
            weight: weights::percent_number(half),
            bake: "30m".to_owned(),
            ..StageDraft::default()
        };
        let place = self.stages.len().saturating_sub(1);
        self.stages.insert(place, stage);
    }
}

pub(super) fn read(drafts: &[StageDraft], mistakes: &mut Vec<Detail>) -> Vec<Stage> {
    let drafts = drafts.iter().enumerate();
    drafts
        .map(|(index, draft)| read_stage(index, draft, mistakes))
        .collect()
}

fn read_stage(index: usize, draft: &StageDraft, mistakes: &mut Vec<Detail>) -> Stage {
    let at = |member: &str| format!("/stages/{index}/{member}");
    let share = |text: &str| weights::slots_of(text).map(|slots| f64::from(slots) / 1000.0);
    let weight = share(&draft.weight);
    if weight.is_none() {
        let message = "A share from 0.001 to 100 %, like 12.5.";
        mistakes.push(unreadable(at("weight"), message));
    }
    let mut span = |text: &str, member: &str, message: &str| {
        read_span(text).unwrap_or_else(|()| {
            mistakes.push(unreadable(at(member), message));
            None
        })
    };
    let by_hand = "A time like 30m, 2h or 1h30m; empty to advance by hand.";
    let min_bake = span(&draft.bake, "min_bake", by_hand);
    let message = "A time like 2h or 1d; empty for as long as it takes.";
    let max_bake = span(&draft.max_bake, "max_bake", message);
    let watch = span(
        &draft.watch,
        "watch",
        "A time like 1d; empty not to watch it.",
    );
    let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let holdback = some(&draft.holdback).and_then(|text| {
        let read = share(&text);
        if read.is_none() {
            mistakes.push(unreadable(
                at("holdback"),
                "A share like 1 %; empty for none.",
            ));
        }
        read
    });
    let approval = match draft.approval.as_str() {
        "editor" => Some(Approver::Editor),
        "admin" => Some(Approver::Admin),
        _ => None,
    };
    let mut stage = draft.rest.clone();
    stage.name = some(&draft.name);
    stage.weight = weight.unwrap_or_default();
    (stage.min_bake, stage.max_bake, stage.watch) = (min_bake, max_bake, watch);
    stage.segment = some(&draft.segment);
    stage.holdback = holdback;
    stage.approval = approval.map(|role| Approval { role });
    stage
}

/// A time as it is typed, also in capitals and with spaces; nothing where nothing is typed.
fn read_span(text: &str) -> Result<Option<Span>, ()> {
    let text: String = text.to_lowercase().split_whitespace().collect();
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(drop)
}

/// What a stage comes to, in a few words.
pub(crate) fn words(draft: &StageDraft, last: bool) -> String {
    let bake = match (read_span(&draft.bake), read_span(&draft.watch)) {
        (_, Ok(Some(span))) => format!("watched {}", remaining(span.0)),
        (Ok(Some(span)), _) => format!("bakes {}", remaining(span.0)),
        (Ok(None), _) if last => "completes at once".to_owned(),
        (Ok(None), _) => "waits for a person".to_owned(),
        (Err(()), _) => String::new(),
    };
    let mut parts = vec![bake];
    if !draft.segment.trim().is_empty() {
        parts.push(format!("only {}", draft.segment.trim()));
    }
    if !draft.approval.is_empty() {
        parts.push(format!("{} approves", draft.approval));
    }
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(weight: &str, bake: &str) -> StageDraft {
        StageDraft {
            weight: weight.to_owned(),
            bake: bake.to_owned(),
            ..StageDraft::default()
        }
    }

    #[test]
    fn spaces_capitals_and_percent_signs_are_forgiven() {
        let mut mistakes = Vec::new();
        let read = read(&[typed("12,5 %", " 1H 30m ")], &mut mistakes);
        assert_eq!(mistakes, []);
        let span: Span = "1h30m".parse().unwrap();
        assert_eq!((read[0].weight, read[0].min_bake), (12.5, Some(span)));
    }

    #[test]
    fn another_stage_goes_between() {
        let mut draft = Draft::default();
        draft.add_stage();
        draft.stages = vec![typed("10", ""), typed("100", "")];
        draft.add_stage();
        let weights: Vec<&str> = draft.stages.iter().map(|it| it.weight.as_str()).collect();
        assert_eq!(weights, ["10", "55", "100"]);
        assert_eq!(draft.stages[1].id, 2);
    }

    #[test]
    fn stages_in_words() {
        assert_eq!(words(&typed("1", "90s"), false), "bakes 1m30s");
        assert_eq!(words(&typed("1", ""), false), "waits for a person");
        assert_eq!(words(&typed("100", ""), true), "completes at once");
        let mut ring = typed("100", "30m");
        ring.segment = "staff".to_owned();
        ring.approval = "admin".to_owned();
        assert_eq!(
            words(&ring, false),
            "bakes 30m · only staff · admin approves"
        );
        assert!(ring.says_more() && !typed("1", "1m").says_more());
    }
}
