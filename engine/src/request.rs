//! The evaluator on the command line: one request a line, one answer a line.

use serde_json::{Map, Value};

use crate::context::Context;
use crate::evaluation::{ErrorCode, Evaluation};
use crate::json;
use crate::ruleset::Ruleset;

/// `{"flag": "key", "context": {…}, "default": …?}`.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The flag's key.
    pub flag: String,
    /// What it is evaluated for; empty where absent.
    pub context: Context,
    /// The caller's default.
    pub default: Option<Value>,
}

/// A line that is no request, with what could be read of it.
#[derive(Clone, Debug, PartialEq)]
pub struct BadRequest {
    /// The flag's key.
    pub flag: Option<String>,
    /// The caller's default.
    pub default: Option<Value>,
    /// [`ErrorCode::InvalidContext`] where the context is no object, else
    /// [`ErrorCode::General`].
    pub code: ErrorCode,
    /// What is wrong.
    pub message: String,
}

impl Request {
    /// Reads a request; unknown members are ignored.
    ///
    /// # Errors
    /// Where the line is no JSON object, its context is no object, or its flag is not
    /// a string.
    pub fn parse(line: &str) -> Result<Self, BadRequest> {
        let mut members = match json::parse(line) {
            Ok(Value::Object(members)) => members,
            Ok(other) => {
                let found = json::type_name(&other);
                return Err(BadRequest::unread(format!(
                    "a request is a JSON object, not {found}"
                )));
            }
            Err(error) => {
                return Err(BadRequest::unread(format!(
                    "the request is not JSON: {error}"
                )));
            }
        };
        let default = members.remove("default");
        let flag = match members.remove("flag") {
            Some(Value::String(flag)) => Ok(flag),
            Some(other) => Err(format!(
                "\"flag\" is a string, not {}",
                json::type_name(&other)
            )),
            None => Err("the request has no \"flag\"".to_owned()),
        };
        let context = match members.remove("context") {
            Some(json) => Context::from_json(json).map_err(|error| error.to_string()),
            None => Ok(Context::default()),
        };
        match (flag, context) {
            (Ok(flag), Ok(context)) => Ok(Self {
                flag,
                context,
                default,
            }),
            (flag, Err(message)) => Err(BadRequest {
                flag: flag.ok(),
                default,
                code: ErrorCode::InvalidContext,
                message,
            }),
            (Err(message), Ok(_)) => Err(BadRequest {
                flag: None,
                default,
                code: ErrorCode::General,
                message,
            }),
        }
    }
}

impl BadRequest {
    fn unread(message: String) -> Self {
        Self {
            flag: None,
            default: None,
            code: ErrorCode::General,
            message,
        }
    }
}

/// Answers one line: `{"flag", "value", "variation", "reason", "rule", "slot",
/// "prerequisite", "error_code", "error"}`, without what does not apply.
pub fn answer(ruleset: &Ruleset, line: &str) -> Value {
    match Request::parse(line) {
        Ok(request) => {
            let evaluation = ruleset.evaluate(&request.flag, &request.context);
            render(Some(&request.flag), &evaluation, request.default.as_ref())
        }
        Err(bad) => {
            let evaluation = Evaluation::failed(bad.code, bad.message);
            render(bad.flag.as_deref(), &evaluation, bad.default.as_ref())
        }
    }
}

fn render(flag: Option<&str>, evaluation: &Evaluation<'_>, default: Option<&Value>) -> Value {
    let error = evaluation.error.as_ref();
    let members = [
        ("flag", flag.map(Value::from)),
        ("value", evaluation.value.or(default).cloned()),
        ("variation", evaluation.variation.map(Value::from)),
        ("reason", Some(evaluation.reason.as_str().into())),
        ("rule", evaluation.rule.map(Value::from)),
        ("slot", evaluation.slot.map(Value::from)),
        ("prerequisite", evaluation.prerequisite.map(Value::from)),
        ("error_code", error.map(|error| error.code.as_str().into())),
        ("error", error.map(|error| Value::from(&*error.message))),
    ];
    let present = members
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(present.collect::<Map<_, _>>())
}
