//! The one table of model providers: their names, where they are asked, what configures them, and the
//! models of theirs that a new installation knows. A further provider is a further row, and its two
//! flags in `config/args`. An operator adds others by name ([`Endpoint::OWN`]).

mod catalogue;

pub use self::catalogue::CatalogueModel;

/// A provider that this service knows, configured or not.
#[derive(Debug)]
pub struct Provider {
    /// As models name it; in capitals it begins the names of its settings.
    pub name: &'static str,
    pub access: Access,
    /// What a new installation's catalogue has of it.
    pub models: &'static [CatalogueModel],
}

/// How a provider is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Inside this process, where `DEMO_PROVIDER` is on.
    Demo,
    /// By OpenAI's chat completions.
    Http(Endpoint),
}

/// Where and how a provider speaks OpenAI's chat completions, by its own documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub base_url: &'static str,
    /// Whether it takes a key. One that does not is configured by its address.
    pub needs_key: bool,
    /// Whether its streams count tokens only when `stream_options` asks. Mistral's always do, and
    /// it refuses the field.
    pub asks_for_usage: bool,
    /// What its models take as the form of their answer, unless their settings say otherwise.
    pub forms: Forms,
}

/// What a provider takes as the form of an answer (`response_format`), by its own documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forms {
    /// Nothing that is known of: Anthropic's passes over it, Groq's does not go with a stream, and what a
    /// server of the operator's own takes, its models' settings have to say.
    None,
    /// A strict schema, or a plain one; of what is neither it is only said that it is JSON.
    Strict,
    /// A strict schema, and any other one as a wish.
    Any,
}

/// The name of the offline provider.
pub const DEMO: &str = "demo";

/// Every provider there is.
pub const PROVIDERS: &[Provider] = &[
    hosted(
        "openai",
        ("https://api.openai.com/v1", Forms::Any),
        catalogue::OPENAI,
    ),
    hosted(
        "anthropic",
        ("https://api.anthropic.com/v1", Forms::None),
        catalogue::ANTHROPIC,
    ),
    hosted(
        "gemini",
        (
            "https://generativelanguage.googleapis.com/v1beta/openai",
            Forms::Strict,
        ),
        catalogue::GEMINI,
    ),
    Provider {
        name: "mistral",
        access: Access::Http(Endpoint {
            asks_for_usage: false,
            forms: Forms::Any,
            ..Endpoint::of("https://api.mistral.ai/v1")
        }),
        models: catalogue::MISTRAL,
    },
    hosted(
        "groq",
        ("https://api.groq.com/openai/v1", Forms::None),
        catalogue::GROQ,
    ),
    hosted(
        "openrouter",
        ("https://openrouter.ai/api/v1", Forms::Any),
        catalogue::OPENROUTER,
    ),
    Provider {
        name: "ollama",
        access: Access::Http(Endpoint {
            needs_key: false,
            forms: Forms::Strict,
            ..Endpoint::of("http://localhost:11434/v1")
        }),
        models: catalogue::OLLAMA,
    },
    Provider {
        name: DEMO,
        access: Access::Demo,
        models: catalogue::DEMO,
    },
];

/// The provider of this name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().find(|provider| provider.name == name)
}

/// The names of all providers of the table.
pub fn names() -> impl Iterator<Item = &'static str> {
    PROVIDERS.iter().map(|provider| provider.name)
}

/// The setting of the provider of this name: `LAB_BASE_URL`.
#[must_use]
pub fn variable(name: &str, what: &str) -> String {
    format!("{}_{what}", name.to_uppercase())
}

/// How the provider of this name is configured, for messages. One that is none of the table's is the
/// operator's own.
#[must_use]
pub fn how_to_configure(name: &str) -> String {
    named(name).map_or_else(
        || {
            let address = variable(name, "BASE_URL");
            format!("name it in PROVIDERS and set {address}")
        },
        |known| format!("set {}", known.setting()),
    )
}

const fn hosted(
    name: &'static str,
    (base_url, forms): (&'static str, Forms),
    models: &'static [CatalogueModel],
) -> Provider {
    Provider {
        name,
        access: Access::Http(Endpoint {
            forms,
            ..Endpoint::of(base_url)
        }),
        models,
    }
}

impl Endpoint {
    /// A provider of the operator's own: it is where the operator says, may take a key, and speaks the
    /// protocol as it is written down.
    pub const OWN: Self = Self {
        needs_key: false,
        ..Self::of("https://host/v1")
    };

    const fn of(base_url: &'static str) -> Self {
        Self {
            base_url,
            needs_key: true,
            asks_for_usage: true,
            forms: Forms::None,
        }
    }
}

impl Provider {
    /// Where it is asked; none for the one inside this process.
    #[must_use]
    pub const fn endpoint(&self) -> Option<&Endpoint> {
        match &self.access {
            Access::Http(endpoint) => Some(endpoint),
            Access::Demo => None,
        }
    }

    /// The setting that holds its key: `OPENAI_API_KEY`.
    #[must_use]
    pub fn key_variable(&self) -> String {
        variable(self.name, "API_KEY")
    }

    /// The setting that moves it elsewhere: `OPENAI_BASE_URL`.
    #[must_use]
    pub fn base_url_variable(&self) -> String {
        variable(self.name, "BASE_URL")
    }

    /// The setting that configures it, for messages.
    #[must_use]
    pub fn setting(&self) -> String {
        match self.access {
            Access::Demo => "DEMO_PROVIDER=on".to_owned(),
            Access::Http(endpoint) if endpoint.needs_key => self.key_variable(),
            Access::Http(_) => self.base_url_variable(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_provider_has_models_whose_names_and_identifiers_are_their_own() {
        let all = || PROVIDERS.iter().flat_map(|provider| provider.models);
        let names: BTreeSet<_> = all().map(|model| model.name).collect();
        let identifiers: BTreeSet<_> = all().map(|model| model.identifier).collect();
        let providers: BTreeSet<_> = PROVIDERS.iter().map(|provider| provider.name).collect();

        assert_eq!(names.len(), all().count());
        assert_eq!(identifiers.len(), all().count());
        assert_eq!(providers.len(), PROVIDERS.len());
        assert!(PROVIDERS.iter().all(|provider| !provider.models.is_empty()));
    }

    #[test]
    fn one_setting_configures_a_provider() {
        for (name, setting) in [
            ("openai", "OPENAI_API_KEY"),
            ("ollama", "OLLAMA_BASE_URL"),
            ("demo", "DEMO_PROVIDER=on"),
        ] {
            assert_eq!(how_to_configure(name), format!("set {setting}"));
        }
        assert_eq!(
            how_to_configure("lab"),
            "name it in PROVIDERS and set LAB_BASE_URL"
        );
    }
}
