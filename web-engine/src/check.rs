//! Checks a document in the order of the server: its shape, and where that is right, what
//! it means next to its neighbours.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};
use serin_api::{entity::EntityKind, error::Detail};
use serin_documents::{
    references::{self, References},
    schema, value_schema, zeros,
};
use serin_engine::{
    flag::{FlagConfig, FlagDefinition},
    segment::SegmentConfig,
    validate::{self, Violation},
};

use crate::{
    loaded::{Loaded, Near},
    session::{Refusal, typed},
};

/// More mistakes than this help nobody.
const MAX_MISTAKES: usize = 200;

/// What is checked.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Subject {
    Flag {
        definition: Value,
    },
    FlagConfig {
        flag: String,
        definition: Value,
        config: Value,
    },
    SegmentConfig {
        segment: String,
        config: Value,
    },
    Condition {
        condition: Value,
    },
}

/// The mistakes, each by its place in the document.
pub(crate) fn check(loaded: &Loaded, subject: Subject) -> Result<Vec<Detail>, Refusal> {
    let mut mistakes = match subject {
        Subject::Flag { definition } => flag(definition)?,
        Subject::FlagConfig {
            flag,
            definition,
            config,
        } => flag_config(loaded, &flag, typed(definition)?, config)?,
        Subject::SegmentConfig { segment, config } => {
            segment_config(loaded, Some(&segment), config)?
        }
        Subject::Condition { condition } => one_condition(loaded, condition)?,
    };
    mistakes.truncate(MAX_MISTAKES);
    Ok(mistakes)
}

fn flag(mut definition: Value) -> Result<Vec<Detail>, Refusal> {
    let misshapen = shape(EntityKind::Flag, &mut definition);
    if !misshapen.is_empty() {
        return Ok(misshapen);
    }
    let definition: FlagDefinition = typed(definition)?;
    let mut mistakes = details(validate::flag_definition(&definition));
    mistakes.extend(value_schema::check(&definition));
    Ok(mistakes)
}

fn flag_config(
    loaded: &Loaded,
    key: &str,
    definition: FlagDefinition,
    mut config: Value,
) -> Result<Vec<Detail>, Refusal> {
    let misshapen = shape(EntityKind::FlagConfig, &mut config);
    if !misshapen.is_empty() {
        return Ok(misshapen);
    }
    let config: FlagConfig = typed(config)?;
    let variations = definition.variations.iter();
    let own = variations.map(|variation| variation.key.clone()).collect();
    let near = Near {
        loaded,
        variations: BTreeMap::from([(key, own)]),
    };
    let mistakes = details(validate::flag_config(&definition, &config, &near));
    if !mistakes.is_empty() {
        return Ok(mistakes);
    }
    let mut reach = Reach::of(loaded);
    reach.open_all(&References::of_flag(&config));
    reach.flags.insert(key.to_owned(), config);
    Ok(reach.cycles())
}

fn segment_config(
    loaded: &Loaded,
    key: Option<&str>,
    mut config: Value,
) -> Result<Vec<Detail>, Refusal> {
    let misshapen = shape(EntityKind::SegmentConfig, &mut config);
    if !misshapen.is_empty() {
        return Ok(misshapen);
    }
    let config: SegmentConfig = typed(config)?;
    let near = Near {
        loaded,
        variations: BTreeMap::new(),
    };
    let mistakes = details(validate::segment_config(&config, &near));
    let Some(key) = key.filter(|_| mistakes.is_empty()) else {
        return Ok(mistakes);
    };
    let mut reach = Reach::of(loaded);
    reach.open_all(&References::of_segment(&config));
    reach.segments.insert(key.to_owned(), config);
    Ok(reach.cycles())
}

/// A condition by itself, as the only one of a segment without a name.
fn one_condition(loaded: &Loaded, condition: Value) -> Result<Vec<Detail>, Refusal> {
    let around = json!({ "rules": [{ "when": condition }] });
    let mistakes = segment_config(loaded, None, around)?;
    let inside = mistakes.into_iter().map(|mistake| Detail {
        path: mistake
            .path
            .strip_prefix("/rules/0/when")
            .unwrap_or_default()
            .to_owned(),
        ..mistake
    });
    Ok(inside.collect())
}

fn shape(kind: EntityKind, document: &mut Value) -> Vec<Detail> {
    zeros::settle(document);
    schema::check(kind, document)
}

fn details(violations: Vec<Violation>) -> Vec<Detail> {
    let details = violations.into_iter().map(|violation| Detail {
        path: violation.path,
        code: violation.code.to_owned(),
        message: violation.message,
    });
    details.collect()
}

/// What an edited configuration leads to, however far.
struct Reach<'l> {
    loaded: &'l Loaded,
    flags: BTreeMap<String, FlagConfig>,
    segments: BTreeMap<String, SegmentConfig>,
    open: Vec<(bool, String)>,
    seen: BTreeSet<(bool, String)>,
}

impl<'l> Reach<'l> {
    fn of(loaded: &'l Loaded) -> Self {
        Self {
            loaded,
            flags: BTreeMap::new(),
            segments: BTreeMap::new(),
            open: Vec::new(),
            seen: BTreeSet::new(),
        }
    }

    fn open_all(&mut self, references: &References) {
        let flags = references.flags.iter().map(|key| (true, key.clone()));
        let segments = references.segments.iter().map(|key| (false, key.clone()));
        self.open.extend(flags.chain(segments));
    }

    /// Follows what is open, and names the cycles in it. What is there already is the
    /// edited configuration, and stands in for the stored one.
    fn cycles(mut self) -> Vec<Detail> {
        while let Some((is_flag, key)) = self.open.pop() {
            if !self.seen.insert((is_flag, key.clone())) {
                continue;
            }
            let references = if is_flag {
                if self.flags.contains_key(&key) {
                    continue;
                }
                let Some(config) = self.loaded.flag_config(&key) else {
                    continue;
                };
                let references = References::of_flag(&config);
                self.flags.insert(key, config);
                references
            } else {
                if self.segments.contains_key(&key) {
                    continue;
                }
                let Some(config) = self.loaded.segment_config(&key) else {
                    continue;
                };
                let references = References::of_segment(&config);
                self.segments.insert(key, config);
                references
            };
            self.open_all(&references);
        }
        let cycles = validate::cycles(&self.flags, &self.segments).into_iter();
        cycles.map(|cycle| cycle_detail(&cycle)).collect()
    }
}

fn cycle_detail(cycle: &[String]) -> Detail {
    Detail {
        path: String::new(),
        code: "cycle".to_owned(),
        message: references::circle(cycle),
    }
}
