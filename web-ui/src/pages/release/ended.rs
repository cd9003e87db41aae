//! How a release came to its end: when, by whom and why.

use chrono::{DateTime, Utc};
use serin_api::release::Release;
use serin_engine::release::State;

use super::decision::Decision;
use crate::describe::release;

/// The end of a release, or the pause that it is in.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ended {
    /// `Rolled back`.
    pub(super) what: &'static str,
    pub(super) at: DateTime<Utc>,
    pub(super) by: String,
    /// A line each.
    pub(super) why: Vec<String>,
}

/// What made a release what it is, where it goes no further by itself.
pub(super) fn ended(release: &Release) -> Option<Ended> {
    let stands = release.state.is_over() || matches!(release.state, State::Paused(_));
    let last = release.history.last().filter(|_| stands)?;
    // Of a pause, the transition that began it: what was noted since is none.
    let event = match release.state {
        State::Paused(_) => {
            let others = release.history.iter().rev();
            let paused = others.take_while(|event| matches!(event.state, State::Paused(_)));
            paused.last().unwrap_or(last)
        }
        _ => last,
    };
    let mut why: Vec<String> = event.reason.clone().into_iter().collect();
    if release.state == State::RolledBack
        && let Some(decision) = Decision::of(event.evidence.as_ref())
    {
        why.extend(decision.blame(&release.document));
    }
    Some(Ended {
        what: release::state(&release.state),
        at: event.at,
        by: event.actor.clone(),
        why,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::describe::release::tests::release;

    #[test]
    fn a_rollback_says_when_by_whom_and_why() {
        let mut over = release(json!({"state": "rolled_back", "history": [
            {"epoch": 2, "at": "2026-11-21T10:00:00Z", "actor": "serin", "signal": "tick", "state": "rolled_back",
             "evidence": {"judged_until": "2026-11-21T10:00:00Z", "judgement": {"verdict": "harm", "ln_e_harm": 5.0,
                "ln_e_sample_ratio": 0.0, "excess_events": 29.2, "culprit": "errors", "holds": [],
                "guards": {"errors": {"ln_e_harm": 5.0, "harm": true, "ratio": {"estimate": 2.23, "low": 1.4, "high": 3.5}}}}}}]}));
        over.document.guards = serde_json::from_value(json!([{"metric": "errors"}])).unwrap();
        let end = ended(&over).unwrap();
        assert_eq!((end.what, end.by.as_str()), ("Rolled back", "serin"));
        assert_eq!(end.at.to_rfc3339(), "2026-11-21T10:00:00+00:00");
        let why: Vec<String> = end
            .why
            .iter()
            .map(|it| it.replace('\u{202f}', " "))
            .collect();
        assert_eq!(
            why,
            [
                "errors: 2.23 × the baseline, between 1.4 × and 3.5 ×.",
                "29 events more than the baseline would have had."
            ]
        );
        assert_eq!(ended(&release(json!({"state": "draft"}))), None);
    }

    #[test]
    fn a_pause_is_told_by_the_transition_that_began_it() {
        let event = |epoch: u64, actor: &str, state: &str| {
            json!({"epoch": epoch, "at": "2026-11-21T10:00:00Z", "actor": actor, "signal": "pause", "reason": actor,
                "state": state, "stage": 0, "phase": "baking", "baked_ms": 0})
        };
        let paused = release(
            json!({"state": "paused", "stage": 0, "phase": "baking", "baked_ms": 0,
            "history": [event(1, "ann", "running"), event(2, "bob", "paused"), event(3, "serin", "paused")]}),
        );
        let end = ended(&paused).unwrap();
        assert_eq!(
            (end.what, end.by.as_str(), end.why),
            ("Paused", "bob", vec!["bob".to_owned()])
        );
    }
}
