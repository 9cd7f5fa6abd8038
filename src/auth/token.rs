//! What a token must say: the rules about its header, and about its claims once the signature holds.
//!
//! jsonwebtoken verifies the signature, the audience, the issuer and that required claims are
//! there. The times are compared here, because it reads the machine's clock and takes no other;
//! so is all that it lets pass (an issuer in an array, header fields that change the meaning).

use std::time::Duration;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Validation};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::jwk::VerifyingKey;
use crate::domain::viewer::Viewer;

/// The role that Supabase gives to people who are signed in; `anon` and `service_role` are those of
/// an application's keys.
const ROLE: &str = "authenticated";

/// No token is believed for longer than this.
const MAX_LIFETIME: TimeDelta = TimeDelta::days(365);

/// The last second of the year 9999: a later `exp` means never, and may not overflow.
const END_OF_TIME: f64 = 253_402_300_799.0;

/// Why a token is refused. For the log: no text of it comes from the token.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("longer than 16 KiB")]
    TooLong,
    #[error("not a JSON web token that can be read")]
    Malformed,
    #[error("header field {0} is not allowed")]
    Header(&'static str),
    #[error("no key for its algorithm and kid")]
    NoKey,
    #[error("the signature does not match")]
    Signature,
    #[error("claim {0} is missing or wrong")]
    Claim(&'static str),
    #[error("expired")]
    Expired,
    #[error("not valid yet")]
    Premature,
    #[error("anonymous users are not let in")]
    Anonymous,
}

/// The part of a header that selects the key.
#[derive(Debug, PartialEq, Eq)]
pub struct Header {
    pub algorithm: Algorithm,
    pub kid: Option<String>,
}

/// Reads the header of `token`, which nothing vouches for yet.
///
/// Fields that would change what the signature covers or what the payload is are refused. `jku`,
/// `x5u`, `x5c` and `jwk` offer a key of the sender's choice and are not looked at.
pub fn header(token: &str) -> Result<Header, Refusal> {
    let header = jsonwebtoken::decode_header(token).map_err(|_| Refusal::Malformed)?;
    let odd_type = |typ: &String| !typ.eq_ignore_ascii_case("JWT");
    for (name, refused) in [
        ("crit", header.crit.is_some()),
        ("b64", header.extras.inner().contains_key("b64")),
        ("zip", header.zip.is_some()),
        ("enc", header.enc.is_some()),
        ("cty", header.cty.is_some()),
        ("typ", header.typ.as_ref().is_some_and(odd_type)),
    ] {
        if refused {
            return Err(Refusal::Header(name));
        }
    }
    Ok(Header {
        algorithm: header.alg,
        kid: header.kid,
    })
}

/// What the claims of a believed token must be.
#[derive(Debug)]
pub struct Rules {
    pub issuer: Option<String>,
    pub audience: String,
    pub leeway: Duration,
    pub allow_anonymous: bool,
}

/// The claims that matter here. A repeated claim or one of another type does not parse.
#[derive(Deserialize)]
struct Claims {
    sub: Uuid,
    exp: f64,
    nbf: Option<f64>,
    /// Compared by the library; here it is made to be a plain string.
    #[serde(rename = "iss")]
    _iss: Option<String>,
    role: String,
    email: Option<String>,
    is_anonymous: Option<bool>,
    #[serde(default)]
    app_metadata: Value,
}

impl Rules {
    /// Verifies `token` by `key` as of `now`, and says whom it speaks for.
    pub fn viewer(
        &self,
        token: &str,
        key: &VerifyingKey,
        now: DateTime<Utc>,
    ) -> Result<Viewer, Refusal> {
        let validation = self.validation(key.algorithm);
        let claims = jsonwebtoken::decode::<Claims>(token, &key.decoding, &validation)
            .map_err(|error| refusal(error.kind()))?
            .claims;
        let expires_at = self.expiry(&claims, now)?;
        if claims.role != ROLE {
            return Err(Refusal::Claim("role"));
        }
        if claims.sub.is_nil() {
            return Err(Refusal::Claim("sub"));
        }
        if claims.is_anonymous == Some(true) && !self.allow_anonymous {
            return Err(Refusal::Anonymous);
        }
        Ok(Viewer {
            user_id: claims.sub,
            email: claims.email.as_deref().and_then(storable),
            admin: claims.app_metadata["role"] == "admin",
            expires_at,
        })
    }

    /// One algorithm, the key's own: a header that names another is refused.
    fn validation(&self, algorithm: Algorithm) -> Validation {
        let mut validation = Validation::new(algorithm);
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.set_audience(&[&self.audience]);
        validation.set_required_spec_claims(&["exp", "sub", "aud"]);
        if let Some(issuer) = &self.issuer {
            validation.set_issuer(&[issuer]);
            validation.required_spec_claims.insert("iss".to_owned());
        }
        validation
    }

    /// Compares `exp` and `nbf` with `now` (RFC 7519, sections 4.1.4 and 4.1.5).
    fn expiry(&self, claims: &Claims, now: DateTime<Utc>) -> Result<DateTime<Utc>, Refusal> {
        let exp = instant(claims.exp).ok_or(Refusal::Claim("exp"))?;
        if now >= exp + self.leeway {
            return Err(Refusal::Expired);
        }
        if let Some(nbf) = claims.nbf {
            let nbf = instant(nbf).ok_or(Refusal::Claim("nbf"))?;
            if now + self.leeway < nbf {
                return Err(Refusal::Premature);
            }
        }
        Ok(exp.min(now + MAX_LIFETIME))
    }
}

/// A `NumericDate`: seconds since 1970, perhaps with a fraction.
fn instant(seconds: f64) -> Option<DateTime<Utc>> {
    let since_epoch = Duration::try_from_secs_f64(seconds.min(END_OF_TIME)).ok()?;
    Some((DateTime::UNIX_EPOCH + since_epoch).trunc_subsecs(3))
}

/// An address that both databases can hold: PostgreSQL knows no U+0000 in text.
fn storable(email: &str) -> Option<String> {
    (!email.is_empty()).then(|| email.replace('\0', "\u{FFFD}"))
}

/// The library's reason without its details, which can quote the claims.
fn refusal(kind: &ErrorKind) -> Refusal {
    match kind {
        ErrorKind::InvalidSignature => Refusal::Signature,
        ErrorKind::InvalidAudience => Refusal::Claim("aud"),
        ErrorKind::InvalidIssuer => Refusal::Claim("iss"),
        ErrorKind::MissingRequiredClaim(name) => Refusal::Claim(match name.as_str() {
            "aud" => "aud",
            "exp" => "exp",
            "iss" => "iss",
            _ => "sub",
        }),
        _ => Refusal::Malformed,
    }
}
