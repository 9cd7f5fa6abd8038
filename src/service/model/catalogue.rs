//! Well-known models of every provider, with which a new installation begins. Administrators change
//! them as they like; the table is never filled twice.
//!
//! Identifiers and context lengths are those of the providers' own model pages in November 2026, read
//! there or in the price list of `LiteLLM` 1.109, which cites them. A context length counts input and
//! output together where the provider does. Models with a date of retirement are left out.

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
            ("GPT-6.1 Sol", "gpt-6.1-sol", 1_050_000),
            ("GPT-6.1 Terra", "gpt-6.1-terra", 1_050_000),
            ("GPT-6 Luna", "gpt-6-luna", 1_050_000),
            ("GPT-5.5", "gpt-5.5", 1_050_000),
            ("GPT-4.1", "gpt-4.1", 1_047_576),
            ("GPT-4.1 mini", "gpt-4.1-mini", 1_047_576),
            ("GPT-4o", "gpt-4o", 128_000),
            ("GPT-4o mini", "gpt-4o-mini", 128_000),
        ],
    ),
    (
        "anthropic",
        &[
            ("Claude Opus 5.5", "claude-opus-5-5", 1_000_000),
            ("Claude Sonnet 5.5", "claude-sonnet-5-5", 1_000_000),
            ("Claude Haiku 5.5", "claude-haiku-5-5", 1_000_000),
        ],
    ),
    (
        "gemini",
        &[
            ("Gemini 4 Argon", "gemini-4-argon", 1_048_576),
            ("Gemini 3.8 Flash", "gemini-3.8-flash", 1_048_576),
            ("Gemini 3.5 Flash-Lite", "gemini-3.5-flash-lite", 1_048_576),
        ],
    ),
    (
        "mistral",
        &[
            ("Mistral Large 4", "mistral-large-4", 1_048_576),
            ("Mistral Medium", "mistral-medium-latest", 262_144),
            ("Mistral Small", "mistral-small-latest", 262_144),
        ],
    ),
    (
        "groq",
        &[
            ("GPT-OSS 120B (Groq)", "openai/gpt-oss-120b", 131_072),
            ("GPT-OSS 20B (Groq)", "openai/gpt-oss-20b", 131_072),
            ("Qwen 3.8 27B (Groq)", "qwen/qwen3.8-27b", 131_072),
        ],
    ),
    (
        "openrouter",
        &[
            (
                "Claude Sonnet 5.5 (OpenRouter)",
                "anthropic/claude-sonnet-5.5",
                1_000_000,
            ),
            (
                "GPT-6.1 Terra (OpenRouter)",
                "openai/gpt-6.1-terra",
                1_050_000,
            ),
            (
                "Gemini 3.8 Flash (OpenRouter)",
                "google/gemini-3.8-flash",
                1_048_576,
            ),
        ],
    ),
    (
        "ollama",
        &[
            ("Llama 3.2 (Ollama)", "llama3.2", 131_072),
            ("Gemma 4 (Ollama)", "gemma4", 131_072),
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
