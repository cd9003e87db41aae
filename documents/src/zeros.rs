//! Zeros without a sign.

use serde_json::Value;

/// Makes −0.0 to 0.0: PostgreSQL keeps no sign of zero, and nothing compares it.
pub fn settle(value: &mut Value) {
    match value {
        Value::Number(number) if number.as_f64() == Some(0.0) && number.is_f64() => {
            *value = 0.0.into();
        }
        Value::Array(items) => items.iter_mut().for_each(settle),
        Value::Object(members) => members.values_mut().for_each(settle),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::settle;

    #[test]
    fn zeros_lose_their_sign_and_nothing_else_changes() {
        let mut value = json!({"a": [-0.0, 0, -1.5, "-0.0"]});
        settle(&mut value);
        assert_eq!(value.to_string(), r#"{"a":[0.0,0,-1.5,"-0.0"]}"#);
    }
}
