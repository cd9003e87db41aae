//! JsonLogic in a place where only its truth matters.

mod comparison;
mod membership;

use serde_json::Value;

use super::{
    file::Evaluators,
    javascript,
    logic::Logic,
    note::Notes,
    operand::{Operand, Variable},
    refusal::Refusal,
    version,
};
use serin_engine::condition::Operator;

/// The deepest nesting, references followed; more is a circle of references.
const MAX_DEPTH: usize = 128;
/// The most expressions of one flag, references followed.
const MAX_EXPRESSIONS: usize = 10_000;

/// Translates the expressions of one flag.
pub(crate) struct Translator<'a, 'n> {
    pub(crate) notes: &'n mut Notes,
    evaluators: &'a Evaluators,
    depth: usize,
    expressions: usize,
}

/// An expression, by what it is made of.
pub(crate) enum Expression<'a> {
    /// A scalar or null.
    Literal(&'a Value),
    List(&'a [Value]),
    Operation(&'a str, &'a Value),
}

impl<'a, 'n> Translator<'a, 'n> {
    pub(crate) fn new(evaluators: &'a Evaluators, notes: &'n mut Notes) -> Self {
        Self {
            notes,
            evaluators,
            depth: 0,
            expressions: 0,
        }
    }

    /// Goes one level deeper; [`Self::leave`] comes back.
    pub(crate) fn enter(&mut self) -> Result<(), Refusal> {
        self.expressions += 1;
        if self.depth == MAX_DEPTH || self.expressions > MAX_EXPRESSIONS {
            return Err(Refusal::new(
                "it is too large, or its `$ref`s go in a circle",
            ));
        }
        self.depth += 1;
        Ok(())
    }

    pub(crate) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Reads an expression, through references to shared evaluators.
    pub(crate) fn expression(&self, json: &'a Value) -> Result<Expression<'a>, Refusal> {
        let mut json = json;
        for _ in 0..=self.evaluators.len() {
            let (operator, argument) = match json {
                Value::Array(elements) => return Ok(Expression::List(elements)),
                Value::Object(members) => match (members.len(), members.iter().next()) {
                    (1, Some(member)) => member,
                    (count, _) => {
                        return Err(Refusal::new(format!(
                            "an object with {count} members is no operation"
                        )));
                    }
                },
                literal => return Ok(Expression::Literal(literal)),
            };
            if operator != "$ref" {
                return Ok(Expression::Operation(operator, argument));
            }
            let name = argument
                .as_str()
                .ok_or_else(|| Refusal::arguments("$ref", "without a name"))?;
            json = self.evaluators.get(name).ok_or_else(|| {
                Refusal::arguments(
                    "$ref",
                    format!("to {name:?}, which `$evaluators` does not have"),
                )
            })?;
        }
        Err(Refusal::arguments("$ref", "that refers to itself"))
    }

    /// The condition under which an expression counts as true.
    pub(crate) fn truth(&mut self, json: &'a Value) -> Result<Logic, Refusal> {
        self.enter()?;
        let logic = match self.expression(json)? {
            Expression::Literal(value) => Logic::Constant(javascript::truthy(value)),
            Expression::List(_) => return Err(Refusal::new("a list as a condition")),
            Expression::Operation(operator, argument) => self.operation(operator, argument)?,
        };
        self.leave();
        Ok(logic)
    }

    fn operation(&mut self, operator: &str, argument: &'a Value) -> Result<Logic, Refusal> {
        match operator {
            "var" => {
                let variable = Variable::read(argument)?;
                Ok(self.truth_of(&variable))
            }
            "!!" => self.truth(only(operator, argument)?),
            "!" => Ok(self.truth(only(operator, argument)?)?.negate()),
            "and" => Ok(Logic::all(self.truths(operator, argument)?)),
            "or" => Ok(Logic::any(self.truths(operator, argument)?)),
            "if" => self.conditional(argument),
            "==" | "!=" | "===" | "!==" => {
                let [left, right] = self.operands(operator, argument)?;
                self.equality(operator, left, right)
            }
            "<" | "<=" | ">" | ">=" => self.order(operator, argument),
            "in" => self.membership(argument),
            "starts_with" => self.affix(operator, Operator::StartsWith, argument),
            "ends_with" => self.affix(operator, Operator::EndsWith, argument),
            "sem_ver" => self.semantic_version(argument),
            other => Err(Refusal::operator(other)),
        }
    }

    fn truths(&mut self, operator: &str, argument: &'a Value) -> Result<Vec<Logic>, Refusal> {
        match arguments(argument) {
            [] => Err(Refusal::arguments(operator, "without arguments")),
            parts => parts.iter().map(|part| self.truth(part)).collect(),
        }
    }

    /// A missing, false, zero or empty attribute is not true.
    fn truth_of(&mut self, variable: &Variable<'_>) -> Logic {
        self.notes.list(&variable.reference);
        let falsy = vec![Value::Bool(false), Value::from(0), Value::from("")];
        let truthy = Logic::all([
            Logic::exists(&variable.reference),
            Logic::leaf(&variable.reference, Operator::In, falsy).negate(),
        ]);
        variable.or_default(truthy, javascript::truthy)
    }

    /// `if` as a condition: the truth of the branch that is taken.
    fn conditional(&mut self, argument: &'a Value) -> Result<Logic, Refusal> {
        let mut not_before = Vec::new();
        let mut ways = Vec::new();
        let parts = branches(argument)?;
        for pair in parts.chunks(2) {
            let way = match pair {
                [condition, result] => {
                    let condition = self.truth(condition)?;
                    let way = Logic::all([condition.clone(), self.truth(result)?]);
                    let way = Logic::all(not_before.iter().cloned().chain([way]));
                    not_before.push(condition.negate());
                    way
                }
                [otherwise] => {
                    let otherwise = self.truth(otherwise)?;
                    Logic::all(not_before.iter().cloned().chain([otherwise]))
                }
                _ => continue,
            };
            ways.push(way);
        }
        Ok(Logic::any(ways))
    }

    fn affix(
        &mut self,
        name: &str,
        operator: Operator,
        argument: &'a Value,
    ) -> Result<Logic, Refusal> {
        let [left, right] = self.operands(name, argument)?;
        let (Operand::Variable(variable), Operand::Literal(Value::String(text))) = (left, right)
        else {
            return Err(Refusal::arguments(
                name,
                "of other than an attribute and a text",
            ));
        };
        self.notes.list(&variable.reference);
        let leaf = Logic::leaf(&variable.reference, operator, vec![text.as_str().into()]);
        Ok(variable.or_default(leaf, |default| {
            default.as_str().is_some_and(|default| match operator {
                Operator::StartsWith => default.starts_with(text),
                _ => default.ends_with(text),
            })
        }))
    }

    fn semantic_version(&mut self, argument: &'a Value) -> Result<Logic, Refusal> {
        let [left, operator, right] = arguments(argument) else {
            return Err(Refusal::arguments("sem_ver", "without three arguments"));
        };
        let variable = match self.operand("sem_ver", left)? {
            Operand::Variable(variable) if variable.default.is_none() => variable,
            _ => {
                return Err(Refusal::arguments(
                    "sem_ver",
                    "of other than an attribute without a default",
                ));
            }
        };
        let (Some(operator), Some(version)) = (operator.as_str(), right.as_str()) else {
            return Err(Refusal::arguments(
                "sem_ver",
                "with an operator or version that is no text",
            ));
        };
        self.notes.list(&variable.reference);
        self.notes.version(&variable.reference);
        version::compare(&variable.reference, operator, version)
    }

    pub(crate) fn operands(
        &self,
        operator: &str,
        argument: &'a Value,
    ) -> Result<[Operand<'a>; 2], Refusal> {
        match arguments(argument) {
            [left, right] => Ok([
                self.operand(operator, left)?,
                self.operand(operator, right)?,
            ]),
            _ => Err(Refusal::arguments(operator, "without two arguments")),
        }
    }

    fn operand(&self, operator: &str, json: &'a Value) -> Result<Operand<'a>, Refusal> {
        match self.expression(json)? {
            Expression::Literal(value) => Ok(Operand::Literal(value)),
            Expression::Operation("var", argument) => {
                Variable::read(argument).map(Operand::Variable)
            }
            Expression::Operation(inner, _) => Err(Refusal::arguments(
                operator,
                format!("of the result of `{inner}`"),
            )),
            Expression::List(_) => Err(Refusal::arguments(operator, "of a list")),
        }
    }
}

/// JsonLogic's arguments: a list, or one that stands alone.
pub(crate) fn arguments(argument: &Value) -> &[Value] {
    match argument {
        Value::Array(arguments) => arguments,
        single => std::slice::from_ref(single),
    }
}

fn only<'a>(operator: &str, argument: &'a Value) -> Result<&'a Value, Refusal> {
    match arguments(argument) {
        [only] => Ok(only),
        _ => Err(Refusal::arguments(operator, "without exactly one argument")),
    }
}

/// The conditions and results of an `if`, in turn.
pub(crate) fn branches(argument: &Value) -> Result<&[Value], Refusal> {
    match argument {
        Value::Array(parts) => Ok(parts),
        _ => Err(Refusal::arguments("if", "without a list of branches")),
    }
}
