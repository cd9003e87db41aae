//! Equality and order.

use serde_json::{Value, json};
use serin_engine::condition::Operator;

use super::{
    super::{
        javascript,
        logic::Logic,
        operand::{Operand, Variable},
        refusal::Refusal,
    },
    Translator, arguments,
};

impl<'a> Translator<'a, '_> {
    pub(super) fn equality(
        &mut self,
        operator: &str,
        left: Operand<'a>,
        right: Operand<'a>,
    ) -> Result<Logic, Refusal> {
        let strict = operator.len() == 3;
        let equal = match (left, right) {
            (Operand::Variable(variable), Operand::Literal(value))
            | (Operand::Literal(value), Operand::Variable(variable)) => {
                self.equal(&variable, value, strict)
            }
            (Operand::Literal(left), Operand::Literal(right)) => {
                Logic::Constant(constants_equal(left, right, strict))
            }
            (Operand::Variable(_), Operand::Variable(_)) => {
                return Err(Refusal::arguments(operator, "of two attributes"));
            }
        };
        let negated = operator.starts_with('!');
        Ok(if negated { equal.negate() } else { equal })
    }

    fn equal(&mut self, variable: &Variable<'_>, value: &Value, strict: bool) -> Logic {
        let reference = &variable.reference;
        let equal = if value.is_null() {
            Logic::missing(reference)
        } else {
            self.notes.list(reference);
            if !strict && !plain_text(value) {
                self.notes.loose_equality(reference);
            }
            let values = if strict {
                vec![value.clone()]
            } else {
                loosely_equal_to(value)
            };
            Logic::leaf(reference, Operator::In, values)
        };
        variable.or_default(equal, |default| constants_equal(default, value, strict))
    }

    pub(super) fn order(&mut self, operator: &str, argument: &'a Value) -> Result<Logic, Refusal> {
        match arguments(argument) {
            [left, right] => self.ordered(operator, left, right),
            // flagd documents "between" for these two; elsewhere implementations differ.
            [low, middle, high] if operator.starts_with('<') => Ok(Logic::all([
                self.ordered(operator, low, middle)?,
                self.ordered(operator, middle, high)?,
            ])),
            others => Err(Refusal::arguments(
                operator,
                format!("with {} arguments", others.len()),
            )),
        }
    }

    fn ordered(
        &mut self,
        operator: &str,
        left: &'a Value,
        right: &'a Value,
    ) -> Result<Logic, Refusal> {
        let (variable, bound, op) = match (
            self.operand(operator, left)?,
            self.operand(operator, right)?,
        ) {
            (Operand::Variable(variable), Operand::Literal(bound)) => {
                (variable, bound, native(operator, false))
            }
            (Operand::Literal(bound), Operand::Variable(variable)) => {
                (variable, bound, native(operator, true))
            }
            (Operand::Literal(left), Operand::Literal(right)) => {
                let holds = holds(native(operator, false), left, right)
                    .ok_or_else(|| Refusal::arguments(operator, "of two texts"))?;
                return Ok(Logic::Constant(holds));
            }
            (Operand::Variable(_), Operand::Variable(_)) => {
                return Err(Refusal::arguments(operator, "of two attributes"));
            }
        };
        if !bound.is_number() {
            return Err(Refusal::arguments(
                operator,
                format!("with {bound}: only the order of numbers has a native form"),
            ));
        }
        self.notes.list(&variable.reference);
        self.notes.loose_order(&variable.reference);
        let in_order = Logic::leaf(&variable.reference, op, vec![bound.clone()]);
        let of_nothing = variable.default.unwrap_or(&Value::Null);
        // JavaScript reads what is missing as 0.
        Ok(if holds(op, of_nothing, bound) == Some(true) {
            Logic::any([in_order, Logic::missing(&variable.reference)])
        } else {
            in_order
        })
    }
}

fn constants_equal(left: &Value, right: &Value, strict: bool) -> bool {
    if strict {
        javascript::strictly_equal(left, right)
    } else {
        javascript::loosely_equal(left, right)
    }
}

/// Whether loose equality with it is spelled out in full by [`loosely_equal_to`].
fn plain_text(value: &Value) -> bool {
    value.as_str().is_some_and(|text| {
        // Blank text and hexadecimal are read differently by flagd's implementations.
        let trimmed = text.trim();
        let hexadecimal = trimmed.get(..2).is_some_and(|start| {
            start.starts_with('0') && start.ends_with(|mark: char| "xXoObB".contains(mark))
        });
        text == trimmed && !hexadecimal
    })
}

/// The values that loosely equal one, in their plain spelling.
fn loosely_equal_to(value: &Value) -> Vec<Value> {
    let number = javascript::number(value);
    let mut values = vec![value.clone()];
    let mut add = |other: Value| {
        if !values
            .iter()
            .any(|value| javascript::strictly_equal(value, &other))
        {
            values.push(other);
        }
    };
    if !number.is_finite() {
        return values;
    }
    if value.is_string() {
        add(plain_number(number));
    } else {
        add(plain_number(number));
        add(json!(plain_number(number).to_string()));
    }
    if number == 1.0 {
        add(json!(true));
    }
    if number == 0.0 {
        add(json!(false));
        if !value.is_string() {
            add(json!(""));
        }
    }
    values
}

/// A number without a fraction that says nothing.
#[expect(
    clippy::cast_possible_truncation,
    reason = "checked to be an integer that a double holds exactly"
)]
fn plain_number(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_991.0 {
        json!(number as i64)
    } else {
        json!(number)
    }
}

/// The native operator, seen from the attribute's side.
fn native(operator: &str, mirrored: bool) -> Operator {
    match (operator, mirrored) {
        ("<", false) | (">", true) => Operator::Lt,
        ("<=", false) | (">=", true) => Operator::Lte,
        (">", false) | ("<", true) => Operator::Gt,
        _ => Operator::Gte,
    }
}

/// JavaScript's order of two constants; nothing for two texts, which it does not see as numbers.
fn holds(op: Operator, left: &Value, right: &Value) -> Option<bool> {
    if left.is_string() && right.is_string() {
        return None;
    }
    let (left, right) = (javascript::number(left), javascript::number(right));
    Some(match op {
        Operator::Lt => left < right,
        Operator::Lte => left <= right,
        Operator::Gt => left > right,
        _ => left >= right,
    })
}
