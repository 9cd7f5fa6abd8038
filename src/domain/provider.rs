//! The names of the providers that a model may belong to, configured on this server or not.

/// Every name that there is; `demo` answers offline.
pub const NAMES: [&str; 8] = [
    "openai",
    "anthropic",
    "gemini",
    "mistral",
    "groq",
    "openrouter",
    "ollama",
    "demo",
];
