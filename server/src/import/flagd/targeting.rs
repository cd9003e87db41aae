//! Targeting as a list of rules.

use serde_json::Value;
use serin_engine::condition::Condition;

use super::{
    condition::{Expression, Translator, arguments, branches},
    file::{Evaluators, Source},
    logic::Logic,
    note::Notes,
    refusal::Refusal,
};

/// The most rules that targeting may become.
const MAX_RULES: usize = 500;

/// What targeting decides, in order; where nothing does, it gives null.
#[derive(Debug, Default)]
pub(crate) struct Decisions {
    pub(crate) rules: Vec<Decision>,
}

/// A variant and when it is served.
#[derive(Debug)]
pub(crate) struct Decision {
    pub(crate) when: Condition,
    pub(crate) variant: String,
    /// Whether it is the last one, for everyone else.
    pub(crate) catches_all: bool,
}

impl Decisions {
    /// Whether targeting never gives null.
    pub(crate) fn total(&self) -> bool {
        self.rules.last().is_some_and(|rule| rule.catches_all)
    }

    pub(crate) fn last_variant(&self) -> Option<&str> {
        self.rules.last().map(|rule| rule.variant.as_str())
    }
}

/// The variant that an expression gives where a condition holds; null without one.
type Way = (Logic, Option<String>);

/// Translates a flag's targeting.
pub(crate) fn decide(
    targeting: &Value,
    source: &Source,
    evaluators: &Evaluators,
    notes: &mut Notes,
) -> Result<Decisions, Refusal> {
    let mut ways = Ways {
        translator: Translator::new(evaluators, notes),
        source,
    };
    if !matches!(
        ways.translator.expression(targeting)?,
        Expression::Operation(..)
    ) {
        return Err(Refusal::new("it is no operation"));
    }
    rules(ways.of(targeting)?)
}

/// Turns ways into rules. Where a way gives null nothing after it decides, so that what
/// comes after carries its negation.
fn rules(ways: Vec<Way>) -> Result<Decisions, Refusal> {
    let mut decisions = Decisions::default();
    let mut not_null: Vec<Logic> = Vec::new();
    for (when, variant) in ways {
        let Some(variant) = variant else {
            not_null.push(when.negate());
            continue;
        };
        let when = Logic::all(not_null.iter().cloned().chain([when]));
        let catches_all = when == Logic::Constant(true);
        if when == Logic::Constant(false) {
            continue;
        }
        if decisions.rules.len() == MAX_RULES {
            return Err(Refusal::new(format!(
                "it makes more than {MAX_RULES} rules"
            )));
        }
        decisions.rules.push(Decision {
            when: when.into_condition(),
            variant,
            catches_all,
        });
        if catches_all {
            break;
        }
    }
    Ok(decisions)
}

struct Ways<'a, 'n, 's> {
    translator: Translator<'a, 'n>,
    source: &'s Source,
}

impl<'a> Ways<'a, '_, '_> {
    /// The ways of an expression: the first whose condition holds is taken, and the
    /// last one always holds.
    fn of(&mut self, json: &'a Value) -> Result<Vec<Way>, Refusal> {
        match self.translator.expression(json)? {
            Expression::Literal(value) => Ok(vec![(Logic::Constant(true), self.variant(value)?)]),
            Expression::List(_) => Err(Refusal::new("a list is no variant")),
            Expression::Operation("if", argument) => self.of_branches(branches(argument)?),
            Expression::Operation(operator, argument) => {
                // First, because it also refuses references that go in a circle.
                let holds = match operator {
                    "var" => return Err(Refusal::arguments(operator, "as the variant")),
                    _ => self.translator.truth(json)?,
                };
                if !self.is_boolean(operator, argument)? {
                    return Err(Refusal::arguments(operator, "as the variant"));
                }
                let yes = self.variant(&Value::Bool(true))?;
                let no = self.variant(&Value::Bool(false))?;
                Ok(vec![(holds, yes), (Logic::Constant(true), no)])
            }
        }
    }

    fn of_branches(&mut self, parts: &'a [Value]) -> Result<Vec<Way>, Refusal> {
        let mut ways = Vec::new();
        for pair in parts.chunks(2) {
            let (condition, result) = match pair {
                [condition, result] => (self.translator.truth(condition)?, result),
                [otherwise] => (Logic::Constant(true), otherwise),
                _ => continue,
            };
            let of_result = self.nested(result)?;
            for (when, variant) in of_result {
                ways.push((Logic::all([condition.clone(), when]), variant));
            }
            if ways.len() > 2 * MAX_RULES {
                return Err(Refusal::new(format!(
                    "it makes more than {MAX_RULES} rules"
                )));
            }
        }
        if parts.len().is_multiple_of(2) {
            ways.push((Logic::Constant(true), None));
        }
        Ok(ways)
    }

    fn nested(&mut self, json: &'a Value) -> Result<Vec<Way>, Refusal> {
        self.translator.enter()?;
        let ways = self.of(json);
        self.translator.leave();
        ways
    }

    /// The variant that a result names.
    fn variant(&self, result: &Value) -> Result<Option<String>, Refusal> {
        let name = match result {
            Value::Null => return Ok(None),
            Value::String(name) => name.clone(),
            Value::Bool(bool) => bool.to_string(),
            other => return Err(Refusal::new(format!("{other} is no variant"))),
        };
        if self.source.has_variant(&name) {
            Ok(Some(name))
        } else {
            Err(Refusal::new(format!(
                "it gives {name:?}, which is none of the variants"
            )))
        }
    }

    /// Whether an operation gives true or false and nothing else.
    fn is_boolean(&self, operator: &str, argument: &'a Value) -> Result<bool, Refusal> {
        Ok(match operator {
            "!" | "!!" | "==" | "!=" | "===" | "!==" | "<" | "<=" | ">" | ">=" | "in"
            | "sem_ver" => true,
            // They give null for what is no text, which is the default variant.
            "starts_with" | "ends_with" => {
                if self.source.default.as_deref() != Some("false") {
                    return Err(Refusal::arguments(
                        operator,
                        "as the variant, with another default variant than \"false\"",
                    ));
                }
                true
            }
            "and" | "or" => {
                for part in arguments(argument) {
                    let boolean = match self.translator.expression(part)? {
                        Expression::Literal(value) => value.is_boolean(),
                        Expression::List(_) => false,
                        Expression::Operation(operator, argument) => {
                            self.is_boolean(operator, argument)?
                        }
                    };
                    if !boolean {
                        return Ok(false);
                    }
                }
                true
            }
            _ => false,
        })
    }
}
