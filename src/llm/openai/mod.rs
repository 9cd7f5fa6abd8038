//! Any provider that speaks OpenAI's chat completions.
//!
//! 1. The request ([`request`]) is made with async-openai's types, without what this provider refused
//!    lately ([`refused`]). A 400, or 422, that refuses a field which we added is answered by the request without.
//! 2. An answer without a 2xx is a failure ([`failure`], [`details`]), with the wait that it asks for ([`wait`]).
//! 3. The body is read as a stream of events, whatever it is ([`events`], [`piece`], [`json`]), until the
//!    answer has ended ([`trouble`], [`reading`], [`stream`]); the rest in the background ([`rest`]).
//!
//! The library's own reader stops at `[DONE]`, so that no connection is used twice, queues without bound, and
//! logs bodies; its executor tries again by itself and drops the headers that say when to. So the
//! request is sent, and its answer read, here.

mod details;
mod events;
mod failure;
mod form;
#[cfg(test)]
mod fuzz;
mod json;
mod mended;
mod piece;
mod reading;
mod reason;
mod refused;
mod request;
mod rest;
mod secrets;
mod stream;
mod trouble;
mod wait;

use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Response, StatusCode, Url, Version};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use self::failure::{Failures, Refusal};
use self::refused::{Field, Refused};
use self::rest::Rests;
use self::secrets::Secrets;
use super::{Answer, CallError, Llm, OnPiece, Piece, Request};
use crate::clock::Clock;
use crate::domain::provider::{Forms, variable};
use crate::error::{Error, Result};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A connection that many calls share is found out when it dies in silence.
const PING: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(10));

/// Where a provider is and how it wants to be asked.
pub(super) struct Endpoint {
    /// The provider's name, for messages.
    pub provider: String,
    /// The address up to, and without, `/chat/completions`; no slash at its end.
    pub base_url: String,
    /// Sent as a bearer token.
    pub api_key: Option<SecretString>,
    /// Headers of every request. Secrets, like the query.
    pub headers: HeaderMap,
    /// The query of every request, not encoded.
    pub query: Vec<(String, String)>,
    /// Whether token counts have to be asked for with `stream_options`.
    pub asks_for_usage: bool,
    /// What it takes as the form of an answer.
    pub forms: Forms,
}

/// One provider, with its pool of connections.
pub(super) struct OpenAi {
    http: reqwest::Client,
    address: Url,
    headers: HeaderMap,
    failures: Failures,
    refused: Refused,
    rests: Rests,
    clock: Clock,
    asks_for_usage: bool,
    forms: Forms,
}

impl OpenAi {
    /// A client of `endpoint`.
    ///
    /// # Errors
    ///
    /// Bad input, when the key cannot stand in a header; ours, when the address is none or TLS cannot be set up.
    pub(super) fn new(endpoint: Endpoint, clock: Clock) -> Result<Self> {
        let key = endpoint.api_key.clone().unwrap_or_default();
        let signs_in_by = signs_in_by(&endpoint, &key);
        let mut headers = headers(&endpoint.provider, &key)?;
        headers.extend(endpoint.headers);
        let secrets = Secrets::new(&key, &headers, &endpoint.query);
        let (ping_every, ping_answer) = PING;
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .http2_keep_alive_interval(ping_every)
            .http2_keep_alive_timeout(ping_answer)
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .user_agent(concat!("footlight/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(Error::internal)?;
        Ok(Self {
            http,
            failures: Failures::new((endpoint.provider, signs_in_by), secrets, clock.clone()),
            refused: Refused::new(clock.clone()),
            rests: Rests::default(),
            clock,
            asks_for_usage: endpoint.asks_for_usage,
            forms: endpoint.forms,
            address: address(&endpoint.base_url, &endpoint.query)?,
            headers,
        })
    }

    async fn send(&self, body: &Map<String, Value>) -> std::result::Result<Response, CallError> {
        self.rests.are_read().await;
        let request = self
            .http
            .post(self.address.clone())
            .headers(self.headers.clone())
            .json(body);
        let response = request.send().await;
        response.map_err(|error| self.failures.of_transport(error))
    }

    async fn read(
        &self,
        response: Response,
        on_piece: OnPiece<'_>,
    ) -> std::result::Result<Answer, CallError> {
        // Those who share a connection do not wait for each other.
        let is_shared = response.version() == Version::HTTP_2;
        let mut body = response.bytes_stream();
        let outcome = stream::read(&mut body, on_piece, &self.clock).await;
        if outcome.has_more && !is_shared {
            self.rests.read(body);
        }
        match outcome.answer {
            Ok(answer) => Ok(Answer {
                reason: answer.reason.map(|word| self.failures.word(&word)),
                ..answer
            }),
            Err(trouble) => Err(self.failures.of_stream(trouble)),
        }
    }
}

#[async_trait]
impl Llm for OpenAi {
    async fn answer(
        &self,
        request: &Request,
        on_piece: OnPiece<'_>,
    ) -> std::result::Result<Answer, CallError> {
        let mut body = request::body(request, self.asks_for_usage, self.forms);
        self.refused.leave_out(request, &mut body);
        let mut changed: Vec<Field> = Vec::new();
        loop {
            if body.get("stream") != Some(&Value::Bool(true)) {
                on_piece(Piece::Silence);
            }
            let response = self.send(&body).await?;
            if response.status().is_success() {
                // Only now is it certain that they were refused, and not what a user wrote.
                for field in changed {
                    self.refused.remember(&request.model, field);
                }
                return self.read(response, on_piece).await;
            }
            let refusal = Refusal::read(response, &self.rests).await;
            let of_body = [StatusCode::BAD_REQUEST, StatusCode::UNPROCESSABLE_ENTITY];
            let field = of_body
                .contains(&refusal.status)
                .then(|| Field::refused(&refusal.details, &body, request))
                .flatten()
                .filter(|field| changed.iter().all(|before| before.is_other(*field)));
            let Some(field) = field else {
                return Err(self.failures.of_refusal(refusal));
            };
            field.leave_out(&mut body);
            changed.push(field);
        }
    }
}

/// The settings that may hold what a provider does not accept, for messages: those that are set.
fn signs_in_by(endpoint: &Endpoint, key: &SecretString) -> String {
    let set = [
        ("API_KEY", !key.expose_secret().is_empty()),
        ("HEADERS", !endpoint.headers.is_empty()),
    ];
    let names = set.into_iter().filter(|(_, is_set)| *is_set);
    let names = names.map(|(what, _)| variable(&endpoint.provider, what));
    let names: Vec<_> = names.collect();
    if !names.is_empty() {
        return names.join(" and ");
    }
    let by_query = !endpoint.query.is_empty();
    variable(
        &endpoint.provider,
        if by_query { "QUERY" } else { "API_KEY" },
    )
}

fn headers(provider: &str, key: &SecretString) -> Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    if !key.expose_secret().is_empty() {
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", key.expose_secret()))
            .map_err(|_| unusable_key(provider))?;
        bearer.set_sensitive(true);
        headers.insert(AUTHORIZATION, bearer);
    }
    Ok(headers)
}

fn unusable_key(provider: &str) -> Error {
    let variable = variable(provider, "API_KEY");
    let message = format!("{variable} holds a character that no key has, a line break perhaps");
    Error::bad_input(variable, message)
}

/// Where answers are asked for.
fn address(base_url: &str, query: &[(String, String)]) -> Result<Url> {
    let text = format!("{base_url}/chat/completions");
    let mut url = Url::parse(&text).map_err(Error::internal)?;
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_accepted_is_told_by_the_settings_that_hold_it() {
        for (key, header, query, settings) in [
            ("sk", None, None, "LAB_API_KEY"),
            ("sk", Some("x-org"), None, "LAB_API_KEY and LAB_HEADERS"),
            ("", Some("api-key"), Some("api-version"), "LAB_HEADERS"),
            ("", None, Some("key"), "LAB_QUERY"),
            ("", None, None, "LAB_API_KEY"),
        ] {
            let named = |name: &str| (name.parse().expect("a name"), HeaderValue::from_static("a"));
            let endpoint = Endpoint {
                provider: "lab".to_owned(),
                base_url: "http://lab/v1".to_owned(),
                api_key: None,
                headers: header.map(named).into_iter().collect(),
                query: query
                    .map(|name| (name.to_owned(), String::new()))
                    .into_iter()
                    .collect(),
                asks_for_usage: true,
                forms: Forms::None,
            };
            let told = signs_in_by(&endpoint, &SecretString::from(key));
            assert_eq!(told, settings);
        }
    }
}
