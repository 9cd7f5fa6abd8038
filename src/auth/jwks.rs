//! The published key set: fetched when needed, kept, and fetched again when keys rotate.
//!
//! 1. A key of a set younger than its lifetime is served at once.
//! 2. A key that is not there, or a set past its lifetime, asks for a fetch. Whoever asks while one
//!    is under way waits for that one; less than a cooldown after the last began, none is made.
//! 3. A fetch that succeeds replaces the set. One that fails leaves it, and its keys serve on until
//!    an hour after the end of its lifetime.
//!
//! A fetch is a task of its own: were it to end with the request that began it, a client could use
//! up every cooldown by going away.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use jsonwebtoken::Algorithm;
use reqwest::header::ACCEPT;
use reqwest::{Client, StatusCode, Url, redirect};
use tokio_util::sync::CancellationToken;

use super::jwk::{VerifyingKey, parse_set};
use crate::clock::Clock;
use crate::error::{Error, Result};

const TIMEOUT: Duration = Duration::from_secs(5);
const MAX_BODY_BYTES: usize = 1024 * 1024;

/// How long known keys outlive their lifetime while no fetch succeeds.
const GRACE: Duration = Duration::from_hours(1);

/// The key set at one address.
pub struct Jwks {
    url: Url,
    client: Client,
    ttl: Duration,
    cooldown: Duration,
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    keys: Vec<VerifyingKey>,
    fetched_at: Option<DateTime<Utc>>,
    attempted_at: Option<DateTime<Utc>>,
    /// The fetch that began last; cancelled when it has ended.
    ended: Option<CancellationToken>,
}

#[derive(Debug, thiserror::Error)]
enum FetchError {
    #[error("no answer")]
    Http(#[source] reqwest::Error),
    #[error("the answer has status {0}")]
    Status(StatusCode),
    #[error("the answer is larger than 1 MiB")]
    TooLarge,
    #[error("the answer is not a key set")]
    NotASet,
}

impl Jwks {
    /// A set that is not fetched yet.
    ///
    /// # Errors
    ///
    /// `BadInput` when `url` is not an HTTP address.
    pub fn new(url: &str, ttl: Duration, cooldown: Duration, clock: Clock) -> Result<Self> {
        let url = Url::parse(url)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .ok_or_else(|| {
                Error::bad_input(
                    "JWKS_URL",
                    "the address of the key set must begin with https:// or http://: set SUPABASE_URL or JWKS_URL",
                )
            })?;
        let client = Client::builder()
            .timeout(TIMEOUT)
            .redirect(redirect::Policy::none())
            .build()
            .map_err(Error::internal)?;
        Ok(Self {
            url,
            client,
            ttl,
            cooldown,
            clock,
            state: Mutex::default(),
        })
    }

    /// The one key for `algorithm` under `kid`. A token without kid gets a key only when the set
    /// has exactly one for its algorithm (RFC 7515, section 4.1.4 leaves the kid optional); two
    /// keys that fit are none, for guessing would let either stand in for the other.
    pub async fn key(
        self: &Arc<Self>,
        algorithm: Algorithm,
        kid: Option<&str>,
    ) -> Option<VerifyingKey> {
        if !matches!(
            algorithm,
            Algorithm::RS256 | Algorithm::ES256 | Algorithm::EdDSA
        ) {
            return None;
        }
        let fresh = self.find(algorithm, kid, self.ttl);
        if fresh.is_some() {
            return fresh;
        }
        if let Some(ended) = self.refresh() {
            ended.cancelled().await;
        }
        self.find(algorithm, kid, self.ttl.saturating_add(GRACE))
    }

    fn find(
        &self,
        algorithm: Algorithm,
        kid: Option<&str>,
        max_age: Duration,
    ) -> Option<VerifyingKey> {
        let state = self.state();
        if !self.is_within(max_age, state.fetched_at) {
            return None;
        }
        let mut fitting = state.keys.iter().filter(|key| {
            key.algorithm == algorithm && (kid.is_none() || key.kid.as_deref() == kid)
        });
        match (fitting.next(), fitting.next()) {
            (Some(key), None) => Some(key.clone()),
            _ => None,
        }
    }

    /// Joins the fetch that is under way or begins one, and answers with what is cancelled at its
    /// end; `None` during the cooldown.
    fn refresh(self: &Arc<Self>) -> Option<CancellationToken> {
        let mut state = self.state();
        if let Some(ended) = state.ended.as_ref().filter(|ended| !ended.is_cancelled()) {
            return Some(ended.clone());
        }
        if self.is_within(self.cooldown, state.attempted_at) {
            return None;
        }
        let now = self.clock.now();
        let ended = CancellationToken::new();
        state.attempted_at = Some(now);
        state.ended = Some(ended.clone());

        let jwks = Arc::clone(self);
        let guard = ended.clone().drop_guard();
        tokio::spawn(async move {
            let _ended_even_by_a_panic = guard;
            jwks.replace(now).await;
        });
        Some(ended)
    }

    async fn replace(&self, asked_at: DateTime<Utc>) {
        match self.fetch().await {
            Ok(keys) => {
                let mut state = self.state();
                state.keys = keys;
                state.fetched_at = Some(asked_at);
            }
            // The address can hold a password or a key in its query: only its host is named.
            Err(error) => {
                metrics::counter!("footlight_jwks_failures_total").increment(1);
                tracing::warn!(
                    host = self.url.host_str(),
                    ?error,
                    "the key set was not fetched; known keys serve on for an hour past their lifetime"
                );
            }
        }
    }

    async fn fetch(&self) -> std::result::Result<Vec<VerifyingKey>, FetchError> {
        let http = |error: reqwest::Error| FetchError::Http(error.without_url());
        let request = self.client.get(self.url.clone());
        let request = request.header(ACCEPT, "application/json");
        let mut response = request.send().await.map_err(http)?;
        if response.status() != StatusCode::OK {
            return Err(FetchError::Status(response.status()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(http)? {
            if body.len() + chunk.len() > MAX_BODY_BYTES {
                return Err(FetchError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        parse_set(&body).map_err(|_| FetchError::NotASet)
    }

    /// Whether `then` was less than `span` ago. A time that is still to come was not: the machine's
    /// clock has been set back, and nobody knows how long ago it was.
    fn is_within(&self, span: Duration, then: Option<DateTime<Utc>>) -> bool {
        let age = then.and_then(|then| (self.clock.now() - then).to_std().ok());
        age.is_some_and(|age| age < span)
    }

    /// No panic can leave the state half written, so a poisoned lock is as good as any.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
