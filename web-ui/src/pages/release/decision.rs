//! What a transition was decided on, in words: as much as its event keeps.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};
use serin_engine::{
    json::read,
    release::{
        Document, Guard,
        judge::{Hold, Judgement, Verdict},
    },
};

use super::evidence::{burned, wording};

/// What an event keeps.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Decision {
    judged_until: Option<DateTime<Utc>>,
    judgement: Option<Judgement>,
    propagated: Option<f64>,
    window_open: Option<bool>,
    sources: Sources,
}

/// What it keeps of the systems that are asked.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Sources {
    /// Those that did not answer.
    down: Vec<Down>,
    /// The objectives whose budget burned too fast.
    pub(super) burning: Map<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Down {
    metric: String,
    #[serde(default)]
    problem: Option<String>,
}

impl Decision {
    /// Of an event's evidence; nothing where it has none, or none that is known here.
    pub(super) fn of(evidence: Option<&Value>) -> Option<Self> {
        let decision: Self = read(evidence?.clone()).ok()?;
        (decision != Self::default()).then_some(decision)
    }

    /// The moment that the evidence is of, in milliseconds since 1970.
    pub(super) fn at(&self) -> Option<i64> {
        self.judgement.as_ref()?;
        self.judged_until.map(|at| at.timestamp_millis())
    }

    /// What the systems that are asked had to say.
    pub(super) fn sources(self) -> Sources {
        self.sources
    }

    /// What of it speaks against the candidate, a line each: what one is called for.
    pub(super) fn blame(&self, document: &Document) -> Vec<String> {
        let Some(judgement) = self
            .judgement
            .as_ref()
            .filter(|it| it.verdict == Verdict::Harm)
        else {
            return Vec::new();
        };
        let mut lines = Vec::new();
        for guard in document.guards.iter().filter_map(Guard::metric) {
            let known = judgement.guards.get(guard.metric.as_str());
            let culprit = judgement.culprit.as_deref() == Some(guard.metric.as_str());
            if culprit || known.is_some_and(|known| known.harm) {
                let stands = wording::stands(guard, known);
                lines.push(format!(
                    "{}: {}.",
                    guard.metric,
                    stands.trim_end_matches('.')
                ));
            }
        }
        too_many(judgement, &mut lines);
        lines
    }

    /// All of it, a line each.
    pub(super) fn lines(&self, document: &Document) -> Vec<String> {
        let mut lines = Vec::new();
        match &self.judgement {
            Some(judgement) => judged(judgement, document, &mut lines),
            None => lines.push("Nothing was judged by then.".to_owned()),
        }
        if let Some(share) = self.propagated.filter(|share| *share < 1.0) {
            let percent = (100.0 * share).round();
            lines.push(format!(
                "{percent}\u{202f}% of the programs that reported had the flag as it stands."
            ));
        }
        if self.window_open == Some(false) {
            lines.push("The window was closed.".to_owned());
        }
        for Down { metric, problem } in &self.sources.down {
            let problem = problem.as_deref().unwrap_or("no answer");
            lines.push(format!("{metric} could not be asked for: {problem}."));
        }
        for (objective, kept) in &self.sources.burning {
            lines.push(match burned(kept) {
                Some(how) => format!("The error budget of {objective} burned: {how}."),
                None => format!("The error budget of {objective} burned too fast."),
            });
        }
        lines
    }
}

fn judged(judgement: &Judgement, document: &Document, lines: &mut Vec<String>) {
    let verdict = match judgement.verdict {
        Verdict::Harm => match &judgement.culprit {
            Some(metric) => format!("The candidate is worse than the policy allows, by {metric}."),
            None => "The candidate is worse than the policy allows.".to_owned(),
        },
        Verdict::Hold => "Something had to be cleared up first.".to_owned(),
        Verdict::Safe => "Every guard that asks for it was safe.".to_owned(),
        Verdict::Continue => "Nothing was known well enough yet.".to_owned(),
    };
    lines.push(verdict);
    for guard in document.guards.iter().filter_map(Guard::metric) {
        let known = judgement.guards.get(guard.metric.as_str());
        let stands = wording::stands(guard, known);
        let share = known.map_or_else(String::new, |known| {
            share(known.ln_e_harm, document.policy.alpha)
        });
        lines.push(format!(
            "{}: {}{share}",
            guard.metric,
            stands.trim_end_matches('.')
        ));
    }
    for hold in &judgement.holds {
        lines.push(match hold {
            Hold::NoData => "Nobody was seen on one side in the last window.".to_owned(),
            Hold::SampleMismatch => "One side had fewer units than its share.".to_owned(),
            Hold::Harm(metric) => format!("{metric} alone has evidence of harm."),
        });
    }
    too_many(judgement, lines);
}

fn too_many(judgement: &Judgement, lines: &mut Vec<String>) {
    if judgement.excess_events >= 1.0 {
        let events = judgement.excess_events.round();
        lines.push(format!(
            "{events} events more than the baseline would have had."
        ));
    }
}

/// How much of the evidence that harm takes there was.
fn share(ln_e: f64, alpha: f64) -> String {
    let percent = (100.0 * ln_e / -alpha.ln()).max(0.0).round();
    if percent >= 100.0 {
        " (all of the evidence that harm takes)".to_owned()
    } else {
        format!(" ({percent}\u{202f}% of the evidence that harm takes)")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document() -> Document {
        serde_json::from_value(json!({"flag": "f", "baseline": "off", "candidate": "on",
            "guards": [{"metric": "errors"}], "stages": [{"weight": 100}]}))
        .unwrap()
    }

    fn evidence(verdict: &str) -> Value {
        json!({"judged_until": "2026-11-21T10:00:00Z", "seen_at": null, "propagated": 0.5, "window_open": true,
            "judgement": {"verdict": verdict, "ln_e_harm": 4.7, "ln_e_sample_ratio": 0.0, "excess_events": 12.4,
                "culprit": "errors", "holds": ["sample_mismatch"],
                "guards": {"errors": {"ln_e_harm": 4.7, "ratio": {"estimate": 2.0, "low": 1.4, "high": 3.0}, "harm": true}}}})
    }

    #[test]
    fn a_decision_says_what_was_known() {
        let decision = Decision::of(Some(&evidence("harm"))).unwrap();
        let lines: Vec<String> = decision
            .lines(&document())
            .iter()
            .map(|line| line.replace('\u{202f}', " "))
            .collect();
        assert_eq!(
            lines,
            [
                "The candidate is worse than the policy allows, by errors.",
                "errors: 2 × the baseline, between 1.4 × and 3 × (all of the evidence that harm takes)",
                "One side had fewer units than its share.",
                "12 events more than the baseline would have had.",
                "50 % of the programs that reported had the flag as it stands.",
            ]
        );
        assert_eq!(decision.at(), Some(1_795_255_200_000));
    }

    #[test]
    fn nothing_is_made_of_nothing() {
        assert_eq!(Decision::of(None), None);
        assert_eq!(Decision::of(Some(&json!({}))), None);
        let unjudged = json!({"judged_until": "2026-11-21T10:00:00Z", "judgement": null, "window_open": false});
        let unjudged = Decision::of(Some(&unjudged)).unwrap();
        assert_eq!(unjudged.at(), None);
        assert_eq!(
            unjudged.lines(&document()),
            ["Nothing was judged by then.", "The window was closed."]
        );
    }

    #[test]
    fn what_other_systems_had_to_say_is_told() {
        let evidence = json!({"judgement": null, "sources": {
            "down": [{"metric": "errors", "since": "2026-11-21T10:00:00Z", "problem": "connection refused"}],
            "burning": {"up": {"objective": 0.999, "how": "fast"}}}});
        let decision = Decision::of(Some(&evidence)).unwrap();
        assert_eq!(
            decision.lines(&document())[1..],
            [
                "errors could not be asked for: connection refused.",
                "The error budget of up burned too fast."
            ]
        );
    }
}
