//! Well-known models of every provider, with which a new installation begins. Administrators change
//! them as they like; the table is never filled twice.

use serde_json::json;

use crate::clock::Clock;
use crate::entity::model;

/// The models as rows.
pub(super) fn models(clock: &Clock) -> Vec<model::Model> {
    PROVIDERS
        .iter()
        .flat_map(|(provider, entries)| entries.iter().map(move |entry| (*provider, entry)))
        .map(
            |(provider, &(name, identifier, context_length))| model::Model {
                id: clock.new_id(),
                name: name.to_owned(),
                provider: provider.to_owned(),
                model_identifier_for_flowise: identifier.to_owned(),
                context_length: Some(context_length),
                // Reasoning models refuse a temperature, and every other default is the provider's.
                config_defaults: json!({}),
                created_at: clock.now(),
            },
        )
        .collect()
}

/// Name, identifier, and context length in tokens.
type Entry = (&'static str, &'static str, i32);

const PROVIDERS: [(&str, &[Entry]); 8] = [
    (
        "openai",
        &[
            ("GPT-5.1", "gpt-5.1", 400_000),
            ("GPT-5", "gpt-5", 400_000),
            ("GPT-5 mini", "gpt-5-mini", 400_000),
            ("GPT-5 nano", "gpt-5-nano", 400_000),
            ("GPT-4.1", "gpt-4.1", 1_047_576),
            ("GPT-4.1 mini", "gpt-4.1-mini", 1_047_576),
            ("GPT-4o", "gpt-4o", 128_000),
            ("GPT-4o mini", "gpt-4o-mini", 128_000),
        ],
    ),
    (
        "anthropic",
        &[
            ("Claude Opus 4.5", "claude-opus-4-5", 200_000),
            ("Claude Sonnet 4.5", "claude-sonnet-4-5", 200_000),
            ("Claude Haiku 4.5", "claude-haiku-4-5", 200_000),
        ],
    ),
    (
        "gemini",
        &[
            ("Gemini 2.5 Pro", "gemini-2.5-pro", 1_048_576),
            ("Gemini 2.5 Flash", "gemini-2.5-flash", 1_048_576),
            ("Gemini 2.5 Flash-Lite", "gemini-2.5-flash-lite", 1_048_576),
        ],
    ),
    (
        "mistral",
        &[
            ("Mistral Large", "mistral-large-latest", 128_000),
            ("Mistral Medium", "mistral-medium-latest", 128_000),
            ("Mistral Small", "mistral-small-latest", 128_000),
        ],
    ),
    (
        "groq",
        &[
            ("GPT-OSS 120B (Groq)", "openai/gpt-oss-120b", 131_072),
            ("GPT-OSS 20B (Groq)", "openai/gpt-oss-20b", 131_072),
            ("Llama 3.3 70B (Groq)", "llama-3.3-70b-versatile", 131_072),
            ("Llama 3.1 8B (Groq)", "llama-3.1-8b-instant", 131_072),
        ],
    ),
    (
        "openrouter",
        &[
            (
                "Claude Sonnet 4.5 (OpenRouter)",
                "anthropic/claude-sonnet-4.5",
                200_000,
            ),
            ("GPT-5 (OpenRouter)", "openai/gpt-5", 400_000),
            (
                "Gemini 2.5 Pro (OpenRouter)",
                "google/gemini-2.5-pro",
                1_048_576,
            ),
            (
                "Llama 3.3 70B (OpenRouter)",
                "meta-llama/llama-3.3-70b-instruct",
                131_072,
            ),
        ],
    ),
    (
        "ollama",
        &[
            ("Llama 3.2 (Ollama)", "llama3.2", 131_072),
            ("Gemma 3 (Ollama)", "gemma3", 131_072),
            ("Qwen 3 (Ollama)", "qwen3", 40_960),
            ("GPT-OSS 20B (Ollama)", "gpt-oss:20b", 131_072),
        ],
    ),
    ("demo", &[("Demo writer", "demo-writer", 32_768)]),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::model::PROVIDERS as KNOWN;

    #[test]
    fn every_provider_has_models_whose_names_and_identifiers_are_their_own() {
        let models = models(&Clock::system());
        let names: BTreeSet<_> = models.iter().map(|model| &model.name).collect();
        let identifiers: BTreeSet<_> = models
            .iter()
            .map(|model| &model.model_identifier_for_flowise)
            .collect();
        let providers: BTreeSet<_> = models.iter().map(|model| model.provider.as_str()).collect();

        assert_eq!(names.len(), models.len());
        assert_eq!(identifiers.len(), models.len());
        assert_eq!(providers, BTreeSet::from(KNOWN));
    }
}
