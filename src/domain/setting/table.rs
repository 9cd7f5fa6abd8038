//! Every setting there is. A further one is a further row.
//!
//! Names and ranges are those of the providers' own references in November 2026: what one of them takes
//! is let through, and what a single one refuses it says itself.

use super::value::Kind;

/// A setting of a model call.
#[derive(Debug)]
pub struct Setting {
    /// As people write and read it.
    pub name: &'static str,
    /// As it is stored, and what most providers call it.
    pub stored: &'static str,
    pub kind: Kind,
    /// What some call it, by provider.
    elsewhere: &'static [(&'static str, &'static str)],
}

pub(super) const MAX_TOKENS: &str = "maxTokens";
pub(super) const RESPONSE_FORMAT: &str = "responseFormat";
pub(super) const SYSTEM_ROLE: &str = "systemRole";
pub(super) const STREAM: &str = "stream";

/// What OpenAI's reasoning models call `maxTokens`, whose other models take both.
const MAX_COMPLETION_TOKENS: &str = "max_completion_tokens";

const PENALTY: Kind = Kind::Number {
    min: -2.0,
    max: 2.0,
};

pub(super) static SETTINGS: [Setting; 12] = [
    setting(
        "temperature",
        "temperature",
        Kind::Number { min: 0.0, max: 2.0 },
    ),
    setting("topP", "top_p", Kind::Number { min: 0.0, max: 1.0 }),
    // vLLM turns it off by -1.
    setting(
        "topK",
        "top_k",
        Kind::Integer {
            min: -1,
            max: i32::MAX as i64,
        },
    ),
    Setting {
        elsewhere: &[("groq", MAX_COMPLETION_TOKENS)],
        ..setting(
            MAX_TOKENS,
            "max_tokens",
            Kind::Integer {
                min: 1,
                max: i32::MAX as i64,
            },
        )
    },
    setting("stop", "stop", Kind::Texts { most: 16 }),
    Setting {
        elsewhere: &[("mistral", "random_seed")],
        ..setting(
            "seed",
            "seed",
            Kind::Integer {
                min: i64::MIN,
                max: i64::MAX,
            },
        )
    },
    setting("presencePenalty", "presence_penalty", PENALTY),
    setting("frequencyPenalty", "frequency_penalty", PENALTY),
    // Its words differ by model, and new ones come with new models.
    setting(
        "reasoningEffort",
        "reasoning_effort",
        Kind::Text { most: 50 },
    ),
    setting(RESPONSE_FORMAT, "response_format", Kind::Format),
    setting(SYSTEM_ROLE, "system_role", Kind::Flag),
    setting(STREAM, "stream", Kind::Flag),
];

const fn setting(name: &'static str, stored: &'static str, kind: Kind) -> Setting {
    Setting {
        name,
        stored,
        kind,
        elsewhere: &[],
    }
}

impl Setting {
    /// What it does, for people.
    pub(super) fn says(&self) -> &'static str {
        match self.name {
            "temperature" => {
                "How freely the model chooses its words, 0 to 2; with 0 it mostly answers the same."
            }
            "topP" => "It chooses among the words that make up this share of the likelihood.",
            "topK" => "It chooses among so many of the likeliest words.",
            MAX_TOKENS => "The longest answer, in tokens.",
            "stop" => "Texts at which the answer ends.",
            "seed" => "The same number makes the same answer likelier.",
            "presencePenalty" => "How much less likely a word is once it has been said.",
            "frequencyPenalty" => "How much less likely a word is each time it has been said.",
            "reasoningEffort" => {
                "How long the model thinks: low, medium, high, or another word of its own."
            }
            RESPONSE_FORMAT => {
                "The form of the answer: text, json_object, json_schema, or what the provider takes."
            }
            SYSTEM_ROLE => "Does the model take system messages? Else they go ahead of the prompt.",
            STREAM => "Does the answer come word by word?",
            _ => "",
        }
    }

    /// The setting of this name, in either spelling.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        SETTINGS
            .iter()
            .find(|setting| setting.name == name || setting.stored == name)
    }

    /// The setting that some provider calls so.
    pub(super) fn called(name: &str) -> Option<&'static Self> {
        Self::named(name).or_else(|| {
            let mut settings = SETTINGS.iter();
            settings.find(|setting| setting.other_names().any(|other| other == name))
        })
    }

    /// The setting that is called so in whatever case.
    pub(super) fn like(name: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| {
            let mut names = [setting.name, setting.stored]
                .into_iter()
                .chain(setting.other_names());
            names.any(|other| other.eq_ignore_ascii_case(name))
        })
    }

    /// What some providers call it.
    pub(super) fn other_names(&self) -> impl Iterator<Item = &'static str> {
        self.elsewhere.iter().map(|(_, name)| *name)
    }

    /// The name by which it is sent.
    pub(super) fn sent(&self, provider: &str, model: &str) -> &'static str {
        let mut elsewhere = self.elsewhere.iter();
        match elsewhere.find(|(name, _)| *name == provider) {
            Some((_, name)) => name,
            None if self.name == MAX_TOKENS && is_openais_reasoning(model) => MAX_COMPLETION_TOKENS,
            None => self.stored,
        }
    }
}

/// Is this one of OpenAI's reasoning models, by the name that it has there? They are the o series and
/// what came after GPT-4: `o3-mini`, `gpt-5`, `ft:gpt-6-luna:…` (Azure's `gpt-35-turbo` is older). A proxy
/// may put its provider ahead, `openai/o4-mini`, and takes their name for it.
fn is_openais_reasoning(model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or_default();
    let name = name.strip_prefix("ft:").unwrap_or(name);
    let generation = |rest: &str| {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let after = rest[digits..].chars().next();
        let ends = after.is_none_or(|c| !c.is_alphanumeric());
        rest[..digits].parse::<u32>().ok().filter(|_| ends)
    };
    match (name.strip_prefix("gpt-"), name.strip_prefix('o')) {
        (Some(rest), _) => generation(rest).is_some_and(|number| (5..30).contains(&number)),
        (None, Some(rest)) => generation(rest).is_some(),
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openais_reasoning_models_are_known_by_their_names() {
        for model in [
            "o1",
            "o3-mini",
            "gpt-5",
            "gpt-5.5",
            "gpt-6-luna",
            "ft:gpt-5-mini:me",
            "openai/o4-mini",
        ] {
            assert!(is_openais_reasoning(model), "{model}");
        }
        for model in [
            "gpt-4o",
            "gpt-4.1",
            "gpt-3.5-turbo",
            "gpt-35-turbo",
            "gpt-oss-20b",
            "openai/gpt-oss-120b",
            "olmo2",
            "o",
            "opus",
            "gpt-4o-mini",
            "",
        ] {
            assert!(!is_openais_reasoning(model), "{model}");
        }
    }

    #[test]
    fn a_name_is_one_settings_alone() {
        let mut names: Vec<_> = SETTINGS
            .iter()
            .flat_map(|setting| {
                [setting.name, setting.stored]
                    .into_iter()
                    .chain(setting.other_names())
                    .collect::<std::collections::BTreeSet<_>>()
            })
            .collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
