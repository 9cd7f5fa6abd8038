//! Model providers: the flags of those of the table, and what the environment alone says. That is where the
//! operator's own providers are, and what every request of one carries: names that no flag can have, and
//! secrets that no list of processes may show.

use std::collections::BTreeSet;

use clap::CommandFactory;
use secrecy::SecretString;

use super::args::{CommandLine, ProviderArgs};
use super::url::http_url;
use super::value::given;
use super::{ConfigError, given_secret};

/// The longest name of a provider, in characters.
const LONGEST_NAME: usize = 40;

/// What the operator set for one provider.
#[derive(Clone, Debug)]
pub struct ProviderConfig {
    pub name: String,
    pub api_key: Option<SecretString>,
    pub base_url: Option<String>,
    /// Headers of every request, as they were written.
    pub headers: Option<SecretString>,
    /// The query of every request, as it was written.
    pub query: Option<SecretString>,
}

/// What the environment says of a variable, where it says anything.
pub(super) type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// This process's environment.
pub(super) fn environment(name: &str) -> Option<String> {
    let value = std::env::var_os(name)?;
    // What is no text makes an address, a header or a query that is refused by its variable.
    given(Some(value.to_string_lossy().into_owned()))
}

/// The providers of which anything is set that may configure one, those of the table first.
///
/// # Errors
/// Which setting is wrong, and what would be right.
pub(super) fn read(
    args: ProviderArgs,
    environment: Environment<'_>,
) -> Result<Vec<ProviderConfig>, ConfigError> {
    let own = given(Some(args.providers.clone())).unwrap_or_default();
    let own = names(&own)?;
    let mut read: Vec<_> = of_the_table(args)
        .into_iter()
        .map(|(name, api_key, base_url)| ProviderConfig {
            name: name.to_owned(),
            api_key: given_secret(api_key),
            base_url: given(base_url),
            headers: secret(name, "HEADERS", environment),
            query: secret(name, "QUERY", environment),
        })
        .filter(|provider| provider.api_key.is_some() || provider.base_url.is_some())
        .collect();
    for name in own {
        read.push(own_provider(name, environment)?);
    }
    Ok(read)
}

fn of_the_table(args: ProviderArgs) -> [(&'static str, Option<SecretString>, Option<String>); 7] {
    [
        ("openai", args.openai_api_key, args.openai_base_url),
        ("anthropic", args.anthropic_api_key, args.anthropic_base_url),
        ("gemini", args.gemini_api_key, args.gemini_base_url),
        ("mistral", args.mistral_api_key, args.mistral_base_url),
        ("groq", args.groq_api_key, args.groq_base_url),
        (
            "openrouter",
            args.openrouter_api_key,
            args.openrouter_base_url,
        ),
        ("ollama", args.ollama_api_key, args.ollama_base_url),
    ]
}

fn own_provider(name: String, environment: Environment<'_>) -> Result<ProviderConfig, ConfigError> {
    let address = variable(&name, "BASE_URL");
    let base_url = environment(&address).ok_or_else(|| {
        ConfigError::Provider(format!(
            "{address} is not set: say where this provider is, like https://host/v1, or take its name out of PROVIDERS"
        ))
    })?;
    let base_url = http_url(&base_url)
        .map_err(|refusal| ConfigError::Provider(format!("{address} {refusal}")))?;
    Ok(ProviderConfig {
        api_key: secret(&name, "API_KEY", environment),
        base_url: Some(base_url),
        headers: secret(&name, "HEADERS", environment),
        query: secret(&name, "QUERY", environment),
        name,
    })
}

fn secret(name: &str, what: &str, environment: Environment<'_>) -> Option<SecretString> {
    environment(&variable(name, what)).map(SecretString::from)
}

/// Names with commas between. One that is none is told by its place: whoever mistook the setting may have
/// written a key there.
fn names(list: &str) -> Result<Vec<String>, ConfigError> {
    let taken = first_words();
    let mut names: Vec<String> = Vec::new();
    let listed = list.split(',').map(str::trim);
    for (place, name) in listed.filter(|name| !name.is_empty()).enumerate() {
        let refuse = |what: &str| {
            let number = place + 1;
            Err(ConfigError::Provider(format!(
                "PROVIDERS (--providers) must list names of your own with commas between, like deepseek,lab, and number {number} {what}"
            )))
        };
        if !is_name(name) {
            return refuse(&format!(
                "is none: a name begins with a small letter, and has small letters, digits and _ alone, {LONGEST_NAME} at most"
            ));
        }
        if taken.contains(name) {
            return refuse(
                "begins the names of settings that there are: use those, or choose another name",
            );
        }
        if names.iter().any(|other| other == name) {
            return refuse("is there twice: leave one out");
        }
        names.push(name.to_owned());
    }
    Ok(names)
}

fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let begins = name.starts_with(|c: char| c.is_ascii_lowercase());
    begins && name.chars().all(fits) && name.len() <= LONGEST_NAME
}

/// The setting of a provider: `LAB_BASE_URL`.
fn variable(name: &str, what: &str) -> String {
    format!("{}_{what}", name.to_uppercase())
}

/// The words that the names of settings begin with, those of the table's providers among them: `database` of `DATABASE_URL`.
fn first_words() -> BTreeSet<String> {
    let grammar = CommandLine::command();
    let arguments = grammar
        .get_subcommands()
        .flat_map(clap::Command::get_arguments);
    arguments
        .filter_map(|argument| argument.get_env()?.to_str())
        .filter_map(|variable| variable.split('_').next())
        .map(str::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::super::{Command, ServeArgs};
    use super::*;
    use crate::domain::provider::{PROVIDERS, Provider};

    fn args(flags: &[&str]) -> ServeArgs {
        let arguments = ["footlight", "serve"].iter().chain(flags);
        match CommandLine::try_parse_from(arguments).unwrap().command {
            Command::Serve(args) => *args,
            other => panic!("not serve: {other:?}"),
        }
    }

    fn read_with(
        flags: &[&str],
        variables: &[(&str, &str)],
    ) -> Result<Vec<ProviderConfig>, ConfigError> {
        let environment = |name: &str| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            given(found.map(|(_, value)| (*value).to_owned()))
        };
        read(args(flags).server.providers, &environment)
    }

    #[test]
    fn every_provider_of_the_table_has_its_settings() {
        let hosted = |provider: &&Provider| provider.endpoint().is_some();
        for provider in PROVIDERS.iter().filter(hosted) {
            let flag = |variable: String| variable.to_lowercase().replace('_', "-");
            let key = format!("--{}=k", flag(provider.key_variable()));
            let url = format!("--{}=http://h/v1", flag(provider.base_url_variable()));
            let headers = variable(provider.name, "HEADERS");
            let query = variable(provider.name, "QUERY");
            let set = [(headers.as_str(), "A: b"), (query.as_str(), "c=d")];
            let read = read_with(&[&key, &url], &set).unwrap();
            let [read] = read.as_slice() else {
                panic!("{read:?}");
            };
            assert_eq!(read.name, provider.name);
            assert!(read.headers.is_some() && read.query.is_some());
        }
    }

    #[test]
    fn a_name_begins_the_names_of_settings() {
        for name in ["lab", "deepseek", "a", "vllm_2"] {
            assert!(is_name(name), "{name}");
        }
        let long = "x".repeat(LONGEST_NAME + 1);
        for name in ["Lab", "2lab", "_lab", "my-lab", "lab.eu", "läb", &long] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn a_provider_of_ones_own_is_named_and_has_an_address() {
        let variables = [
            ("DEEPSEEK_BASE_URL", "https://api.deepseek.com/v1"),
            ("DEEPSEEK_API_KEY", "sk"),
            ("LAB_2_BASE_URL", "http://lab:8000/v1"),
            ("LAB_2_API_KEY", ""),
            ("OTHER_BASE_URL", "http://h"),
        ];
        let read = read_with(&["--providers=deepseek, lab_2,"], &variables).unwrap();
        let read: Vec<_> = read
            .iter()
            .map(|read| {
                let address = read.base_url.as_deref().unwrap();
                (read.name.as_str(), read.api_key.is_some(), address)
            })
            .collect();
        assert_eq!(
            read,
            [
                ("deepseek", true, "https://api.deepseek.com/v1"),
                ("lab_2", false, "http://lab:8000/v1"),
            ]
        );
    }

    #[test]
    fn what_is_wrong_with_a_provider_is_told_by_its_setting_and_not_repeated() {
        for (names, address, setting, remedy) in [
            ("lab", "", "LAB_BASE_URL is not set", "like https://host/v1"),
            ("lab", "hunter2", "LAB_BASE_URL must", "https://"),
            (
                "lab,sk-hunter2",
                "http://h",
                "number 2 is none",
                "small letter",
            ),
            ("Lab", "http://h", "number 1 is none", "small letter"),
            ("openai", "http://h", "PROVIDERS", "use those"),
            ("demo", "http://h", "PROVIDERS", "use those"),
            ("database", "http://h", "PROVIDERS", "another name"),
            ("providers", "http://h", "PROVIDERS", "another name"),
            (
                "lab,lab",
                "http://h",
                "number 2 is there twice",
                "leave one",
            ),
        ] {
            let flag = format!("--providers={names}");
            let refused = read_with(&[&flag], &[("LAB_BASE_URL", address)]).unwrap_err();
            let message = refused.to_string();
            assert!(message.contains(setting), "{names}: {message}");
            assert!(message.contains(remedy), "{names}: {message}");
            assert!(!message.contains("hunter2"), "{names}: {message}");
        }
    }

    #[test]
    fn secrets_of_providers_do_not_show_in_debug_output() {
        let variables = [
            ("LAB_BASE_URL", "http://h"),
            ("LAB_API_KEY", "hunter2"),
            ("LAB_HEADERS", "A: hunter2"),
            ("LAB_QUERY", "a=hunter2"),
        ];
        let read = read_with(&["--providers=lab"], &variables).unwrap();
        assert!(!format!("{read:?}").contains("hunter2"));
    }
}
