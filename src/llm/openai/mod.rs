//! Any provider that speaks OpenAI's chat completions, through async-openai.
//!
//! 1. The request is the stage's config with our own keys over it, and always streams.
//! 2. A tower service sends it, in the place of the library's executor, which would try again by
//!    itself and drop the headers that say when to. An answer without a 2xx ends there.
//! 3. The stream is read until it says why the model stopped, then on to the token counts.
//!
//! async-openai logs whole bodies at error level under the target `async_openai`; telemetry
//! silences that target.

mod chunk;
mod failure;
mod request;

use std::sync::Arc;
use std::time::Duration;

use async_openai::Client;
use async_openai::config::Config;
use async_openai::error::OpenAIError;
use async_openai::middleware::HttpRequestFactory;
use async_trait::async_trait;
use futures_util::{Stream, StreamExt};
use reqwest::Response;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use secrecy::{ExposeSecret, SecretString};

use self::chunk::{Chunk, Reading};
use self::failure::Failures;
use super::{Answer, CallError, Llm, OnPiece, Request};
use crate::clock::Clock;
use crate::error::{Error, Result};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Where a provider is and how it wants to be asked.
pub(super) struct Endpoint {
    /// The provider's name, for messages.
    pub provider: String,
    /// The address up to, and without, `/chat/completions`; no slash at its end.
    pub base_url: String,
    /// Sent as a bearer token.
    pub api_key: Option<SecretString>,
    /// Whether token counts have to be asked for with `stream_options`.
    pub asks_for_usage: bool,
}

/// One provider, with its pool of connections.
pub(super) struct OpenAi {
    client: Client<Address>,
    failures: Arc<Failures>,
    asks_for_usage: bool,
}

impl OpenAi {
    /// A client of `endpoint`.
    ///
    /// # Errors
    ///
    /// Bad input, when the key cannot stand in a header; ours, when TLS cannot be set up.
    pub(super) fn new(endpoint: Endpoint, clock: Clock) -> Result<Self> {
        let key = endpoint.api_key.unwrap_or_default();
        let headers = headers(&endpoint.provider, &key)?;
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .user_agent(concat!("footlight/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(Error::internal)?;
        let failures = Arc::new(Failures::new(endpoint.provider, key.clone(), clock));
        let address = Address {
            base_url: endpoint.base_url,
            headers,
            key,
        };

        let sender = http.clone();
        let judge = Arc::clone(&failures);
        let service = tower::service_fn(move |request: HttpRequestFactory| {
            let (sender, judge) = (sender.clone(), Arc::clone(&judge));
            async move { send(&sender, &judge, &request).await }
        });
        Ok(Self {
            client: Client::build(http, address).with_http_service(service),
            failures,
            asks_for_usage: endpoint.asks_for_usage,
        })
    }

    async fn read(
        &self,
        mut stream: impl Stream<Item = std::result::Result<Chunk, OpenAIError>> + Unpin,
        on_piece: OnPiece<'_>,
    ) -> std::result::Result<Answer, CallError> {
        let mut reading = Reading::default();
        while let Some(event) = stream.next().await {
            let chunk = match event {
                Ok(chunk) => chunk,
                // The answer is whole: all that was lost are the token counts.
                Err(_) if reading.has_ended() => break,
                Err(error) => return Err(self.failures.of_library(error)),
            };
            if let Some(error) = &chunk.error {
                return Err(self.failures.in_stream(error));
            }
            if !reading.take(chunk, on_piece) {
                return Err(self.failures.too_long());
            }
        }
        reading.into_answer().ok_or_else(|| {
            self.failures
                .broken("the stream ended before the answer did")
        })
    }
}

#[async_trait]
impl Llm for OpenAi {
    async fn answer(
        &self,
        request: &Request,
        on_piece: OnPiece<'_>,
    ) -> std::result::Result<Answer, CallError> {
        let stream = self
            .client
            .chat()
            .create_stream_byot(request::body(request, self.asks_for_usage))
            .await
            .map_err(|error| self.failures.of_library(error))?;
        self.read(stream, on_piece).await
    }
}

async fn send(
    http: &reqwest::Client,
    failures: &Failures,
    request: &HttpRequestFactory,
) -> std::result::Result<Response, CallError> {
    let request = request
        .build()
        .await
        .map_err(|error| failures.of_library(error))?;
    let response = http
        .execute(request)
        .await
        .map_err(|error| failures.of_transport(error))?;
    if response.status().is_success() {
        Ok(response)
    } else {
        Err(failures.of_status(response).await)
    }
}

/// Carries our own verdict through the library untouched.
impl From<CallError> for OpenAIError {
    fn from(error: CallError) -> Self {
        Self::Boxed(Box::new(error))
    }
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
    let variable = format!("{}_API_KEY", provider.to_uppercase());
    let message = format!("{variable} holds a character that no key has, a line break perhaps");
    Error::bad_input(variable, message)
}

/// The library's own configuration would read OpenAI's variables from the environment and send what
/// it finds there to every provider.
struct Address {
    base_url: String,
    headers: HeaderMap,
    key: SecretString,
}

impl Config for Address {
    fn headers(&self) -> HeaderMap {
        self.headers.clone()
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }

    fn query(&self) -> Vec<(&str, &str)> {
        Vec::new()
    }

    fn api_base(&self) -> &str {
        &self.base_url
    }

    fn api_key(&self) -> &SecretString {
        &self.key
    }
}
