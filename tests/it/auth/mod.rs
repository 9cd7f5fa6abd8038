//! Whose tokens are believed: `token` by what they say, `jwks` by which published key signed them.

use std::time::Duration;

use chrono::{DateTime, Utc};
use footlight::auth::{Settings, Verifier};
use footlight::clock::Clock;
use footlight::error::Error;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::jwks::SigningKey;

mod jwks;
mod token;

const SECRET: &str = "a-secret-of-at-least-thirty-two-characters";
const ISSUER: &str = "https://project.example/auth/v1";
const USER: Uuid = Uuid::from_u128(0x0190_5a3c_7b1e_7c4d_8e2f_1234_5678_9abc);
const TTL: Duration = Duration::from_mins(10);
const COOLDOWN: Duration = Duration::from_secs(30);
const LEEWAY: Duration = Duration::from_secs(10);
const HOUR: Duration = Duration::from_hours(1);

/// Years ago, so that a comparison with the machine's clock is noticed.
fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_600_000_000, 0).unwrap()
}

fn settings() -> Settings {
    Settings {
        jwt_secret: Some(SECRET.into()),
        jwks_url: None,
        issuer: Some(ISSUER.into()),
        audience: "authenticated".into(),
        jwks_ttl: TTL,
        jwks_cooldown: COOLDOWN,
        leeway: LEEWAY,
        allow_anonymous: false,
    }
}

/// A verifier that knows only the secret.
fn by_secret(settings: Settings) -> Verifier {
    Verifier::new(settings, Clock::manual(start())).unwrap()
}

fn secret_key() -> SigningKey {
    SigningKey::hs256(SECRET.as_bytes())
}

/// The claims of a signed-in user with `changes` over them; null takes a claim away.
fn claims(changes: Value) -> Value {
    let claims = json!({
        "iss": ISSUER,
        "aud": "authenticated",
        "role": "authenticated",
        "sub": USER,
        "email": "ada@example.com",
        "exp": start().timestamp() + 24 * 3600,
        "is_anonymous": false,
        "app_metadata": {"provider": "email"},
    });
    merge(claims, changes)
}

fn merge(mut object: Value, changes: Value) -> Value {
    let Value::Object(changes) = changes else {
        panic!("changes are an object");
    };
    let fields = object.as_object_mut().unwrap();
    for (name, value) in changes {
        match value {
            Value::Null => fields.remove(&name),
            value => fields.insert(name, value),
        };
    }
    object
}

async fn is_believed(verifier: &Verifier, token: &str) -> bool {
    match verifier.verify(token).await {
        Ok(viewer) => {
            assert_eq!(viewer.user_id, USER);
            true
        }
        Err(Error::Unauthenticated) => false,
        Err(other) => panic!("a refusal of another kind: {other:?}"),
    }
}
