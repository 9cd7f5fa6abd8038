//! What an error says, whoever wrote it.

use serde_json::Value;

use super::json;

/// Codes of an account that cannot pay, which some send as 429: waiting does not help.
const QUOTA_CODES: [&str; 3] = [
    "insufficient_quota",
    "billing_hard_limit_reached",
    "billing_not_active",
];
/// Codes of an answer that the provider refuses to hand on, because it is not what was asked for.
const MODELS_FAULTS: [&str; 2] = ["json_validate_failed", "tool_use_failed"];

/// What an error says.
#[derive(Debug, Default)]
pub(super) struct Details {
    pub message: Option<String>,
    /// The error without what is wrapped around it.
    pub error: Value,
}

impl Details {
    /// What the body of an error says; nothing if it is no JSON.
    pub(super) fn of_body(body: &[u8]) -> Self {
        let body = String::from_utf8_lossy(body);
        json::any(&body).map_or_else(Self::default, |error| Self::of(&error))
    }

    /// An error is one itself, is wrapped as `error`, or stands, like Gemini's, in a list.
    pub(super) fn of(error: &Value) -> Self {
        let error = error.get(0).unwrap_or(error);
        let inner = ["error", "errors"]
            .into_iter()
            .filter_map(|key| error.get(key))
            .find(|inner| inner.is_object() || inner.is_array() || inner.is_string());
        let inner = inner.unwrap_or(error);
        let inner = inner.get(0).unwrap_or(inner);
        let words = |value: &Value| match value {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            // Mistral describes a bad body with an object, FastAPI with a list.
            other => Some(other.to_string()),
        };
        let message_of = |value: &Value| {
            ["message", "detail", "msg", "title"]
                .into_iter()
                .find_map(|key| words(value.get(key)?))
        };
        let message = message_of(inner)
            .or_else(|| inner.as_str().map(str::to_owned))
            .or_else(|| message_of(error));
        Self {
            message,
            error: with_what_stands_beside(inner, error),
        }
    }

    /// The status that the error gives, or that its words stand for. A code outweighs a type.
    pub(super) fn status(&self) -> Option<u16> {
        ["code", "status", "status_code", "http_code", "type"]
            .into_iter()
            .find_map(|key| match self.error.get(key)? {
                Value::Number(number) => status(number.as_u64()?),
                Value::String(word) => match word.trim().parse() {
                    Ok(number) => status(number),
                    Err(_) => status_of_word(word),
                },
                _ => None,
            })
    }

    pub(super) fn is_about_quota(&self) -> bool {
        self.codes().any(|code| QUOTA_CODES.contains(&code))
    }

    /// What the model wrote is what is wrong.
    pub(super) fn is_models_fault(&self) -> bool {
        self.codes().any(|code| MODELS_FAULTS.contains(&code))
    }

    /// What the model wrote, where it is handed back.
    pub(super) fn written(&self) -> Option<String> {
        let written = match self.error.get("failed_generation")? {
            Value::Null => return None,
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        (!written.is_empty()).then_some(written)
    }

    fn codes(&self) -> impl Iterator<Item = &str> {
        let words = ["code", "type"].into_iter();
        words.filter_map(|key| self.error.get(key)?.as_str())
    }
}

/// The error with what `around` says of it: some write the code beside it.
fn with_what_stands_beside(error: &Value, around: &Value) -> Value {
    let (Value::String(_) | Value::Object(_), Some(around)) = (error, around.as_object()) else {
        return error.clone();
    };
    let mut all = around.clone();
    all.retain(|key, value| !value.is_null() && key != "error" && key != "errors");
    let own = error.as_object().into_iter().flatten();
    let own = own.filter(|(key, value)| !value.is_null() || !all.contains_key(*key));
    let own: Vec<_> = own
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    all.extend(own);
    Value::Object(all)
}

fn status(number: u64) -> Option<u16> {
    let number = u16::try_from(number).ok()?;
    (400..600).contains(&number).then_some(number)
}

/// The words of OpenAI, Anthropic, Google and those who speak like them.
pub(super) fn status_of_word(word: &str) -> Option<u16> {
    Some(match word.to_ascii_lowercase().as_str() {
        "invalid_request_error"
        | "invalid_request"
        | "invalid_argument"
        | "bad_request"
        | "failed_precondition"
        | "context_length_exceeded"
        | "content_filter"
        | "content_policy_violation"
        | "unsupported_parameter"
        | "unsupported_value" => 400,
        "authentication_error" | "invalid_api_key" | "unauthenticated" | "unauthorized" => 401,
        "billing_error" => 402,
        "permission_error" | "permission_denied" | "forbidden" => 403,
        "not_found" | "not_found_error" | "model_not_found" => 404,
        "timeout" | "timeout_error" | "request_timeout" | "deadline_exceeded" => 408,
        "aborted" | "conflict" => 409,
        "request_too_large" => 413,
        "unprocessable_entity" => 422,
        "rate_limit_exceeded"
        | "rate_limit_error"
        | "rate_limit"
        | "rate_limited"
        | "too_many_requests"
        | "resource_exhausted" => 429,
        "api_error" | "server_error" | "internal" | "internal_error" | "internal_server_error" => {
            500
        }
        "unavailable" | "service_unavailable" => 503,
        "overloaded" | "overloaded_error" => 529,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_bodies_of_every_make_give_up_their_message() {
        for body in [
            r#"{"error": {"message": "no such model", "code": "model_not_found"}}"#,
            r#"{"error": "no such model"}"#,
            r#"[{"error": {"code": 404, "message": "no such model"}}]"#,
            r#"{"object": "error", "message": "no such model", "type": "invalid_model"}"#,
            r#"{"detail": "no such model"}"#,
            r#"{"errors": [{"message": "no such model"}]}"#,
            r#"{"type": "error", "error": {"type": "not_found_error", "message": "no such model"}}"#,
            r#""no such model""#,
            r#"{"error": {"message": "no such model", "code": NaN}}"#,
            "{\"detail\": \"no such model\", \"of\": \"a\tb\"}",
        ] {
            let message = Details::of_body(body.as_bytes()).message;

            assert_eq!(message.as_deref(), Some("no such model"), "{body}");
        }
        assert_eq!(Details::of_body(b"<html>").message, None);
    }

    #[test]
    fn a_code_beside_the_error_is_read() {
        for (body, status) in [
            (r#"{"status": 404, "error": "model not found"}"#, Some(404)),
            (
                r#"{"code": "insufficient_quota", "error": "no money"}"#,
                None,
            ),
            (
                r#"{"code": 429, "error": {"code": null, "type": "invalid_request_error"}}"#,
                Some(429),
            ),
            (r#"{"code": 500, "error": {"code": 400}}"#, Some(400)),
            (
                r#"{"type": "error", "error": {"type": "not_found_error"}}"#,
                Some(404),
            ),
            (r#"[{"status": "503", "error": "busy"}]"#, Some(503)),
        ] {
            assert_eq!(Details::of_body(body.as_bytes()).status(), status, "{body}");
        }
        let quota = Details::of_body(br#"{"code": "insufficient_quota", "error": "no money"}"#);
        assert!(quota.is_about_quota());
        assert_eq!(quota.message.unwrap(), "no money");
    }

    #[test]
    fn what_the_model_wrote_is_handed_back() {
        let body =
            br#"{"error": {"code": "json_validate_failed", "failed_generation": "{\"a\": "}}"#;
        let details = Details::of_body(body);
        assert!(details.is_models_fault());
        assert_eq!(details.written().unwrap(), "{\"a\": ");
    }
}
