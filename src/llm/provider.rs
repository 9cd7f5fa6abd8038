//! Which providers this server may ask, by name: the operator configures them, a model names one.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};

use super::carried;
use super::demo::Demo;
use super::openai::{Endpoint, OpenAi};
use super::{Answer, CallError, ErrorKind, Llm, OnPiece, Request};
use crate::clock::Clock;
use crate::domain::provider::{self, DEMO, variable};
use crate::error::{Error, Result};

/// What the operator set for one provider.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The provider's name.
    pub name: String,
    /// Sent as a bearer token.
    pub api_key: Option<SecretString>,
    /// In the place of the provider's own address.
    pub base_url: Option<String>,
    /// Headers of every request: `Name: value`, one a line or with `;` between.
    pub headers: Option<SecretString>,
    /// The query of every request: `api-version=2024-10-21`.
    pub query: Option<SecretString>,
}

/// The configured providers behind one [`Llm`].
pub struct Providers(BTreeMap<String, Box<dyn Llm>>);

impl Providers {
    /// Sets up a client for each provider that `settings` configures: one with a key, or, if it
    /// takes none, with an address. The others are left out.
    ///
    /// # Errors
    ///
    /// Bad input, named after its variable: an address, a key, headers or a query that cannot be one.
    /// Ours, when TLS cannot be set up.
    pub fn new(settings: Vec<Settings>, demo: bool, clock: &Clock) -> Result<Self> {
        let mut by_name: BTreeMap<String, Box<dyn Llm>> = BTreeMap::new();
        for setting in settings {
            if let Some(endpoint) = endpoint(setting)? {
                let name = endpoint.provider.clone();
                by_name.insert(name, Box::new(OpenAi::new(endpoint, clock.clone())?));
            }
        }
        if demo {
            by_name.insert(DEMO.to_owned(), Box::new(Demo));
        }
        Ok(Self(by_name))
    }

    /// The names that a model may give as its provider.
    #[must_use]
    pub fn names(&self) -> BTreeSet<String> {
        self.0.keys().cloned().collect()
    }
}

#[async_trait]
impl Llm for Providers {
    async fn answer(
        &self,
        request: &Request,
        on_piece: OnPiece<'_>,
    ) -> std::result::Result<Answer, CallError> {
        match self.0.get(&request.provider) {
            Some(provider) => provider.answer(request, on_piece).await,
            None => Err(CallError::new(
                ErrorKind::Permanent,
                unconfigured(&request.provider),
            )),
        }
    }
}

fn endpoint(setting: Settings) -> Result<Option<Endpoint>> {
    let at = match provider::named(&setting.name) {
        None => provider::Endpoint::OWN,
        Some(known) => *known.endpoint().ok_or_else(|| {
            let message = format!("{} has no address: {}", known.name, known.setting());
            Error::bad_input("provider", message)
        })?,
    };
    let api_key = setting
        .api_key
        .filter(|key| !key.expose_secret().trim().is_empty());
    let configured = api_key.is_some() || (!at.needs_key && setting.base_url.is_some());
    if !configured {
        return Ok(None);
    }
    let name = setting.name;
    let base_url = match setting.base_url {
        Some(url) => checked_base_url(&name, at.base_url, &url)?,
        None => at.base_url.to_owned(),
    };
    let headers = carried(&name, "HEADERS", setting.headers, carried::headers)?;
    if api_key.is_some() && carried::signs_in(&headers) {
        let (key, headers) = (variable(&name, "API_KEY"), variable(&name, "HEADERS"));
        let message = format!("{headers} has an Authorization beside {key}: leave one of them out");
        return Err(Error::bad_input(headers, message));
    }
    Ok(Some(Endpoint {
        base_url,
        api_key,
        headers,
        query: carried(&name, "QUERY", setting.query, carried::query)?,
        asks_for_usage: at.asks_for_usage,
        forms: at.forms,
        provider: name,
    }))
}

/// What a setting of secrets says, or how it is wrong, without repeating it.
fn carried<T: Default>(
    name: &str,
    what: &str,
    setting: Option<SecretString>,
    read: fn(&str) -> std::result::Result<T, String>,
) -> Result<T> {
    let Some(setting) = setting else {
        return Ok(T::default());
    };
    read(setting.expose_secret()).map_err(|refusal| {
        let variable = variable(name, what);
        Error::bad_input(variable.clone(), format!("{variable} {refusal}"))
    })
}

/// The address without a slash at its end. What is wrong is said without repeating the address,
/// which may hold a password.
fn checked_base_url(name: &str, example: &str, text: &str) -> Result<String> {
    let setting = variable(name, "BASE_URL");
    let wrong = |what: String| Error::bad_input(setting.clone(), format!("{setting} {what}"));
    let url = Url::parse(text.trim())
        .map_err(|error| wrong(format!("is no URL ({error}): write one like {example}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong(format!("must be http or https, like {example}")));
    }
    if !url.username().is_empty() || url.password().is_some() {
        let key = variable(name, "API_KEY");
        return Err(wrong(format!(
            "must not hold credentials: put them in {key}"
        )));
    }
    if url.query().is_some() || url.fragment().is_some() {
        let query = variable(name, "QUERY");
        return Err(wrong(format!(
            "must end with its path, like {example}: put what follows a ? in {query}"
        )));
    }
    let address = url.as_str().trim_end_matches('/');
    if address.ends_with("/chat/completions") {
        return Err(wrong(format!(
            "must end before /chat/completions, like {example}"
        )));
    }
    Ok(address.to_owned())
}

fn unconfigured(name: &str) -> String {
    // The name is a user's own text: a long one must not crowd the message out.
    let name: String = name.chars().take(40).collect();
    let remedy = provider::how_to_configure(&name);
    format!("provider {name} is not configured: {remedy}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(name: &str, key: Option<&str>, base_url: Option<&str>) -> Settings {
        Settings {
            name: name.to_owned(),
            api_key: key.map(SecretString::from),
            base_url: base_url.map(str::to_owned),
            headers: None,
            query: None,
        }
    }

    fn configure(settings: Vec<Settings>) -> Result<Providers> {
        Providers::new(settings, false, &Clock::system())
    }

    #[test]
    fn a_key_configures_a_provider_and_an_address_one_without_keys() {
        let providers = configure(vec![
            setting("openai", Some("sk-1"), None),
            setting("groq", None, Some("http://localhost:1/v1")),
            setting("mistral", Some(" "), None),
            setting("ollama", None, Some("http://localhost:11434/v1/")),
        ]);

        assert_eq!(
            providers.unwrap().names(),
            BTreeSet::from(["ollama".to_owned(), "openai".to_owned()])
        );
    }

    #[test]
    fn an_unusable_setting_is_refused_by_its_variable_without_showing_it() {
        for (key, base_url, variable) in [
            ("sk-1", Some("localhost:8000"), "OPENAI_BASE_URL"),
            ("sk-1", Some("not a url"), "OPENAI_BASE_URL"),
            ("sk-1", Some("ftp://host/v1"), "OPENAI_BASE_URL"),
            (
                "sk-1",
                Some("https://me:hunter2@host/v1"),
                "OPENAI_BASE_URL",
            ),
            (
                "sk-1",
                Some("https://host/v1?key=hunter2"),
                "OPENAI_BASE_URL",
            ),
            (
                "sk-1",
                Some("https://hunter2/v1/chat/completions"),
                "OPENAI_BASE_URL",
            ),
            ("sk-hunter2\nX: y", None, "OPENAI_API_KEY"),
        ] {
            let refusal = configure(vec![setting("openai", Some(key), base_url)])
                .err()
                .unwrap();

            assert_eq!(refusal.field(), Some(variable), "{base_url:?}");
            assert!(refusal.to_string().starts_with(variable));
            assert!(!refusal.to_string().contains("hunter2"));
        }
    }

    #[test]
    fn what_requests_carry_is_refused_by_its_variable_without_showing_it() {
        let lab = |headers: &str, query: &str| Settings {
            headers: Some(SecretString::from(headers)),
            query: Some(SecretString::from(query)),
            ..setting("lab", Some("sk-1"), Some("http://lab/v1"))
        };
        for (headers, query, variable) in [
            ("hunter2", "", "LAB_HEADERS"),
            ("Authorization: hunter2", "", "LAB_HEADERS"),
            ("", "hunter2", "LAB_QUERY"),
        ] {
            let refusal = configure(vec![lab(headers, query)]).err().unwrap();

            assert_eq!(refusal.field(), Some(variable), "{headers}{query}");
            assert!(refusal.to_string().starts_with(variable));
            assert!(!refusal.to_string().contains("hunter2"));
        }
        let lab = configure(vec![lab("api-key: hunter2", "api-version=1")]);
        assert_eq!(lab.unwrap().names(), BTreeSet::from(["lab".to_owned()]));
    }

    #[test]
    fn what_is_not_configured_says_which_variable_to_set() {
        for (name, hint) in [
            ("mistral", "set MISTRAL_API_KEY"),
            ("ollama", "set OLLAMA_BASE_URL"),
            ("demo", "set DEMO_PROVIDER=on"),
            ("acme", "name it in PROVIDERS and set ACME_BASE_URL"),
        ] {
            assert!(unconfigured(name).contains(hint), "{name}");
        }
    }
}
