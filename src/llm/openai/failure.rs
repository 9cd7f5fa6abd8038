//! What a provider's failure means for the next try, and the words for it.
//!
//! Every message passes through [`Failures::error`], which takes the key out of whatever a provider
//! chose to echo.

use std::time::Duration;

use async_openai::error::OpenAIError;
use chrono::DateTime;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::clock::Clock;
use crate::llm::{CallError, ErrorKind, MAX_ANSWER_CHARS, MAX_MESSAGE_CHARS};

/// As much of an error's body as is read.
const MAX_ERROR_BODY: usize = 16 * 1024;

/// Codes of an account that cannot pay, which some send as 429: waiting does not help.
const QUOTA_CODES: [&str; 3] = [
    "insufficient_quota",
    "billing_hard_limit_reached",
    "billing_not_active",
];

/// Says what went wrong in the name of one provider.
pub(super) struct Failures {
    provider: String,
    key: SecretString,
    clock: Clock,
}

impl Failures {
    pub(super) const fn new(provider: String, key: SecretString, clock: Clock) -> Self {
        Self {
            provider,
            key,
            clock,
        }
    }

    /// An answer whose status is not 2xx.
    pub(super) async fn of_status(&self, response: Response) -> CallError {
        let status = response.status();
        let retry_after = self.retry_after(response.headers());
        let details = Details::of_body(&bounded_body(response).await);
        let provider = &self.provider;
        if status == StatusCode::UNAUTHORIZED {
            // What providers write here quotes the key, or half of it.
            let variable = format!("{}_API_KEY", provider.to_uppercase());
            let text = format!("{provider} does not accept the API key (401): check {variable}");
            return self.error(ErrorKind::Permanent, &text);
        }
        let kind = if is_transient(status.as_u16()) && !details.is_about_quota() {
            ErrorKind::Transient { retry_after }
        } else {
            ErrorKind::Permanent
        };
        let said = details.message.map(|text| format!(": {text}"));
        let text = format!("{provider} answered {status}{}", said.unwrap_or_default());
        self.error(kind, &text)
    }

    /// An error object in the place of a piece of the answer. Some give an HTTP status as its code;
    /// without one the provider broke off, and may not the next time.
    pub(super) fn in_stream(&self, error: &Value) -> CallError {
        let details = Details::of_error(error);
        let lasting = details.status.is_some_and(|status| !is_transient(status));
        let kind = if lasting || details.is_about_quota() {
            ErrorKind::Permanent
        } else {
            ErrorKind::Transient { retry_after: None }
        };
        let said = details.message.map(|text| format!(": {text}"));
        let text = format!(
            "{} broke its answer off{}",
            self.provider,
            said.unwrap_or_default()
        );
        self.error(kind, &text)
    }

    /// What comes out of async-openai, our own errors among it.
    pub(super) fn of_library(&self, error: OpenAIError) -> CallError {
        match error {
            OpenAIError::Boxed(error) => match error.downcast::<CallError>() {
                Ok(ours) => *ours,
                Err(other) => self.broken(&other.to_string()),
            },
            OpenAIError::Reqwest(error) => self.of_transport(error),
            OpenAIError::JSONDeserialize(..) => self.broken("a piece of the answer is no JSON"),
            OpenAIError::InvalidArgument(text) => self.error(ErrorKind::Permanent, &text),
            _ => self.broken("the connection was lost in the middle of the answer"),
        }
    }

    /// A request that got no answer at all.
    pub(super) fn of_transport(&self, error: reqwest::Error) -> CallError {
        let kind = if error.is_builder() {
            ErrorKind::Permanent
        } else {
            ErrorKind::Transient { retry_after: None }
        };
        let error = error.without_url();
        let mut cause: &dyn std::error::Error = &error;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        self.error(kind, &format!("cannot reach {}: {cause}", self.provider))
    }

    /// A stream that did not come to its end.
    pub(super) fn broken(&self, how: &str) -> CallError {
        let kind = ErrorKind::Transient { retry_after: None };
        self.error(kind, &format!("{} broke off: {how}", self.provider))
    }

    /// An answer beyond the limit, which was not read to its end.
    pub(super) fn too_long(&self) -> CallError {
        let text = format!(
            "the answer of {} is longer than {MAX_ANSWER_CHARS} characters: set max_tokens, or ask for less",
            self.provider
        );
        self.error(ErrorKind::Permanent, &text)
    }

    fn error(&self, kind: ErrorKind, text: &str) -> CallError {
        let key = self.key.expose_secret();
        let without_key = if key.is_empty() {
            text.to_owned()
        } else {
            text.replace(key, "[API key]")
        };
        let one_line = without_key
            .split(|c: char| c.is_whitespace() || c.is_control())
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join(" ");
        let message = one_line.chars().take(MAX_MESSAGE_CHARS).collect();
        CallError::new(kind, message)
    }

    /// Seconds or an HTTP date (RFC 9110, section 10.2.3); a date in the past is no wait at all, and
    /// more seconds than a duration can hold are the longest one.
    fn retry_after(&self, headers: &HeaderMap) -> Option<Duration> {
        let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
        if let Ok(seconds) = value.parse::<f64>() {
            let given = seconds.is_finite() && seconds >= 0.0;
            return given.then(|| Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX));
        }
        let date = DateTime::parse_from_rfc2822(value).ok()?;
        let wait = date.to_utc() - self.clock.now();
        Some(wait.to_std().unwrap_or_default())
    }
}

/// 408, 409, 429 and whatever is the server's own fault.
const fn is_transient(status: u16) -> bool {
    matches!(status, 408 | 409 | 429 | 500..=599)
}

async fn bounded_body(mut response: Response) -> Vec<u8> {
    let mut body = Vec::new();
    while let Ok(Some(piece)) = response.chunk().await {
        let room = MAX_ERROR_BODY - body.len();
        if piece.len() >= room {
            body.extend_from_slice(&piece[..room]);
            break;
        }
        body.extend_from_slice(&piece);
    }
    body
}

/// What an error object says, whoever wrote it.
#[derive(Default)]
struct Details {
    message: Option<String>,
    codes: Vec<String>,
    status: Option<u16>,
}

impl Details {
    /// A body is an error, wraps one as `error`, or is, from Gemini, a list with one of these.
    fn of_body(body: &[u8]) -> Self {
        let Ok(body) = serde_json::from_slice::<Value>(body) else {
            return Self::default();
        };
        let body = body.get(0).unwrap_or(&body);
        Self::of_error(body.get("error").unwrap_or(body))
    }

    fn of_error(error: &Value) -> Self {
        let message = [error, &error["message"], &error["detail"]]
            .into_iter()
            .find_map(Value::as_str)
            .map(str::to_owned)
            .or_else(|| {
                // Mistral describes a bad body with an object.
                let object = error.get("message").or_else(|| error.get("detail"))?;
                Some(object.to_string())
            });
        let codes = ["code", "type"]
            .into_iter()
            .filter_map(|key| error[key].as_str().map(str::to_owned))
            .collect();
        let status = error["code"]
            .as_u64()
            .and_then(|code| u16::try_from(code).ok())
            .filter(|code| (400..600).contains(code));
        Self {
            message,
            codes,
            status,
        }
    }

    fn is_about_quota(&self) -> bool {
        self.codes
            .iter()
            .any(|code| QUOTA_CODES.contains(&code.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn failures() -> Failures {
        let start = DateTime::parse_from_rfc3339("2026-03-01T12:00:00Z").unwrap();
        let clock = Clock::manual(start.to_utc());
        Failures::new("openai".into(), SecretString::from("sk-secret"), clock)
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_by_the_clock() {
        for (value, expected) in [
            ("2", Some(2_000)),
            ("0.25", Some(250)),
            ("Sun, 01 Mar 2026 12:00:30 GMT", Some(30_000)),
            ("Sun, 01 Mar 2026 11:00:00 GMT", Some(0)),
            ("-1", None),
            ("NaN", None),
            ("inf", None),
            ("soon", None),
        ] {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, value.parse().unwrap())]);

            let wait = failures().retry_after(&headers);

            assert_eq!(wait, expected.map(Duration::from_millis), "{value}");
        }
        let endless = HeaderMap::from_iter([(RETRY_AFTER, "9".repeat(30).parse().unwrap())]);
        assert_eq!(failures().retry_after(&endless), Some(Duration::MAX));
    }

    #[test]
    fn an_error_in_the_stream_is_lasting_only_if_it_says_so() {
        let transient = ErrorKind::Transient { retry_after: None };
        for (error, kind) in [
            (json!({"message": "overloaded"}), transient),
            (json!("overloaded"), transient),
            (json!({"code": 502, "message": "bad gateway"}), transient),
            (
                json!({"code": 400, "message": "bad request"}),
                ErrorKind::Permanent,
            ),
            (json!({"code": "insufficient_quota"}), ErrorKind::Permanent),
        ] {
            assert_eq!(failures().in_stream(&error).kind, kind, "{error}");
        }
    }

    #[test]
    fn a_message_is_one_short_line_without_the_key() {
        let text = format!("the key sk-secret\n\tis {}", "long ".repeat(100));

        let message = failures().error(ErrorKind::Permanent, &text).message;

        assert!(message.starts_with("the key [API key] is long long"));
        assert_eq!(message.chars().count(), MAX_MESSAGE_CHARS);
    }

    #[test]
    fn error_bodies_of_every_make_give_up_their_message() {
        for body in [
            r#"{"error": {"message": "no such model", "code": "model_not_found"}}"#,
            r#"{"error": "no such model"}"#,
            r#"[{"error": {"code": 404, "message": "no such model"}}]"#,
            r#"{"object": "error", "message": "no such model", "type": "invalid_model"}"#,
            r#"{"detail": "no such model"}"#,
        ] {
            let message = Details::of_body(body.as_bytes()).message;

            assert_eq!(message.as_deref(), Some("no such model"), "{body}");
        }
        assert_eq!(Details::of_body(b"<html>").message, None);
    }
}
