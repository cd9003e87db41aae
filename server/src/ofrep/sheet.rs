//! The answers of all flags, written once for each ruleset.
//!
//! What is said of a flag differs by the variation that is served and the reason for it.
//! So each variation has a sentence with the reason that it has as a rule; another
//! reason, a rule or a prerequisite is put in there. Flags that serve one thing to everybody
//! and stand side by side are one piece of text. All of it is about as long as the
//! ruleset's document, however many outcomes a flag has.

use std::{io, ops::Range};

use bytes::{BufMut as _, BytesMut};
use serde::Serialize;
use serde_json::Value;
use serin_engine::{
    context::Context,
    evaluation::{Evaluation, Reason},
    ruleset::{FlagView, Found, Ruleset, Settled},
};

use super::item::{Item, Served};

/// Room for what is no part of a sentence: ids of rules, errors.
const SPARE: usize = 4 << 10;

/// All that can be said of a ruleset's flags.
pub(crate) struct Sheet {
    /// Sentences; a comma follows each.
    text: Vec<u8>,
    sentences: Vec<Sentence>,
    /// In the order of the answer.
    parts: Vec<Part>,
    /// The flags of the parts that are alike for everybody, by number.
    alike: Vec<usize>,
    flags: usize,
    /// About what the longest answer takes, in bytes.
    longest: usize,
}

/// Is told what each flag served: its key, and the variation's.
pub(crate) type Tally<'t> = &'t dyn Fn(&str, Option<&str>);

/// Some flags of the answer.
enum Part {
    /// This is said of some to everybody.
    Alike {
        text: Range<usize>,
        /// Places in `alike`.
        flags: Range<usize>,
    },
    /// Of the flag of this number.
    Open {
        number: usize,
        /// The sentence for no variation; those of its variations follow, in order.
        first: usize,
        /// The reason that the sentences have.
        reason: Reason,
    },
}

/// What is said where one variation of a flag is served, or none: places in the text.
#[derive(Clone, Copy)]
struct Sentence {
    begin: usize,
    /// Here stands the reason, in OpenFeature's words.
    reason: usize,
    /// Here stands our own, the first member of the metadata.
    inner: usize,
    end: usize,
}

impl Sheet {
    /// Writes what may be said of the flags that are seen.
    pub(crate) fn new(ruleset: &Ruleset, is_seen: impl Fn(FlagView<'_>) -> bool) -> Self {
        let mut sheet = Self {
            text: Vec::new(),
            sentences: Vec::new(),
            parts: Vec::new(),
            alike: Vec::new(),
            flags: 0,
            longest: SPARE,
        };
        for flag in ruleset.found().filter(|flag| is_seen(flag.view())) {
            sheet.flags += 1;
            match flag.settled() {
                Settled::Alike(evaluation) => sheet.add_alike(flag, &evaluation),
                Settled::Divided => sheet.add_open(flag, Reason::Split),
                Settled::Open => sheet.add_open(flag, Reason::Default),
            }
        }
        sheet.text.shrink_to_fit();
        sheet
    }

    /// How many flags there are.
    pub(crate) fn len(&self) -> usize {
        self.flags
    }

    /// Appends the list of all answers. The ruleset is the one that this was written of.
    pub(crate) fn write(
        &self,
        ruleset: &Ruleset,
        context: &Context,
        tally: Option<Tally<'_>>,
        out: &mut BytesMut,
    ) {
        let context = ruleset.prepare(context);
        out.reserve(self.longest);
        out.put_u8(b'[');
        for part in &self.parts {
            match part {
                Part::Alike { text, flags } => {
                    out.extend_from_slice(&self.text[text.clone()]);
                    if let Some(tally) = tally {
                        self.tell_alike(ruleset, flags.clone(), tally);
                    }
                }
                Part::Open {
                    number,
                    first,
                    reason,
                } => {
                    let Some(flag) = ruleset.numbered(*number) else {
                        continue;
                    };
                    let evaluation = flag.evaluate_prepared(&context);
                    if let Some(tally) = tally {
                        tally(flag.key(), evaluation.variation);
                    }
                    self.write_open(flag, evaluation, (*first, *reason), ruleset, out);
                }
            }
        }
        if out.ends_with(b",") {
            out.truncate(out.len() - 1);
        }
        out.put_u8(b']');
    }

    fn tell_alike(&self, ruleset: &Ruleset, flags: Range<usize>, tally: Tally<'_>) {
        let flags = self.alike[flags].iter();
        for flag in flags.filter_map(|number| ruleset.numbered(*number)) {
            if let Settled::Alike(evaluation) = flag.settled() {
                tally(flag.key(), evaluation.variation);
            }
        }
    }

    fn write_open(
        &self,
        flag: Found<'_>,
        evaluation: Evaluation<'_>,
        (first, as_a_rule): (usize, Reason),
        ruleset: &Ruleset,
        out: &mut BytesMut,
    ) {
        if evaluation.error.is_some() {
            json(out.writer(), &Item::new(flag.key(), ruleset, evaluation));
            out.put_u8(b',');
            return;
        }
        let place = flag.variation(&evaluation).map_or(0, |place| place + 1);
        let sentence = self.sentences[first + place];
        let Evaluation {
            reason,
            rule,
            prerequisite,
            ..
        } = evaluation;
        if reason == as_a_rule && rule.is_none() && prerequisite.is_none() {
            out.extend_from_slice(&self.text[sentence.begin..sentence.end]);
            return;
        }
        let behind = sentence.reason + as_a_rule.openfeature().len();
        let behind_inner = sentence.inner + as_a_rule.as_str().len() + 1;
        out.extend_from_slice(&self.text[sentence.begin..sentence.reason]);
        out.extend_from_slice(reason.openfeature().as_bytes());
        out.extend_from_slice(&self.text[behind..sentence.inner]);
        out.extend_from_slice(reason.as_str().as_bytes());
        out.put_u8(b'"');
        for (name, key) in [("rule", rule), ("prerequisite", prerequisite)] {
            if let Some(key) = key {
                out.extend_from_slice(b",\"");
                out.extend_from_slice(name.as_bytes());
                out.extend_from_slice(b"\":");
                json(out.writer(), key);
            }
        }
        out.extend_from_slice(&self.text[behind_inner..sentence.end]);
    }

    fn add_alike(&mut self, flag: Found<'_>, evaluation: &Evaluation<'_>) {
        let served = evaluation.variation.zip(evaluation.value);
        let sentence = self.say(flag, served, evaluation.reason);
        self.longest += sentence.end - sentence.begin;
        self.alike.push(flag.number());
        if let Some(Part::Alike { text, flags }) = self.parts.last_mut() {
            text.end = sentence.end;
            flags.end = self.alike.len();
            return;
        }
        self.parts.push(Part::Alike {
            text: sentence.begin..sentence.end,
            flags: self.alike.len() - 1..self.alike.len(),
        });
    }

    fn add_open(&mut self, flag: Found<'_>, reason: Reason) {
        let first = self.sentences.len();
        let none = self.say(flag, None, reason);
        self.sentences.push(none);
        for variation in flag.variations() {
            let sentence = self.say(flag, Some(variation), reason);
            self.sentences.push(sentence);
        }
        let lengths = self.sentences[first..].iter().map(|it| it.end - it.begin);
        self.longest += lengths.max().unwrap_or_default();
        self.parts.push(Part::Open {
            number: flag.number(),
            first,
            reason,
        });
    }

    /// Writes a sentence: what [`Item`] would be.
    fn say(&mut self, flag: Found<'_>, served: Option<(&str, &Value)>, reason: Reason) -> Sentence {
        let text = &mut self.text;
        let begin = text.len();
        text.extend_from_slice(b"{\"key\":");
        json(&mut *text, flag.key());
        text.extend_from_slice(b",\"reason\":\"");
        let place = text.len();
        text.extend_from_slice(reason.openfeature().as_bytes());
        text.push(b'"');
        if let Some((variation, value)) = served {
            let is_fractional = || flag.variations().any(|(_, value)| value.is_f64());
            text.extend_from_slice(b",\"value\":");
            json(&mut *text, &Served::new(value, is_fractional));
            text.extend_from_slice(b",\"variant\":");
            json(&mut *text, variation);
        }
        text.extend_from_slice(b",\"metadata\":{\"reason\":\"");
        let inner = text.len();
        text.extend_from_slice(reason.as_str().as_bytes());
        text.extend_from_slice(b"\",\"flagVersion\":");
        json(&mut *text, &flag.view().version);
        text.extend_from_slice(b"}},");
        Sentence {
            begin,
            reason: place,
            inner,
            end: text.len(),
        }
    }
}

/// Appends a value. Neither writing into memory fails, nor any value that is written here.
fn json(out: impl io::Write, value: &(impl Serialize + ?Sized)) {
    if let Err(error) = serde_json::to_writer(out, value) {
        tracing::error!(%error, "could not write an answer");
    }
}
