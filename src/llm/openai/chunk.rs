//! What the pieces of a streamed answer say, read as leniently as providers write them: null or
//! missing fields, content in parts, a last piece that has token counts and no choice.

use serde::Deserialize;
use serde_json::Value;

use crate::domain::limit;
use crate::domain::usage::Usage;
use crate::llm::{Answer, Finish, MAX_ANSWER_CHARS, OnPiece, Piece};

/// One event of the stream. Whatever else it holds, hidden reasoning for one, is passed over.
#[derive(Debug, Deserialize)]
pub(super) struct Chunk {
    choices: Option<Vec<Choice>>,
    usage: Option<TokenCounts>,
    /// The provider gave up in the middle of its answer.
    pub(super) error: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct Choice {
    delta: Option<Delta>,
    finish_reason: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Delta {
    content: Option<Value>,
    refusal: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
struct TokenCounts {
    #[serde(rename = "prompt_tokens")]
    prompt: Option<i64>,
    #[serde(rename = "completion_tokens")]
    completion: Option<i64>,
    #[serde(rename = "total_tokens")]
    total: Option<i64>,
}

/// What has been read of an answer so far.
#[derive(Default)]
pub(super) struct Reading {
    text: String,
    refusal: String,
    chars: usize,
    finish: Option<Finish>,
    usage: Option<Usage>,
}

impl Reading {
    /// Adds a piece and hands its text on. False when that would make the answer too long.
    pub(super) fn take(&mut self, chunk: Chunk, on_piece: OnPiece<'_>) -> bool {
        if let Some(counts) = chunk.usage {
            self.usage = Some(Usage {
                prompt_tokens: counts.prompt,
                completion_tokens: counts.completion,
                total_tokens: counts.total,
            });
        }
        let Some(choice) = chunk.choices.into_iter().flatten().next() else {
            return true;
        };
        if let Some(reason) = choice.finish_reason {
            self.finish = finish(&reason);
        }
        let Some(delta) = choice.delta else {
            return true;
        };
        let text = delta.content.as_ref().map(text_of).unwrap_or_default();
        let refusal = limit::clean(delta.refusal.unwrap_or_default());
        self.chars += text.chars().count() + refusal.chars().count();
        if self.chars > MAX_ANSWER_CHARS {
            return false;
        }
        self.refusal.push_str(&refusal);
        if !text.is_empty() {
            on_piece(Piece::Text(&text));
            self.text.push_str(&text);
        }
        true
    }

    /// The model has said why it stopped; only its token counts may still come.
    pub(super) const fn has_ended(&self) -> bool {
        self.finish.is_some()
    }

    /// The answer, or none if the model never said why it stopped.
    pub(super) fn into_answer(self) -> Option<Answer> {
        let finish = match self.finish? {
            Finish::Stop | Finish::Refusal(_) if !self.refusal.is_empty() => {
                Finish::Refusal(self.refusal)
            }
            finish => finish,
        };
        Some(Answer {
            text: self.text,
            reasoning: String::new(),
            reason: None,
            finish,
            usage: self.usage,
        })
    }
}

/// Content is text, or a list of parts of which those with a text are the answer. U+0000 fits in
/// neither database and becomes U+FFFD, so that offsets into the text stay what they are.
fn text_of(content: &Value) -> String {
    let text: String = match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts
            .iter()
            .filter_map(|part| part["text"].as_str())
            .collect(),
        _ => String::new(),
    };
    limit::clean(text)
}

/// The reasons of OpenAI, and of those who speak its protocol with words of their own: Mistral
/// (`model_length`), Gemini (`SAFETY`, `content_filter: …`), `OpenRouter` (`error`).
///
/// A reason that we don't know, `tool_calls` among them, counts as an ordinary end: the provider
/// says that the model is done, and if it wrote nothing then an empty answer is what the caller
/// sees. None is for `error`: that stream broke, whatever it says of its end.
fn finish(reason: &str) -> Option<Finish> {
    let reason = reason.to_ascii_lowercase();
    match reason.as_str() {
        "error" => None,
        "length" | "max_tokens" | "model_length" => Some(Finish::Length),
        "safety" | "recitation" | "blocklist" | "prohibited_content" | "spii" => {
            Some(Finish::ContentFilter)
        }
        "refusal" => Some(Finish::Refusal(String::new())),
        _ if reason.starts_with("content_filter") => Some(Finish::ContentFilter),
        _ => Some(Finish::Stop),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(chunks: &[Value]) -> (Option<Answer>, Vec<String>) {
        let mut reading = Reading::default();
        let mut pieces = Vec::new();
        for chunk in chunks {
            let chunk = serde_json::from_value(chunk.clone()).unwrap();
            assert!(reading.take(chunk, &mut |piece| {
                if let Piece::Text(text) = piece {
                    pieces.push(text.to_owned());
                }
            }));
        }
        (reading.into_answer(), pieces)
    }

    #[test]
    fn odd_pieces_are_read_for_what_they_hold() {
        let (answer, pieces) = read(&[
            json!({"choices": [{"delta": {"role": "assistant", "content": null}}]}),
            json!({"choices": [{"delta": {"reasoning_content": "hm"}}]}),
            json!({"choices": [{"delta": {"content": [{"type": "thinking", "thinking": []}, {"type": "text", "text": "a"}]}}]}),
            json!({"choices": [{"delta": {"content": "\u{0}b"}, "finish_reason": "STOP"}]}),
            json!({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": null}}),
            json!({"choices": null}),
            json!({}),
        ]);

        assert_eq!(pieces, ["a", "\u{fffd}b"]);
        let answer = answer.unwrap();
        assert_eq!(
            (answer.text.as_str(), answer.finish),
            ("a\u{fffd}b", Finish::Stop)
        );
        assert_eq!(answer.usage.unwrap().prompt_tokens, Some(3));
    }

    #[test]
    fn every_word_for_an_end_means_what_its_provider_means() {
        for (reason, expected) in [
            ("stop", Some(Finish::Stop)),
            ("tool_calls", Some(Finish::Stop)),
            ("length", Some(Finish::Length)),
            ("MAX_TOKENS", Some(Finish::Length)),
            ("model_length", Some(Finish::Length)),
            ("content_filter", Some(Finish::ContentFilter)),
            ("content_filter: OTHER", Some(Finish::ContentFilter)),
            ("SAFETY", Some(Finish::ContentFilter)),
            ("error", None),
        ] {
            assert_eq!(finish(reason), expected, "{reason}");
        }
    }

    #[test]
    fn a_stream_without_a_reason_is_no_answer() {
        let (answer, pieces) = read(&[json!({"choices": [{"delta": {"content": "half an"}}]})]);

        assert_eq!(answer, None);
        assert_eq!(pieces, ["half an"]);
    }
}
