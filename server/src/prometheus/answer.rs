//! What Prometheus answers: `{"status": "success", "data": {"resultType": …, "result": …}}`.

use serde::Deserialize;
use serde_json::Value;

use super::{Problem, Series};

/// What it answers.
#[derive(Debug, PartialEq)]
pub(super) enum Answer {
    /// One number.
    Number(f64),
    /// Values by time, of each series; of a vector there is one value each.
    Series(Vec<Series>),
}

#[derive(Deserialize)]
struct Body {
    status: String,
    #[serde(default)]
    data: Option<Data>,
    #[serde(default)]
    error: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    result_type: String,
    result: Value,
}

#[derive(Deserialize)]
struct One {
    #[serde(default)]
    value: Option<(f64, String)>,
    #[serde(default)]
    values: Vec<(f64, String)>,
}

/// Reads an answer.
pub(super) fn read(status: u16, bytes: &[u8]) -> Result<Answer, Problem> {
    let body: Body = match serde_json::from_slice(bytes) {
        Ok(body) => body,
        Err(_) if status != 200 => return Err(format!("HTTP {status}")),
        Err(error) => return Err(format!("an answer that makes no sense: {error}")),
    };
    if body.status != "success" {
        let why: String = body.error.unwrap_or_default().chars().take(500).collect();
        return Err(format!("HTTP {status}: {why}"));
    }
    let data = body.data.ok_or("an answer without data")?;
    let senseless = |error: serde_json::Error| format!("an answer that makes no sense: {error}");
    match data.result_type.as_str() {
        "scalar" => {
            let (_, text): (f64, String) =
                serde_json::from_value(data.result).map_err(senseless)?;
            number(&text)
                .map(Answer::Number)
                .ok_or_else(|| format!("{text:?} is no number"))
        }
        "vector" | "matrix" => {
            let all: Vec<One> = serde_json::from_value(data.result).map_err(senseless)?;
            Ok(Answer::Series(all.into_iter().map(One::points).collect()))
        }
        other => Err(format!("an answer of the type {other:?}")),
    }
}

impl One {
    /// What is no number (a division by nothing) is not there.
    fn points(self) -> Series {
        let points = self.value.into_iter().chain(self.values);
        points
            .filter_map(|(at, text)| Some((at, number(&text)?)))
            .collect()
    }
}

/// A finite number: Prometheus writes `NaN` and `+Inf` too.
fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_vectors_and_matrices_are_read() {
        let read = |text: &str| read(200, text.as_bytes());
        let scalar = r#"{"status":"success","data":{"resultType":"scalar","result":[1.5,"7"]}}"#;
        assert_eq!(read(scalar), Ok(Answer::Number(7.0)));
        let vector = r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"a":"b"},"value":[1,"2.5"]},{"metric":{},"value":[1,"NaN"]}]},"warnings":["x"]}"#;
        assert_eq!(
            read(vector),
            Ok(Answer::Series(vec![vec![(1.0, 2.5)], vec![]]))
        );
        let matrix = r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"2"],[2,"3"]]}]}}"#;
        assert_eq!(
            read(matrix),
            Ok(Answer::Series(vec![vec![(1.0, 2.0), (2.0, 3.0)]]))
        );
    }

    #[test]
    fn what_went_wrong_is_told() {
        let wrong = |status, text: &str| read(status, text.as_bytes()).unwrap_err();
        let bad = wrong(
            400,
            r#"{"status":"error","errorType":"bad_data","error":"parse error at char 3"}"#,
        );
        assert!(
            bad.contains("400") && bad.contains("parse error at char 3"),
            "{bad}"
        );
        assert_eq!(wrong(502, "<html>"), "HTTP 502");
        assert!(wrong(200, "<html>").contains("no sense"));
        assert!(wrong(200, r#"{"status":"success"}"#).contains("without data"));
        let odd = r#"{"status":"success","data":{"resultType":"string","result":[1,"x"]}}"#;
        assert!(wrong(200, odd).contains("string"));
        let infinite = r#"{"status":"success","data":{"resultType":"scalar","result":[1,"+Inf"]}}"#;
        assert!(wrong(200, infinite).contains("Inf"));
    }
}
