//! Models and their providers, as far as rules need them.

/// Every provider that this service knows, configured or not.
pub const PROVIDERS: [&str; 8] = [
    "openai",
    "anthropic",
    "gemini",
    "mistral",
    "groq",
    "openrouter",
    "ollama",
    "demo",
];

/// The setting that configures a provider, for messages.
#[must_use]
pub fn settings_of(provider: &str) -> String {
    match provider {
        "demo" => "DEMO_PROVIDER=on".to_owned(),
        "ollama" => "OLLAMA_BASE_URL".to_owned(),
        other => format!("{}_API_KEY", other.to_uppercase()),
    }
}
