//! Windows and judgements as lines of text: what `serin release judge` reads and writes.
//!
//! Text in and text out, and nothing else: reading and writing is for whoever calls.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use super::{GuardJudgement, Hold, Judge, Judgement, Verdict};
use crate::release::{
    Guard, Policy,
    evidence::{Arm, Window},
};

/// The streams that come up in a run, judged apart, each from a fresh start.
#[derive(Debug)]
pub struct Lines {
    policy: Policy,
    guards: Vec<Guard>,
    /// By release; what comes without one is a release too.
    places: HashMap<Option<String>, usize>,
    judges: Vec<Judge>,
    /// Of the release that came last, which most often comes next.
    last: Option<(Option<String>, usize)>,
}

/// A line that came in. The texts are taken as they are written: they are given back.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow, default)]
    release: Option<Cow<'a, str>>,
    #[serde(borrow)]
    at: Cow<'a, str>,
    stage: usize,
    weight: f64,
    baseline: Arm,
    candidate: Arm,
}

/// A line that goes out.
#[derive(Serialize)]
struct Answer<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<&'a str>,
    at: &'a str,
    verdict: Verdict,
    ln_e_harm: f64,
    ln_e_sample_ratio: f64,
    excess_events: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    culprit: Option<&'a str>,
    holds: &'a [Hold],
    guards: &'a BTreeMap<Arc<str>, GuardJudgement>,
}

impl<'a> Answer<'a> {
    /// A [`Judgement`] with its names before it; member by member, which is written faster
    /// than one that is flattened.
    fn new(release: Option<&'a str>, at: &'a str, judgement: &'a Judgement) -> Self {
        let Judgement {
            verdict,
            ln_e_harm,
            ln_e_sample_ratio,
            excess_events,
            culprit,
            holds,
            guards,
        } = judgement;
        Self {
            release,
            at,
            verdict: *verdict,
            ln_e_harm: *ln_e_harm,
            ln_e_sample_ratio: *ln_e_sample_ratio,
            excess_events: *excess_events,
            culprit: culprit.as_deref(),
            holds,
            guards,
        }
    }
}

#[derive(Serialize)]
struct Refusal<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<&'a str>,
    error: String,
}

impl Lines {
    /// Before the first line.
    pub fn new(policy: &Policy, guards: &[Guard]) -> Self {
        Self {
            policy: policy.clone(),
            guards: guards.to_vec(),
            places: HashMap::new(),
            judges: Vec::new(),
            last: None,
        }
    }

    /// Judges a window and appends the judgement to `output`, or what is wrong with the line,
    /// which then changes nothing. Neither has a line break.
    ///
    /// # Errors
    /// Never, as far as we know: memory takes whatever is written to it.
    pub fn answer(&mut self, line: &[u8], output: &mut Vec<u8>) -> serde_json::Result<()> {
        // Checked once for the whole line, and not for each text in it.
        let read = match std::str::from_utf8(line) {
            // A list would be read as the members in their order.
            Ok(line) if !line.trim_start().starts_with('{') => {
                Err("a window is a JSON object".to_owned())
            }
            Ok(line) => serde_json::from_str::<Line<'_>>(line).map_err(|error| error.to_string()),
            Err(_) => Err("the line is not UTF-8".to_owned()),
        };
        let line = match read {
            Ok(line) => line,
            Err(error) => return refuse(output, None, None, error),
        };
        let Line {
            release,
            at,
            stage,
            weight,
            baseline,
            candidate,
        } = line;
        let release = release.as_deref();
        let begun = match at.parse() {
            Ok(begun) => begun,
            Err(error) => return refuse(output, release, Some(&at), format!("at: {error}")),
        };
        let window = Window {
            release: None,
            at: begun,
            stage,
            weight,
            baseline,
            candidate,
        };
        match self.judge(release).enter(&window) {
            Ok(judgement) => serde_json::to_writer(output, &Answer::new(release, &at, &judgement)),
            Err(error) => refuse(output, release, Some(&at), error.to_string()),
        }
    }

    fn judge(&mut self, release: Option<&str>) -> &mut Judge {
        let place = match &self.last {
            Some((last, place)) if last.as_deref() == release => *place,
            _ => self.place(release.map(str::to_owned)),
        };
        &mut self.judges[place]
    }

    fn place(&mut self, release: Option<String>) -> usize {
        let place = match self.places.get(&release) {
            Some(place) => *place,
            None => {
                self.judges.push(Judge::new(&self.policy, &self.guards));
                self.places.insert(release.clone(), self.judges.len() - 1);
                self.judges.len() - 1
            }
        };
        self.last = Some((release, place));
        place
    }
}

fn refuse(
    output: &mut Vec<u8>,
    release: Option<&str>,
    at: Option<&str>,
    error: String,
) -> serde_json::Result<()> {
    let refusal = Refusal { release, at, error };
    serde_json::to_writer(output, &refusal)
}
