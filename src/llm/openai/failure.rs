//! What a provider's failure means for the next try, and the words for it.
//!
//! Every message passes through [`Failures::error`], which takes the secrets out of whatever a provider
//! chose to echo.

use std::time::Duration;

use futures_util::StreamExt;
use reqwest::header::HeaderMap;
use reqwest::{Response, StatusCode};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::details::Details;
use super::reading::Trouble;
use super::rest::Rests;
use super::secrets::Secrets;
use super::wait;
use crate::clock::Clock;
use crate::domain::limit;
use crate::llm::{CallError, ErrorKind, MAX_ANSWER_CHARS, MAX_MESSAGE_CHARS, MAX_REASON_CHARS};

/// As much of an error's body as is read: it may hold what the model wrote.
const MAX_ERROR_BODY: usize = 8 << 20;
/// An error's body that takes longer is told without it.
const MAX_ERROR_TIME: Duration = Duration::from_secs(2);

/// Says what went wrong in the name of one provider.
pub(super) struct Failures {
    provider: String,
    /// The settings by which requests sign in.
    signs_in_by: String,
    secrets: Secrets,
    clock: Clock,
}

/// An answer whose status is not 2xx.
pub(super) struct Refusal {
    pub status: StatusCode,
    pub details: Details,
    headers: HeaderMap,
}

impl Refusal {
    pub(super) async fn read(response: Response, rests: &Rests) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        let details = Details::of_body(&bounded_body(response, rests).await);
        Self {
            status,
            details,
            headers,
        }
    }
}

impl Failures {
    pub(super) fn new(
        (provider, signs_in_by): (String, String),
        secrets: Secrets,
        clock: Clock,
    ) -> Self {
        Self {
            provider,
            signs_in_by,
            secrets,
            clock,
        }
    }

    /// An answer whose status is not 2xx.
    pub(super) fn of_refusal(&self, refusal: Refusal) -> CallError {
        let Refusal {
            status,
            details,
            headers,
        } = refusal;
        let how = format!("{} answered {status}", self.provider);
        self.told((Some(status.as_u16()), &headers), &details, &how)
    }

    /// Why a stream brought no answer.
    pub(super) fn of_stream(&self, trouble: Trouble) -> CallError {
        match trouble {
            Trouble::Told(error, word) => CallError {
                reason: word.map(|word| self.word(&word)),
                ..self.in_stream(&error)
            },
            Trouble::Ended(word) => CallError {
                reason: Some(self.word(&word)),
                ..self.broken(&format!("it ended its answer with {word:?}"))
            },
            Trouble::Broken(how) => self.broken(&how),
            Trouble::TooLong => self.too_long(),
        }
    }

    /// A provider's word for the end, as it is kept.
    pub(super) fn word(&self, word: &str) -> String {
        let word = self.secrets.hidden_in(word);
        word.chars().take(MAX_REASON_CHARS).collect()
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

    /// An error in the place of a piece of the answer, classed like a status by its code. Without one
    /// the provider broke off, and may not the next time.
    fn in_stream(&self, error: &Value) -> CallError {
        let details = Details::of(error);
        let code = details.status();
        let how = match code {
            Some(code) => format!("{} broke its answer off ({code})", self.provider),
            None => format!("{} broke its answer off", self.provider),
        };
        self.told((code, &HeaderMap::new()), &details, &how)
    }

    fn told(
        &self,
        (code, headers): (Option<u16>, &HeaderMap),
        details: &Details,
        how: &str,
    ) -> CallError {
        if code == Some(401) {
            // What providers write here quotes the key, or half of it.
            let text = format!(
                "{} does not accept the API key (401): check {}",
                self.provider, self.signs_in_by
            );
            return self.error(ErrorKind::Permanent, &text);
        }
        let message = details.message.as_deref().unwrap_or_default();
        let kind = if details.is_models_fault() {
            ErrorKind::Model
        } else if details.is_about_quota() || code.is_some_and(|code| !is_transient(code)) {
            ErrorKind::Permanent
        } else {
            let said = (&details.error, message);
            let retry_after = wait::asked_for(code, headers, said, self.clock.now());
            ErrorKind::Transient { retry_after }
        };
        let text = match message.trim() {
            "" => how.to_owned(),
            said => format!("{how}: {said}"),
        };
        let mut error = self.error(kind, &text);
        error.text = details.written().map(|text| {
            let text = limit::clean(self.secrets.hidden_in(&text));
            text.chars().take(MAX_ANSWER_CHARS).collect()
        });
        error
    }

    /// A stream that did not come to its end.
    fn broken(&self, how: &str) -> CallError {
        let kind = ErrorKind::Transient { retry_after: None };
        self.error(kind, &format!("{} broke off: {how}", self.provider))
    }

    /// An answer beyond the limit, which was not read to its end.
    fn too_long(&self) -> CallError {
        let text = format!(
            "the answer of {} is longer than {MAX_ANSWER_CHARS} characters: set max_tokens, or ask for less",
            self.provider
        );
        self.error(ErrorKind::Permanent, &text)
    }

    fn error(&self, kind: ErrorKind, text: &str) -> CallError {
        let one_line = self
            .secrets
            .hidden_in(text)
            .split(|c: char| c.is_whitespace() || c.is_control())
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join(" ");
        let message = one_line.chars().take(MAX_MESSAGE_CHARS).collect();
        CallError::new(kind, message)
    }
}

/// Those that say that it may go well the next time (498 is Groq's word for being full), and whatever
/// is the server's own fault.
const fn is_transient(status: u16) -> bool {
    matches!(status, 408 | 409 | 425 | 429 | 498 | 500..=599)
}

/// As much of the body as comes in time; the rest is read in the background.
async fn bounded_body(response: Response, rests: &Rests) -> Vec<u8> {
    let until = Instant::now() + MAX_ERROR_TIME;
    let mut stream = response.bytes_stream();
    let mut body = Vec::new();
    loop {
        match timeout_at(until, stream.next()).await {
            Ok(Some(Ok(piece))) if body.len() + piece.len() <= MAX_ERROR_BODY => {
                body.extend_from_slice(&piece);
            }
            Ok(Some(Ok(_))) | Err(_) => {
                rests.read(stream);
                return body;
            }
            Ok(None | Some(Err(_))) => return body,
        }
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;
    use serde_json::json;

    use super::*;

    fn failures() -> Failures {
        let start = "2026-03-01T12:00:00Z".parse().unwrap();
        let key = SecretString::from("sk-secret");
        let secrets = Secrets::new(&key, &HeaderMap::new(), &[]);
        let names = ("openai".into(), "OPENAI_API_KEY".into());
        Failures::new(names, secrets, Clock::manual(start))
    }

    #[test]
    fn an_error_in_the_stream_is_classed_like_a_status() {
        let transient = ErrorKind::Transient { retry_after: None };
        for (error, kind) in [
            (json!({"message": "overloaded"}), transient),
            (json!("overloaded"), transient),
            (json!({"error": "overloaded"}), transient),
            (
                json!({"error": {"code": 502, "message": "bad gateway"}}),
                transient,
            ),
            (json!({"code": "503", "message": "busy"}), transient),
            (
                json!({"code": 408, "type": "invalid_request_error"}),
                transient,
            ),
            (json!({"type": "overloaded_error"}), transient),
            (
                json!({"code": 400, "message": "bad request"}),
                ErrorKind::Permanent,
            ),
            (
                json!({"code": "400", "type": "server_error"}),
                ErrorKind::Permanent,
            ),
            (
                json!({"type": "invalid_request_error", "code": null}),
                ErrorKind::Permanent,
            ),
            (json!({"code": "model_not_found"}), ErrorKind::Permanent),
            (json!({"code": "insufficient_quota"}), ErrorKind::Permanent),
            (
                json!({"code": 429, "type": "insufficient_quota"}),
                ErrorKind::Permanent,
            ),
            (
                json!({"error": {"code": "json_validate_failed"}}),
                ErrorKind::Model,
            ),
        ] {
            assert_eq!(failures().in_stream(&error).kind, kind, "{error}");
        }
        let asked = failures().in_stream(&json!({"code": 429, "message": "try again in 7.5s"}));
        let retry_after = Some(Duration::from_millis(7_500));
        assert_eq!(asked.kind, ErrorKind::Transient { retry_after });
    }

    #[test]
    fn what_a_provider_echoes_never_holds_the_key() {
        let error = json!({"code": "json_validate_failed", "failed_generation": "my sk-secret"});
        let word = "e".repeat(MAX_REASON_CHARS - 3) + "sk-secret";
        let told = failures().of_stream(Trouble::Told(error, Some(word)));
        assert_eq!(told.text.unwrap(), "my [API key]");
        assert!(told.reason.unwrap().ends_with("e[AP"));
        let ended = failures().of_stream(Trouble::Ended("sk-secret lost".to_owned()));
        assert_eq!(ended.reason.unwrap(), "[API key] lost");
    }

    #[test]
    fn a_message_is_one_short_line_without_the_key() {
        let text = format!("the key sk-secret\n\tis {}", "long ".repeat(100));

        let message = failures().error(ErrorKind::Permanent, &text).message;

        assert!(message.starts_with("the key [API key] is long long"));
        assert_eq!(message.chars().count(), MAX_MESSAGE_CHARS);
    }
}
