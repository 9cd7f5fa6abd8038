//! Who a token speaks for: the verifier, its settings, and the header that carries the token.
//!
//! `token` has the rules about a token's header and claims, `jwk` those about a single public key,
//! `jwks` the fetched set of such keys, `development` the key that `footlight dev` makes for itself.

use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::{Algorithm, DecodingKey};
use secrecy::{ExposeSecret, SecretString};

use self::jwk::VerifyingKey;
use self::jwks::Jwks;
use self::token::{Refusal, Rules};
use crate::clock::Clock;
use crate::domain::viewer::Viewer;
use crate::error::{Error, Result};

pub mod development;
mod jwk;
mod jwks;
mod token;

/// The longest token that is looked at.
const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// Which tokens are believed.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Verifies HS256 by its raw UTF-8 bytes, as Supabase's legacy JWT secret does.
    pub jwt_secret: Option<SecretString>,
    /// Where the keys for RS256, ES256 and `EdDSA` are published.
    pub jwks_url: Option<String>,
    /// What `iss` must be. Without it the claim is not required, only well formed.
    pub issuer: Option<String>,
    /// What `aud` must be or contain.
    pub audience: String,
    /// How long a fetched key set is fresh.
    pub jwks_ttl: Duration,
    /// The least time between two fetches of the key set, whatever came of the first.
    pub jwks_cooldown: Duration,
    /// How far the issuer's clock may be from ours.
    pub leeway: Duration,
    /// Whether Supabase's anonymous sign-ins are let in.
    pub allow_anonymous: bool,
}

/// Verifies access tokens. Cheap to clone; the clones share one key set.
#[derive(Clone)]
pub struct Verifier(Arc<Inner>);

struct Inner {
    secret: Option<VerifyingKey>,
    jwks: Option<Arc<Jwks>>,
    rules: Rules,
    clock: Clock,
}

impl Verifier {
    /// Fetches nothing yet: the first token that needs the key set does.
    ///
    /// # Errors
    ///
    /// `BadInput` naming the variable when there is no key at all, the secret is empty, or the
    /// key set's address is not an HTTP URL.
    pub fn new(settings: Settings, clock: Clock) -> Result<Self> {
        if settings.jwt_secret.is_none() && settings.jwks_url.is_none() {
            return Err(Error::bad_input(
                "SUPABASE_JWT_SECRET",
                "no key to verify access tokens with: set SUPABASE_JWT_SECRET, or SUPABASE_URL or JWKS_URL",
            ));
        }
        let jwks = match &settings.jwks_url {
            Some(url) => Some(Jwks::new(
                url,
                settings.jwks_ttl,
                settings.jwks_cooldown,
                clock.clone(),
            )?),
            None => None,
        };
        Ok(Self(Arc::new(Inner {
            secret: settings.jwt_secret.as_ref().map(secret_key).transpose()?,
            jwks: jwks.map(Arc::new),
            rules: Rules {
                issuer: settings.issuer,
                audience: settings.audience,
                leeway: settings.leeway,
                allow_anonymous: settings.allow_anonymous,
            },
            clock,
        })))
    }

    /// The person whom `token` speaks for.
    ///
    /// # Errors
    ///
    /// `Unauthenticated`, whatever is wrong. The reason is logged at debug level, the token never.
    pub async fn verify(&self, token: &str) -> Result<Viewer> {
        self.0.verify(token).await.map_err(|refusal| {
            tracing::debug!(%refusal, "access token refused");
            Error::Unauthenticated
        })
    }
}

impl Inner {
    async fn verify(&self, token: &str) -> std::result::Result<Viewer, Refusal> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(Refusal::TooLong);
        }
        let header = token::header(token)?;
        let key = self
            .key(header.algorithm, header.kid.as_deref())
            .await
            .ok_or(Refusal::NoKey)?;
        self.rules.viewer(token, &key, self.clock.now())
    }

    /// The only key that may verify such a token. The secret answers for HS256 whatever the kid
    /// says: Supabase gives an imported legacy secret one that is in no published set.
    async fn key(&self, algorithm: Algorithm, kid: Option<&str>) -> Option<VerifyingKey> {
        if algorithm == Algorithm::HS256 {
            return self.secret.clone();
        }
        self.jwks.as_ref()?.key(algorithm, kid).await
    }
}

fn secret_key(secret: &SecretString) -> Result<VerifyingKey> {
    let bytes = secret.expose_secret().as_bytes();
    if bytes.is_empty() {
        return Err(Error::bad_input(
            "SUPABASE_JWT_SECRET",
            "SUPABASE_JWT_SECRET is empty: set it to the project's JWT secret",
        ));
    }
    Ok(VerifyingKey {
        kid: None,
        algorithm: Algorithm::HS256,
        decoding: DecodingKey::from_secret(bytes).map_err(Error::internal)?,
    })
}

/// The token in the value of an `Authorization` header, `Bearer <token>` (RFC 6750, section 2.1).
///
/// # Errors
///
/// `Unauthenticated` for another scheme, no token, white space in it, or more than 16 KiB.
pub fn bearer(value: &str) -> Result<&str> {
    let (scheme, rest) = value.split_once(' ').ok_or(Error::Unauthenticated)?;
    let token = rest.trim_matches(' ');
    let plausible = scheme.eq_ignore_ascii_case("bearer")
        && !token.is_empty()
        && token.len() <= MAX_TOKEN_BYTES
        && !token.contains(char::is_whitespace);
    if plausible {
        Ok(token)
    } else {
        Err(Error::Unauthenticated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            jwt_secret: None,
            jwks_url: None,
            issuer: None,
            audience: "authenticated".into(),
            jwks_ttl: Duration::from_mins(10),
            jwks_cooldown: Duration::from_secs(30),
            leeway: Duration::from_secs(10),
            allow_anonymous: false,
        }
    }

    fn refusal_of(settings: Settings) -> String {
        match Verifier::new(settings, Clock::system()) {
            Ok(_) => panic!("the settings are accepted"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn without_a_key_the_variables_to_set_are_named() {
        let message = refusal_of(settings());
        for variable in ["SUPABASE_JWT_SECRET", "SUPABASE_URL", "JWKS_URL"] {
            assert!(message.contains(variable), "{message}");
        }
    }

    #[test]
    fn an_empty_secret_is_no_key() {
        let message = refusal_of(Settings {
            jwt_secret: Some("".into()),
            ..settings()
        });
        assert!(message.contains("is empty"), "{message}");
    }

    #[test]
    fn a_key_set_is_fetched_over_http_only() {
        for url in ["", "example.com/jwks.json", "file:///etc/passwd"] {
            let message = refusal_of(Settings {
                jwks_url: Some(url.into()),
                ..settings()
            });
            assert!(message.contains("http"), "{url}: {message}");
        }
    }

    #[test]
    fn bearer_takes_exactly_one_token() {
        let long = format!("Bearer {}", "a".repeat(MAX_TOKEN_BYTES));
        let too_long = format!("{long}a");
        for (value, token) in [
            ("Bearer a.b.c", Some("a.b.c")),
            ("bEARER  a.b.c ", Some("a.b.c")),
            (&long, long.get(7..)),
            (&too_long, None),
            ("Bearer", None),
            ("Bearer ", None),
            ("Bearer a b", None),
            ("Bearer a\tb", None),
            ("Basic a.b.c", None),
            ("a.b.c", None),
            ("", None),
        ] {
            assert_eq!(bearer(value).ok(), token, "{value:.40}");
        }
    }
}
