//! What a provider's word for the end means.

use crate::llm::Finish;

/// What an end says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Nothing: it ends nothing.
    None,
    Stop,
    Length,
    Filter,
    Refusal,
    /// The stream broke, whatever else it says.
    Broken,
}

/// The words of OpenAI, and of those who speak its protocol with words of their own: Anthropic
/// (`end_turn`), Gemini (`MAX_TOKENS`, `SAFETY`), Mistral (`model_length`), Z.ai (`network_error`,
/// `sensitive`), `DeepSeek` (`insufficient_system_resource`), `vLLM` and `SGLang` (`abort`), Bedrock
/// (`guardrail_intervened`), Cohere (`ERROR_LIMIT`), watsonx (`not_finished`, `time_limit`).
///
/// A word that nobody knows, `tool_calls` among them, is an ordinary end: the provider says that the
/// model is done, and if it wrote nothing then an empty answer is what the caller sees.
pub(super) fn meaning(word: &str) -> Meaning {
    let word = snake_case(word.trim());
    match word.as_str() {
        // What the languages that providers are written in make of a value that is none.
        "" | "null" | "none" | "undefined" | "not_finished" | "finish_reason_unspecified" => {
            Meaning::None
        }
        "length"
        | "max_tokens"
        | "max_output_tokens"
        | "max_completion_tokens"
        | "max_new_tokens"
        | "token_limit"
        | "error_limit"
        | "model_length"
        | "context_length"
        | "context_length_exceeded"
        | "context_window_exceeded"
        | "model_context_window_exceeded" => Meaning::Length,
        "safety"
        | "recitation"
        | "blocklist"
        | "prohibited_content"
        | "spii"
        | "image_safety"
        | "sensitive"
        | "guardrail_intervened"
        | "error_toxic" => Meaning::Filter,
        "refusal" => Meaning::Refusal,
        "timed_out" | "time_limit" | "insufficient_system_resource" => Meaning::Broken,
        _ if word.starts_with("content_filter") => Meaning::Filter,
        _ if word.starts_with("stop") => Meaning::Stop,
        _ if word.split('_').any(is_of_a_break) => Meaning::Broken,
        _ => Meaning::Stop,
    }
}

/// `EndTurn`, `end-turn` and `END TURN` as `end_turn`.
fn snake_case(word: &str) -> String {
    let mut snake = String::with_capacity(word.len());
    let mut after_small = false;
    for char in word.chars() {
        if after_small && char.is_ascii_uppercase() {
            snake.push('_');
        }
        after_small = char.is_ascii_lowercase();
        let is_gap = matches!(char, '-' | ' ' | '.');
        snake.push(if is_gap {
            '_'
        } else {
            char.to_ascii_lowercase()
        });
    }
    snake
}

/// A part of a word that tells of a stream that was cut: `client_disconnected`, `aborted_by_user`.
fn is_of_a_break(part: &str) -> bool {
    let stems = [
        "abort",
        "cancel",
        "crash",
        "disconnect",
        "error",
        "exception",
        "fail",
        "interrupt",
        "kill",
        "preempt",
        "timeout",
    ];
    let wholes = [
        "broken",
        "connection",
        "evicted",
        "lost",
        "network",
        "overloaded",
        "shutdown",
        "unavailable",
    ];
    stems.iter().any(|stem| part.starts_with(stem)) || wholes.contains(&part)
}

/// Why the model stopped, by what the provider said and what the model declined with.
pub(super) fn finish(meaning: Meaning, refusal: String) -> Finish {
    match meaning {
        Meaning::Length => Finish::Length,
        Meaning::Filter => Finish::ContentFilter,
        Meaning::Refusal => Finish::Refusal(refusal),
        Meaning::None | Meaning::Stop | Meaning::Broken if !refusal.is_empty() => {
            Finish::Refusal(refusal)
        }
        Meaning::None | Meaning::Stop | Meaning::Broken => Finish::Stop,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_for_an_end_means_what_its_provider_means() {
        for (meant, words) in [
            (Meaning::None, &["", " ", "null", "None"] as &[_]),
            (
                Meaning::Stop,
                &[
                    "stop",
                    "eos",
                    "end_turn",
                    "STOP",
                    "stop_sequence",
                    "tool_calls",
                    "COMPLETE",
                    "function_call",
                    "pause_turn",
                    "EndTurn",
                    "stopped_by_abort_sequence",
                    "a word of tomorrow",
                ],
            ),
            (
                Meaning::Length,
                &[
                    "length",
                    "max_tokens",
                    "MAX_TOKENS",
                    "model_length",
                    "ERROR_LIMIT",
                    "MaxTokens",
                    "model_context_window_exceeded",
                ],
            ),
            (
                Meaning::Filter,
                &[
                    "content_filter",
                    "content_filter: OTHER",
                    "SAFETY",
                    "RECITATION",
                    "content-filter",
                    "content_filtered",
                    "ERROR_TOXIC",
                ],
            ),
            (Meaning::Refusal, &["refusal"]),
            (
                Meaning::Broken,
                &[
                    "error",
                    "ERROR",
                    "abort",
                    "cancelled",
                    "network_error",
                    "insufficient_system_resource",
                    "internal_error",
                    "timeout",
                    "timed out",
                    "client_disconnected",
                    "ClientDisconnect",
                    "connection_lost",
                    "connection_reset",
                    "server_shutdown",
                    "preempted",
                    "aborted_by_user",
                    "request-cancelled",
                    "user_cancel",
                    "service_unavailable",
                    "errored",
                    "failed",
                ],
            ),
        ] {
            for word in words {
                assert_eq!(meaning(word), meant, "{word}");
            }
        }
    }
}
