//! Windows and judgements as lines of text: what `serin release judge` reads and writes.
//!
//! Text in and text out, and nothing else: reading and writing is for whoever calls.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use serde::Serialize;

use super::{GuardJudgement, Hold, Judge, Judgement, Verdict};
use crate::release::{
    Guard, Policy,
    evidence::{BadWindow, Line},
};

/// The streams that come up in a run, judged apart, each from a fresh start.
#[derive(Debug)]
pub struct Lines {
    policy: Policy,
    guards: Vec<Guard>,
    /// The objectives among them, which no window tells of.
    not_judged: Vec<String>,
    /// How many lines came.
    read: u64,
    /// By release; what comes without one is a release too.
    places: HashMap<Option<String>, usize>,
    judges: Vec<Judge>,
    /// Of the release that came last, which most often comes next.
    last: Option<(Option<String>, usize)>,
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
    /// So that nobody takes the verdict for one on them.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    not_judged: &'a [String],
}

impl<'a> Answer<'a> {
    /// A [`Judgement`] with its names before it; member by member, which is written faster
    /// than one that is flattened.
    fn new(
        (release, at): (Option<&'a str>, &'a str),
        judgement: &'a Judgement,
        not_judged: &'a [String],
    ) -> Self {
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
            not_judged,
        }
    }
}

/// A line that goes out for one that is no window.
#[derive(Serialize)]
struct Refusal<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<&'a str>,
    /// Its number, from 1.
    line: u64,
    #[serde(skip_serializing_if = "str::is_empty")]
    member: &'a str,
    /// In words, with the member.
    error: String,
}

impl Lines {
    /// Before the first line.
    pub fn new(policy: &Policy, guards: &[Guard]) -> Self {
        let objectives = guards.iter().filter_map(Guard::slo);
        Self {
            policy: policy.clone(),
            guards: guards.to_vec(),
            not_judged: objectives.map(|guard| guard.slo.clone()).collect(),
            read: 0,
            places: HashMap::new(),
            judges: Vec::new(),
            last: None,
        }
    }

    /// Judges a window and appends the judgement to `output`, or what is wrong with the line,
    /// which then changes nothing. Neither has a line break. Lines are numbered from 1 as they
    /// come.
    ///
    /// # Errors
    /// Never, as far as we know: memory takes whatever is written to it.
    pub fn answer(&mut self, line: &[u8], output: &mut Vec<u8>) -> serde_json::Result<()> {
        self.read += 1;
        let Line {
            release,
            at,
            window,
        } = match Line::read(line) {
            Ok(line) => line,
            Err(error) => return self.refuse(output, (None, None), &error),
        };
        let release = release.as_deref();
        match self.judge(release).enter(&window) {
            Ok(judgement) => {
                let answer = Answer::new((release, &at), &judgement, &self.not_judged);
                serde_json::to_writer(output, &answer)
            }
            Err(error) => self.refuse(output, (release, Some(&at)), &error),
        }
    }

    fn refuse(
        &self,
        output: &mut Vec<u8>,
        (release, at): (Option<&str>, Option<&str>),
        error: &BadWindow,
    ) -> serde_json::Result<()> {
        let refusal = Refusal {
            release,
            at,
            line: self.read,
            member: &error.place,
            error: error.to_string(),
        };
        serde_json::to_writer(output, &refusal)
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
