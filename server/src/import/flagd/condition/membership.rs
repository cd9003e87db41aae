//! `in`: an element of a list, or a part of a text.

use serde_json::Value;
use serin_engine::condition::Operator;

use super::{
    super::{
        javascript,
        logic::Logic,
        operand::{Operand, Variable},
        refusal::Refusal,
    },
    Expression, Translator, arguments,
};

impl<'a> Translator<'a, '_> {
    pub(super) fn membership(&mut self, argument: &'a Value) -> Result<Logic, Refusal> {
        let [needle, hay] = arguments(argument) else {
            return Err(Refusal::arguments("in", "without two arguments"));
        };
        if let Expression::List(elements) = self.expression(hay)? {
            return self.element(needle, elements);
        }
        let [needle, hay] = self.operands("in", argument)?;
        match (needle, hay) {
            (Operand::Literal(Value::String(part)), Operand::Variable(variable)) => {
                Ok(self.part(part, &variable))
            }
            _ => Err(Refusal::arguments(
                "in",
                "of other than an attribute in a list, or a text in an attribute",
            )),
        }
    }

    fn element(&mut self, needle: &'a Value, elements: &'a [Value]) -> Result<Logic, Refusal> {
        if elements
            .iter()
            .any(|element| element.is_null() || element.is_array() || element.is_object())
        {
            return Err(Refusal::arguments(
                "in",
                "a list with other than plain values",
            ));
        }
        let is_element = |value: &Value| {
            elements
                .iter()
                .any(|element| javascript::strictly_equal(element, value))
        };
        match self.operand("in", needle)? {
            Operand::Literal(value) => Ok(Logic::Constant(is_element(value))),
            Operand::Variable(variable) => {
                self.notes.list(&variable.reference);
                let leaf = Logic::leaf(&variable.reference, Operator::In, elements.to_vec());
                Ok(variable.or_default(leaf, is_element))
            }
        }
    }

    fn part(&mut self, part: &str, variable: &Variable<'_>) -> Logic {
        self.notes.list(&variable.reference);
        let leaf = Logic::leaf(&variable.reference, Operator::Contains, vec![part.into()]);
        variable.or_default(leaf, |default| {
            default.as_str().is_some_and(|text| text.contains(part))
        })
    }
}
