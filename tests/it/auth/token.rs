//! What a token must say, as tokens signed by the shared secret.

use std::time::Duration;

use chrono::TimeDelta;
use footlight::auth::development::{Key, Subject};
use footlight::auth::{Settings, Verifier};
use footlight::clock::Clock;
use serde_json::json;
use uuid::Uuid;

use super::{
    HOUR, ISSUER, USER, by_secret, claims, is_believed, merge, secret_key, settings, start,
};
use crate::support::jwks::SigningKey;

#[tokio::test]
async fn a_token_says_who_is_calling() {
    let verifier = by_secret(settings());
    let token = secret_key().token(&claims(json!({})));
    let viewer = verifier.verify(&token).await.unwrap();
    assert_eq!(viewer.user_id, USER);
    assert_eq!(viewer.email.as_deref(), Some("ada@example.com"));
    assert!(!viewer.admin);
    assert_eq!(viewer.expires_at, start() + TimeDelta::days(1));
}

#[tokio::test]
async fn claims_decide() {
    let verifier = by_secret(settings());
    let now = start().timestamp();
    for (believed, changes) in [
        (true, json!({})),
        (true, json!({"aud": ["other", "authenticated"]})),
        (
            true,
            json!({"sub": USER.simple().to_string().to_uppercase()}),
        ),
        (true, json!({"exp": now - 9})),
        (true, json!({"exp": f64::from(i32::MAX) + 0.5})),
        (true, json!({"nbf": now + 10})),
        (
            true,
            json!({"email": null, "app_metadata": null, "is_anonymous": null}),
        ),
        (false, json!({"aud": null})),
        (false, json!({"aud": "other"})),
        (false, json!({"aud": []})),
        (false, json!({"aud": ["authenticated", 1]})),
        (false, json!({"aud": {"authenticated": true}})),
        (false, json!({"iss": null})),
        (false, json!({"iss": "https://other.example/auth/v1"})),
        (false, json!({"iss": format!("{ISSUER}/")})),
        (false, json!({"iss": [ISSUER]})),
        (false, json!({"role": null})),
        (false, json!({"role": "anon"})),
        (false, json!({"role": "service_role"})),
        (false, json!({"role": "Authenticated"})),
        (false, json!({"role": ["authenticated"]})),
        (false, json!({"sub": null})),
        (false, json!({"sub": ""})),
        (false, json!({"sub": "ada"})),
        (false, json!({"sub": Uuid::nil()})),
        (false, json!({"exp": null})),
        (false, json!({"exp": now - 10})),
        (false, json!({"exp": (now + 60).to_string()})),
        (false, json!({"exp": -1})),
        (false, json!({"nbf": now + 11})),
        (false, json!({"nbf": "0"})),
        (false, json!({"is_anonymous": true})),
        (false, json!({"is_anonymous": "false"})),
        (false, json!({"email": 7})),
    ] {
        let token = secret_key().token(&claims(changes.clone()));
        assert_eq!(is_believed(&verifier, &token).await, believed, "{changes}");
    }
}

#[tokio::test]
async fn header_fields_that_change_the_meaning_are_refused() {
    let verifier = by_secret(settings());
    let key = secret_key();
    for (believed, changes) in [
        (true, json!({"typ": null})),
        (true, json!({"typ": "jwt"})),
        (true, json!({"kid": "in-no-published-set"})),
        (
            true,
            json!({"jku": "http://127.0.0.1:9/jwks.json", "x5u": "http://127.0.0.1:9/"}),
        ),
        (false, json!({"typ": "at+jwt"})),
        (false, json!({"typ": "JWE"})),
        (false, json!({"crit": ["exp"]})),
        (false, json!({"crit": []})),
        (false, json!({"b64": false, "crit": ["b64"]})),
        (false, json!({"b64": true})),
        (false, json!({"zip": "DEF"})),
        (false, json!({"enc": "A128GCM"})),
        (false, json!({"cty": "JWT"})),
        (false, json!({"kid": 7})),
        (false, json!({"alg": "none"})),
        (false, json!({"alg": "None"})),
        (false, json!({"alg": "HS384"})),
        (false, json!({"alg": "RS256"})),
        (false, json!({"alg": null})),
    ] {
        let header = merge(key.header.clone(), changes.clone());
        let token = key.token_with(&header, &claims(json!({})));
        assert_eq!(is_believed(&verifier, &token).await, believed, "{changes}");
    }
}

#[tokio::test]
async fn what_is_not_a_signed_token_is_refused() {
    let verifier = by_secret(settings());
    let token = secret_key().token(&claims(json!({})));
    let (message, _) = token.rsplit_once('.').unwrap();
    let forged = SigningKey::hs256(b"another secret").token(&claims(json!({})));
    let long = secret_key().token(&claims(json!({"padding": "x".repeat(16 * 1024)})));
    for refused in [
        "",
        "..",
        "sb_secret_0123456789abcdef",
        message,
        &format!("{message}."),
        &format!("{token}."),
        &format!("{token}="),
        &forged,
        &long,
    ] {
        assert!(!is_believed(&verifier, refused).await, "{refused:.60}");
    }
}

#[tokio::test]
async fn administrators_are_named_by_app_metadata_alone() {
    let verifier = by_secret(settings());
    for (admin, changes) in [
        (true, json!({"app_metadata": {"role": "admin"}})),
        (false, json!({"app_metadata": {"role": "Admin"}})),
        (false, json!({"app_metadata": {"role": ["admin"]}})),
        (false, json!({"app_metadata": "admin"})),
        (
            false,
            json!({"user_metadata": {"role": "admin"}, "admin": true}),
        ),
    ] {
        let token = secret_key().token(&claims(changes.clone()));
        assert_eq!(
            verifier.verify(&token).await.unwrap().admin,
            admin,
            "{changes}"
        );
    }
}

#[tokio::test]
async fn an_empty_email_is_none_and_a_nul_is_replaced() {
    let verifier = by_secret(settings());
    for (email, expected) in [("", None), ("a\0@b", Some("a\u{FFFD}@b"))] {
        let token = secret_key().token(&claims(json!({"email": email})));
        let viewer = verifier.verify(&token).await.unwrap();
        assert_eq!(viewer.email.as_deref(), expected);
    }
}

#[tokio::test]
async fn an_expiry_far_ahead_is_a_year() {
    let verifier = by_secret(settings());
    for exp in [
        json!(start().timestamp() + 400 * 24 * 3600),
        json!(u64::MAX - 2048),
    ] {
        let token = secret_key().token(&claims(json!({"exp": exp})));
        let viewer = verifier.verify(&token).await.unwrap();
        assert_eq!(viewer.expires_at, start() + TimeDelta::days(365), "{exp}");
    }
}

#[tokio::test]
async fn anonymous_users_come_in_when_allowed() {
    let verifier = by_secret(Settings {
        allow_anonymous: true,
        ..settings()
    });
    let token = secret_key().token(&claims(json!({"is_anonymous": true, "email": ""})));
    assert!(is_believed(&verifier, &token).await);
}

#[tokio::test]
async fn without_a_known_issuer_any_plain_one_will_do() {
    let verifier = by_secret(Settings {
        issuer: None,
        ..settings()
    });
    for (believed, changes) in [
        (true, json!({"iss": null})),
        (true, json!({"iss": "https://other.example"})),
        (false, json!({"iss": ["https://other.example"]})),
    ] {
        let token = secret_key().token(&claims(changes.clone()));
        assert_eq!(is_believed(&verifier, &token).await, believed, "{changes}");
    }
}

#[tokio::test]
async fn a_token_expires_by_our_clock() {
    let clock = Clock::manual(start());
    let verifier = Verifier::new(settings(), clock.clone()).unwrap();
    let token = secret_key().token(&claims(json!({"exp": start().timestamp() + 60})));
    assert!(is_believed(&verifier, &token).await);
    clock.advance(Duration::from_secs(70));
    assert!(!is_believed(&verifier, &token).await);
}

#[tokio::test]
async fn development_tokens_are_believed() {
    let folder = tempfile::tempdir().unwrap();
    let key = Key::load_or_create(&folder.path().join("dev.key")).unwrap();
    let verifier = by_secret(Settings {
        jwt_secret: Some(key.secret()),
        issuer: None,
        ..settings()
    });
    let subject = Subject {
        user_id: USER,
        email: Some("dev@localhost".into()),
        admin: true,
    };
    let token = key.mint(&subject, HOUR, start()).unwrap();
    let viewer = verifier.verify(&token).await.unwrap();
    assert_eq!(viewer.email, subject.email);
    assert!(viewer.admin);
    assert_eq!(viewer.expires_at, start() + HOUR);
}
