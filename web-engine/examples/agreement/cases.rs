//! Cases that follow from a seed: rulesets, and what is asked of each.

use serde_json::{Map, Value, json};

use crate::{
    documents::{FLAGS, SEGMENTS, condition, config, definition, segment},
    random::Random,
    values::{TEXTS, context, pattern, spoil, value},
};

/// How many questions there are to a ruleset.
const QUESTIONS: usize = 40;

/// A call.
pub(crate) struct Case {
    pub(crate) call: &'static str,
    pub(crate) argument: String,
}

/// Cases without end.
pub(crate) struct Cases {
    random: Random,
    asked: usize,
    /// What the last ruleset had.
    flags: Map<String, Value>,
    segments: Map<String, Value>,
}

impl Cases {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            random: Random(seed),
            asked: QUESTIONS,
            flags: Map::new(),
            segments: Map::new(),
        }
    }
}

impl Iterator for Cases {
    type Item = Case;

    fn next(&mut self) -> Option<Case> {
        if self.asked == QUESTIONS {
            self.asked = 0;
            return Some(self.load());
        }
        self.asked += 1;
        let (call, argument) = match self.random.below(QUESTIONS) {
            0..22 => ("evaluate", self.request()),
            22..28 => ("explain", self.explain()),
            28..34 => ("check", self.check()),
            34..37 => ("draft", self.edit()),
            37 | 38 => ("try_regex", self.expression()),
            _ => ("impact", self.impact()),
        };
        Some(Case {
            call,
            argument: argument.to_string(),
        })
    }
}

impl Cases {
    fn load(&mut self) -> Case {
        let random = &mut self.random;
        self.flags = entries(random, &FLAGS, |random| {
            let mut flag = definition(random);
            let config = config(random, false);
            for (name, value) in config.as_object().into_iter().flatten() {
                flag[name] = value.clone();
            }
            flag["version"] = random.below(9).into();
            flag
        });
        self.segments = entries(random, &SEGMENTS, |random| {
            let mut segment = segment(random);
            segment["version"] = random.below(9).into();
            segment
        });
        let document = json!({
            "format": 1, "project": "p", "environment": "e", "revision": random.below(1000),
            // Of another place each time, so that each is taken.
            "fingerprint": null, "flags": self.flags, "segments": self.segments,
        });
        let mut document = document;
        document["environment"] = random.next().to_string().into();
        Case {
            call: "load",
            argument: document.to_string(),
        }
    }

    fn request(&mut self) -> Value {
        let flag = self.random.one_of(&FLAGS);
        let mut request = json!({ "flag": flag, "context": context(&mut self.random) });
        if self.random.once_in(4) {
            request["default"] = value(&mut self.random);
        }
        request
    }

    fn explain(&mut self) -> Value {
        let mut question = self.request();
        question["drafts"] = self.drafts();
        question
    }

    fn impact(&mut self) -> Value {
        let flag = self.random.one_of(&FLAGS);
        let drafts = self.drafts();
        if self.random.once_in(2) {
            let contexts = self.random.some(20, context);
            json!({ "flag": flag, "drafts": drafts, "contexts": contexts })
        } else {
            let base = context(&mut self.random);
            let (units, from) = (self.random.below(50), self.random.below(1000));
            json!({ "flag": flag, "drafts": drafts, "units": units, "from": from, "base": base })
        }
    }

    fn drafts(&mut self) -> Value {
        let mut flags = Map::new();
        let mut segments = Map::new();
        if self.random.once_in(2) {
            let mut edit = self.edit();
            let key = edit["flag"].take();
            flags.insert(key.as_str().unwrap_or_default().to_owned(), edit);
        }
        if self.random.once_in(3) {
            let key = self.random.one_of(&SEGMENTS);
            segments.insert(key.to_owned(), segment(&mut self.random));
        }
        json!({ "flags": flags, "segments": segments })
    }

    fn edit(&mut self) -> Value {
        let key = self.random.one_of(&FLAGS);
        let config = config(&mut self.random, true);
        json!({ "flag": key, "definition": definition(&mut self.random), "config": config })
    }

    fn check(&mut self) -> Value {
        let mut subject = match self.random.below(4) {
            0 => json!({ "kind": "flag", "definition": definition(&mut self.random) }),
            1 => {
                let config = segment(&mut self.random);
                json!({ "kind": "segment_config", "segment": "s", "config": config })
            }
            2 => json!({ "kind": "condition", "condition": condition(&mut self.random, 3) }),
            _ => {
                let mut edit = self.edit();
                edit["kind"] = "flag_config".into();
                edit
            }
        };
        if self.random.once_in(2) {
            let name = ["definition", "config", "condition"]
                .into_iter()
                .rfind(|name| subject.get(name).is_some())
                .unwrap_or("kind");
            spoil(&mut self.random, &mut subject[name]);
        }
        subject
    }

    fn expression(&mut self) -> Value {
        let random = &mut self.random;
        let text: String = random.some(8, |random| random.one_of(&TEXTS)).join(" ");
        let pattern = pattern(random);
        json!({ "pattern": pattern, "text": text, "ignore_case": random.once_in(2) })
    }
}

fn entries(
    random: &mut Random,
    names: &[&str],
    mut make: impl FnMut(&mut Random) -> Value,
) -> Map<String, Value> {
    let mut entries = Map::new();
    for name in names {
        if !random.once_in(5) {
            let mut entry = make(random);
            if random.once_in(12) {
                spoil(random, &mut entry);
            }
            entries.insert((*name).to_owned(), entry);
        }
    }
    entries
}
