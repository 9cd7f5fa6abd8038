//! Well-known models of every provider, with which a new installation begins.
//!
//! Identifiers and context lengths are those of the providers' own model pages in November 2026, read
//! there or in the price list of `LiteLLM` 1.109, which cites them. A context length counts input and
//! output together where the provider does. Models with a date of retirement are left out.

/// A model of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CatalogueModel {
    /// What people choose it by.
    pub name: &'static str,
    /// What its provider calls it.
    pub identifier: &'static str,
    /// In tokens.
    pub context_length: i32,
}

const fn model(
    name: &'static str,
    identifier: &'static str,
    context_length: i32,
) -> CatalogueModel {
    CatalogueModel {
        name,
        identifier,
        context_length,
    }
}

pub(super) const OPENAI: &[CatalogueModel] = &[
    model("GPT-6.1 Sol", "gpt-6.1-sol", 1_050_000),
    model("GPT-6.1 Terra", "gpt-6.1-terra", 1_050_000),
    model("GPT-6 Luna", "gpt-6-luna", 1_050_000),
    model("GPT-5.5", "gpt-5.5", 1_050_000),
    model("GPT-4.1", "gpt-4.1", 1_047_576),
    model("GPT-4.1 mini", "gpt-4.1-mini", 1_047_576),
    model("GPT-4o", "gpt-4o", 128_000),
    model("GPT-4o mini", "gpt-4o-mini", 128_000),
];

pub(super) const ANTHROPIC: &[CatalogueModel] = &[
    model("Claude Opus 5.5", "claude-opus-5-5", 1_000_000),
    model("Claude Sonnet 5.5", "claude-sonnet-5-5", 1_000_000),
    model("Claude Haiku 5.5", "claude-haiku-5-5", 1_000_000),
];

pub(super) const GEMINI: &[CatalogueModel] = &[
    model("Gemini 4 Argon", "gemini-4-argon", 1_048_576),
    model("Gemini 3.8 Flash", "gemini-3.8-flash", 1_048_576),
    model("Gemini 3.5 Flash-Lite", "gemini-3.5-flash-lite", 1_048_576),
];

pub(super) const MISTRAL: &[CatalogueModel] = &[
    model("Mistral Large 4", "mistral-large-4", 1_048_576),
    model("Mistral Medium", "mistral-medium-latest", 262_144),
    model("Mistral Small", "mistral-small-latest", 262_144),
];

pub(super) const GROQ: &[CatalogueModel] = &[
    model("GPT-OSS 120B (Groq)", "openai/gpt-oss-120b", 131_072),
    model("GPT-OSS 20B (Groq)", "openai/gpt-oss-20b", 131_072),
    model("Qwen 3.8 27B (Groq)", "qwen/qwen3.8-27b", 131_072),
];

pub(super) const OPENROUTER: &[CatalogueModel] = &[
    model(
        "Claude Sonnet 5.5 (OpenRouter)",
        "anthropic/claude-sonnet-5.5",
        1_000_000,
    ),
    model(
        "GPT-6.1 Terra (OpenRouter)",
        "openai/gpt-6.1-terra",
        1_050_000,
    ),
    model(
        "Gemini 3.8 Flash (OpenRouter)",
        "google/gemini-3.8-flash",
        1_048_576,
    ),
];

pub(super) const OLLAMA: &[CatalogueModel] = &[
    model("Llama 3.2 (Ollama)", "llama3.2", 131_072),
    model("Gemma 4 (Ollama)", "gemma4", 131_072),
    model("Qwen 3 (Ollama)", "qwen3", 40_960),
    model("GPT-OSS 20B (Ollama)", "gpt-oss:20b", 131_072),
];

pub(super) const DEMO: &[CatalogueModel] = &[model("Demo writer", "demo-writer", 32_768)];
