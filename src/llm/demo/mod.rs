//! The offline provider: it answers from the prompt and the form that is asked for alone, by picking
//! sentences and words out of the text that the prompt quotes. The same prompt always gets the same answer, a word at a time.

mod compose;
mod extract;
mod judge;
mod prompt;
mod prose;
mod shape;

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value};

use self::prompt::Prompt;
use super::{Answer, CallError, Finish, Llm, OnPiece, Piece, Request};
use crate::domain::usage::Usage;

/// About as fast as a quick speaker; a model's `extra.wordDelayMs` sets another pace, 0 none at all.
const WORD_DELAY_MS: u64 = 25;
const MAX_WORD_DELAY_MS: u64 = 5_000;

/// The provider named `demo`. It has no state and cannot fail.
pub(super) struct Demo;

#[async_trait]
impl Llm for Demo {
    async fn answer(&self, request: &Request, on_piece: OnPiece<'_>) -> Result<Answer, CallError> {
        let prompt = Prompt::read(&request.prompt);
        let whole = if is_judge(request) {
            judge::verdict(&prompt)
        } else if let Some(form) = &request.schema {
            shape::answer(&form.schema, &prompt).to_string()
        } else {
            compose::answer(&prompt)
        };
        let settings = request.settings.body(&request.provider, &request.model);
        let (text, finish) = within_budget(&whole, &settings);
        stream(text, word_delay(&settings), on_piece).await;
        Ok(Answer {
            text: text.to_owned(),
            reasoning: String::new(),
            reason: Some(word_for(&finish).to_owned()),
            finish,
            usage: Some(usage(request, text)),
        })
    }
}

/// Only a judge gets a system message that speaks of a verdict's keys.
fn is_judge(request: &Request) -> bool {
    request
        .system
        .as_ref()
        .is_some_and(|system| system.contains("\"pass\"") && system.contains("\"notes\""))
}

/// The answer as far as `max_tokens` lets it go, with a word for a token.
fn within_budget<'a>(text: &'a str, settings: &Map<String, Value>) -> (&'a str, Finish) {
    let budget = settings.get("max_tokens").and_then(Value::as_u64);
    let words = text.split_inclusive(char::is_whitespace);
    let mut left = budget.unwrap_or(u64::MAX);
    let mut end = 0;
    for word in words {
        if !word.trim().is_empty() {
            if left == 0 {
                return (&text[..end], Finish::Length);
            }
            left -= 1;
        }
        end += word.len();
    }
    (text, Finish::Stop)
}

const fn word_for(finish: &Finish) -> &'static str {
    match finish {
        Finish::Stop => "stop",
        Finish::Length => "length",
        Finish::ContentFilter => "content_filter",
        Finish::Refusal(_) => "refusal",
    }
}

async fn stream(text: &str, delay: Duration, on_piece: OnPiece<'_>) {
    for word in text.split_inclusive(char::is_whitespace) {
        if !delay.is_zero() && !word.trim().is_empty() {
            tokio::time::sleep(delay).await;
        }
        on_piece(Piece::Text(word));
    }
}

fn word_delay(settings: &Map<String, Value>) -> Duration {
    let asked = settings.get("wordDelayMs").and_then(Value::as_u64);
    Duration::from_millis(asked.unwrap_or(WORD_DELAY_MS).min(MAX_WORD_DELAY_MS))
}

fn usage(request: &Request, answer: &str) -> Usage {
    let count = |text: &str| i64::try_from(text.split_whitespace().count()).unwrap_or(i64::MAX);
    let turns: i64 = request.turns.iter().map(|turn| count(&turn.content)).sum();
    let system = count(request.system.as_deref().unwrap_or_default());
    let prompt = count(&request.prompt) + turns + system;
    let completion = count(answer);
    Usage {
        prompt_tokens: Some(prompt),
        completion_tokens: Some(completion),
        total_tokens: Some(prompt + completion),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::setting::Settings;

    fn request(config: &Value) -> Request {
        Request {
            provider: "demo".into(),
            model: "demo-writer".into(),
            system: None,
            turns: Vec::new(),
            prompt: "Summarise in one sentence:\n\nCats sleep a lot. Dogs bark.".into(),
            settings: Settings::of(config, None),
            schema: None,
        }
    }

    async fn ask(request: &Request) -> (Answer, Vec<String>) {
        let mut pieces = Vec::new();
        let answer = Demo
            .answer(request, &mut |piece| {
                if let Piece::Text(text) = piece {
                    pieces.push(text.to_owned());
                }
            })
            .await
            .unwrap();
        (answer, pieces)
    }

    #[tokio::test]
    async fn streams_the_same_words_each_time_and_counts_them() {
        let request = request(&json!({"wordDelayMs": 0}));

        let (answer, pieces) = ask(&request).await;

        assert_eq!(pieces, ["Cats ", "sleep ", "a ", "lot."]);
        assert_eq!(answer.text, pieces.concat());
        assert_eq!(answer.usage.unwrap().total_tokens, Some(10 + 4));
        assert_eq!(ask(&request).await.0, answer);
    }

    #[tokio::test]
    async fn stops_at_the_token_limit_like_any_model() {
        let (answer, _) = ask(&request(&json!({"wordDelayMs": 0, "max_tokens": 2}))).await;

        assert_eq!(
            (answer.text.as_str(), answer.finish),
            ("Cats sleep ", Finish::Length)
        );
    }

    #[tokio::test]
    async fn judges_when_our_system_message_asks_for_a_verdict() {
        let mut request = request(&json!({"wordDelayMs": 0}));
        request.system = Some(r#"Answer {"pass": bool, "notes": string}"#.into());
        request.prompt = "Has it at most 3 words?\n\n\"\"\"Cats sleep a lot.\"\"\"".into();

        let verdict: Value = serde_json::from_str(&ask(&request).await.0.text).unwrap();

        assert_eq!(verdict["pass"], false);
        assert_eq!(verdict["notes"], "4 words, at most 3 were asked for");
    }
}
