//! One operation of the document.

use serde_json::{Value, json};

/// Who may call an operation.
#[derive(Clone, Copy)]
pub(super) enum Security {
    /// Anybody.
    Open,
    /// People and automations.
    Caller,
    /// SDKs.
    Key,
}

/// One operation.
pub(super) struct Operation {
    pub(super) method: &'static str,
    pub(super) path: String,
    id: &'static str,
    tag: &'static str,
    summary: &'static str,
    security: Security,
    parameters: Vec<Value>,
    body: Option<Value>,
    answers: Vec<(u16, Value)>,
    errors: Vec<(u16, &'static str)>,
}

impl Operation {
    /// An operation that people and automations call.
    pub(super) fn new(
        method: &'static str,
        path: &str,
        id: &'static str,
        tag: &'static str,
        summary: &'static str,
    ) -> Self {
        let parameters = path
            .split('/')
            .filter_map(|step| step.strip_prefix('{')?.strip_suffix('}'))
            .map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}))
            .collect();
        Self {
            method,
            path: path.to_owned(),
            id,
            tag,
            summary,
            security: Security::Caller,
            parameters,
            body: None,
            answers: Vec::new(),
            errors: Vec::new(),
        }
    }

    /// Sets who may call it.
    pub(super) fn security(self, security: Security) -> Self {
        Self { security, ..self }
    }

    /// Takes members of the query string: name and what it is for.
    pub(super) fn query(mut self, members: &[(&str, &str)]) -> Self {
        self.parameters.extend(members.iter().map(|(name, description)| {
            let required = description.starts_with("Required");
            json!({"name": name, "in": "query", "required": required, "description": description, "schema": {"type": "string"}})
        }));
        self
    }

    /// Is paged.
    pub(super) fn paged(self) -> Self {
        self.query(&[
            (
                "limit",
                "How many items at most; 50 where absent, never more than 500.",
            ),
            ("cursor", "The `next_cursor` of the page before."),
        ])
    }

    /// Takes a header.
    pub(super) fn header(mut self, name: &str, description: &str) -> Self {
        self.parameters
            .push(json!({"name": name, "in": "header", "required": false, "description": description, "schema": {"type": "string"}}));
        self
    }

    /// Takes the version that the caller saw.
    pub(super) fn versioned(self) -> Self {
        let mut operation = self.header(
            "If-Match",
            "The version that the caller saw, such as \"7\".",
        );
        operation
            .errors
            .push((412, "Another version stands; `current_version` says which."));
        operation
    }

    /// Takes a reason for the history.
    pub(super) fn reasoned(self) -> Self {
        self.header(
            "Idempotency-Key",
            "Makes a retry safe: the same request with the same key is done once.",
        )
        .header(
            "Serin-Reason",
            "Why, for the history; percent-encoded UTF-8.",
        )
    }

    /// Takes a JSON body.
    pub(super) fn body(self, schema: Value) -> Self {
        self.body_of("application/json", schema)
    }

    /// Takes a body.
    pub(super) fn body_of(mut self, media_type: &str, schema: Value) -> Self {
        self.body = Some(json!({"required": true, "content": {media_type: {"schema": schema}}}));
        self.errors.push((400, "Not JSON, or not of this shape."));
        self.errors
            .push((413, "The body is larger than its limit."));
        self.errors.push((415, "The body is of another type."));
        self.errors.push((
            422,
            "Well-formed, but with mistakes: `details` lists them all.",
        ));
        self
    }

    /// Answers with a JSON body.
    pub(super) fn answers(self, status: u16, description: &str, schema: Value) -> Self {
        self.answers_with(status, description, "application/json", schema)
    }

    /// Answers with a body.
    pub(super) fn answers_with(
        mut self,
        status: u16,
        description: &str,
        media_type: &str,
        schema: Value,
    ) -> Self {
        self.answers.push((
            status,
            json!({"description": description, "content": {media_type: {"schema": schema}}}),
        ));
        self
    }

    /// Answers without a body.
    pub(super) fn answers_empty(mut self, status: u16, description: &str) -> Self {
        self.answers
            .push((status, json!({"description": description})));
        self
    }

    /// May fail in a way of its own.
    pub(super) fn fails(mut self, status: u16, description: &'static str) -> Self {
        self.errors.push((status, description));
        self
    }

    /// The operation object.
    pub(super) fn describe(mut self) -> Value {
        let security = match self.security {
            Security::Open => json!([]),
            Security::Caller => json!([{"session": []}, {"token": []}]),
            Security::Key => json!([{"key": []}, {"keyHeader": []}]),
        };
        if !matches!(self.security, Security::Open) {
            self.errors
                .push((401, "No credential, or none that is valid."));
            self.errors
                .push((403, "The caller may see this, but not do that."));
        }
        if matches!(self.security, Security::Caller) && self.path.contains('{') {
            self.errors
                .push((404, "Not there, or not for the caller to see."));
        }
        let mut responses: serde_json::Map<String, Value> = self
            .answers
            .into_iter()
            .map(|(status, answer)| (status.to_string(), answer))
            .collect();
        for (status, description) in self.errors {
            // OFREP has errors of its own.
            let schema = if self.tag == "ofrep" {
                "OfrepEvaluation"
            } else {
                "ErrorBody"
            };
            let schema = json!({"$ref": format!("#/components/schemas/{schema}")});
            let answer = json!({"description": description, "content": {"application/json": {"schema": schema}}});
            responses.entry(status.to_string()).or_insert(answer);
        }
        let mut described = json!({
            "operationId": self.id,
            "tags": [self.tag],
            "summary": self.summary,
            "security": security,
            "responses": responses,
        });
        if let Some(body) = self.body {
            described["requestBody"] = body;
        }
        if !self.parameters.is_empty() {
            described["parameters"] = Value::Array(self.parameters);
        }
        described
    }
}
