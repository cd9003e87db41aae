//! The calls, by name.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use serin_engine::{json, request};

use crate::{
    check::{self, Subject},
    draft::{self, Drafted, Edit},
    loaded::Loaded,
    question::{Explain, Impact, TryRegex},
};

/// The longest argument, in bytes: a ruleset of very many flags.
const MAX_ARGUMENT: usize = 1 << 28;

/// Which flags drafts concern.
#[derive(Deserialize)]
struct Affected {
    #[serde(default)]
    drafts: Value,
}

/// What is kept between calls.
#[derive(Default)]
pub struct Session {
    loaded: Option<Loaded>,
    /// The ruleset with the last drafts in it.
    drafted: Option<Drafted>,
}

/// Why a call is not answered, for people.
pub(crate) type Refusal = String;

impl Session {
    /// Answers a call: `{"ok": …}`, or `{"error": "…"}` where it cannot be answered.
    ///
    /// | call | argument | answer |
    /// |---|---|---|
    /// | `load` | a ruleset document | `{"revision", "flags", "warnings": [{"flag", "message"}]}` |
    /// | `check` | `{"kind": "flag", "definition"}`, `{"kind": "flag_config", "flag", "definition", "config"}`, `{"kind": "segment_config", "segment", "config"}`, `{"kind": "condition", "condition"}` | `{"mistakes": [{"path", "code", "message"}]}` |
    /// | `draft` | `{"flag", "definition", "config"}` | `{"flag": …}`, as in a ruleset; null where it is archived |
    /// | `explain` | `{"flag", "context", "drafts"?}` | an explanation |
    /// | `impact` | `{"flag", "drafts", "contexts"}` or `{"flag", "drafts", "units", "from"?, "base"?, "by"?}`, both with `"as_if_on"?` | an impact |
    /// | `affected` | `{"drafts"}` | `{"flags": […]}`: the keys of those that the drafts may change, directly or by way of others |
    /// | `evaluate` | `{"flag", "context", "default"?}` | an evaluation, as on the command line |
    /// | `try_regex` | `{"pattern", "text", "ignore_case"?}` | `{"matches": [[from, to]]}` in bytes, `{"error"}` |
    ///
    /// `drafts` are `{"flags": {key: {"definition", "config"}}, "segments": {key: config},
    /// "segment_edits": {key: {"members"?, "rules"?}}}`, each member of it optional. The
    /// members of a segment's edit are who comes and goes, as the HTTP API takes it.
    pub fn ask(&mut self, call: &str, argument: &str) -> String {
        let answer = match self.answer(call, argument) {
            Ok(answer) => json!({ "ok": answer }),
            Err(refusal) => json!({ "error": refusal }),
        };
        answer.to_string()
    }

    fn answer(&mut self, call: &str, argument: &str) -> Result<Value, Refusal> {
        if argument.len() > MAX_ARGUMENT {
            return Err(format!("more than {MAX_ARGUMENT} bytes are not taken"));
        }
        match call {
            "load" => self.load(argument),
            "check" => {
                let mistakes = check::check(self.loaded()?, read::<Subject>(argument)?)?;
                Ok(json!({ "mistakes": mistakes }))
            }
            "draft" => {
                let Edit {
                    flag,
                    definition,
                    config,
                } = read(argument)?;
                let entry = draft::flag(self.loaded()?, &flag, definition, config)?;
                Ok(json!({ "flag": entry }))
            }
            "explain" => {
                let mut question: Explain = read(argument)?;
                let drafts = std::mem::take(&mut question.drafts);
                let (loaded, drafted) = self.with(drafts)?;
                question.answer(loaded, drafted)
            }
            "impact" => {
                let mut question: Impact = read(argument)?;
                let drafts = std::mem::take(&mut question.drafts);
                let (loaded, drafted) = self.with(drafts)?;
                question.answer(loaded, drafted)
            }
            "affected" => {
                let drafts = read::<Affected>(argument)?.drafts;
                let (loaded, drafted) = self.with(drafts)?;
                Ok(json!({ "flags": drafted.affected(loaded) }))
            }
            "evaluate" => Ok(request::answer(&self.loaded()?.ruleset, argument)),
            "try_regex" => read::<TryRegex>(argument)?.answer(),
            other => Err(format!("there is no call {other:?}")),
        }
    }

    fn load(&mut self, text: &str) -> Result<Value, Refusal> {
        let loaded = Loaded::read(text)?;
        let newer =
            |now: &Loaded| now.is_of_the_same_place(&loaded) && now.revision() > loaded.revision();
        // Answers of a server may overtake each other.
        if !self.loaded.as_ref().is_some_and(newer) {
            self.loaded = Some(loaded);
            self.drafted = None;
        }
        let loaded = self.loaded()?;
        let warnings = loaded.ruleset.warnings().into_iter();
        let warnings: Vec<Value> = warnings
            .map(|warning| json!({ "flag": warning.flag, "message": warning.message }))
            .collect();
        Ok(json!({
            "revision": loaded.revision(),
            "flags": loaded.document.flags.len(),
            "warnings": warnings,
        }))
    }

    fn loaded(&self) -> Result<&Loaded, Refusal> {
        loaded(self.loaded.as_ref())
    }

    /// The ruleset and what drafts make of it; the same drafts are compiled once.
    fn with(&mut self, drafts: Value) -> Result<(&Loaded, &Drafted), Refusal> {
        let loaded = loaded(self.loaded.as_ref())?;
        let drafted = match self.drafted.take() {
            Some(drafted) if drafted.is_of(&drafts) => drafted,
            _ => Drafted::new(loaded, drafts)?,
        };
        Ok((loaded, self.drafted.insert(drafted)))
    }
}

fn loaded(loaded: Option<&Loaded>) -> Result<&Loaded, Refusal> {
    loaded.ok_or_else(|| "there is no ruleset yet".to_owned())
}

fn read<T: DeserializeOwned>(argument: &str) -> Result<T, Refusal> {
    let value = json::parse(argument).map_err(|error| error.to_string())?;
    typed(value)
}

/// Reads a part of an argument.
pub(crate) fn typed<T: DeserializeOwned>(value: Value) -> Result<T, Refusal> {
    serde_json::from_value(value).map_err(|error| error.to_string())
}

/// Writes an answer.
pub(crate) fn written<T: Serialize>(answer: &T) -> Result<Value, Refusal> {
    serde_json::to_value(answer).map_err(|error| error.to_string())
}
