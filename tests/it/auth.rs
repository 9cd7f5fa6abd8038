//! Whose tokens are believed, against a real key server and a clock that the test moves.

use std::io;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use footlight::auth::development::{Key, Subject};
use footlight::auth::{Settings, Verifier};
use footlight::clock::Clock;
use footlight::error::Error;
use futures_util::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::jwks::{Answer, JwksServer, SigningKey};

const SECRET: &str = "a-secret-of-at-least-thirty-two-characters";
const ISSUER: &str = "https://project.example/auth/v1";
const USER: Uuid = Uuid::from_u128(0x0190_5a3c_7b1e_7c4d_8e2f_1234_5678_9abc);
const TTL: Duration = Duration::from_mins(10);
const COOLDOWN: Duration = Duration::from_secs(30);
const LEEWAY: Duration = Duration::from_secs(10);
const HOUR: Duration = Duration::from_hours(1);

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
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

/// A verifier that knows only what `server` publishes, and its clock.
fn published_by(server: &JwksServer) -> (Verifier, Clock) {
    let clock = Clock::manual(start());
    let settings = Settings {
        jwt_secret: None,
        jwks_url: Some(server.url.clone()),
        ..settings()
    };
    (Verifier::new(settings, clock.clone()).unwrap(), clock)
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

#[tokio::test]
async fn every_published_algorithm_verifies_with_one_fetch() {
    let keys = [
        SigningKey::rs256("rsa"),
        SigningKey::es256("ec"),
        SigningKey::eddsa("ed"),
    ];
    let server = JwksServer::publishing(&keys.each_ref()).await;
    let (verifier, _) = published_by(&server);
    for key in &keys {
        let token = key.token(&claims(json!({})));
        assert!(is_believed(&verifier, &token).await, "{}", key.header);
    }
    assert_eq!(server.fetches(), 1);
}

#[tokio::test]
async fn the_key_decides_the_algorithm() {
    let rsa = SigningKey::rs256("rsa");
    let ec = SigningKey::es256("ec");
    let server = JwksServer::publishing(&[&rsa, &ec]).await;
    let pem = SigningKey::hs256(rsa.public_pem.as_ref().unwrap().as_bytes());
    let (only_published, _) = published_by(&server);
    let with_secret = by_secret(Settings {
        jwks_url: Some(server.url.clone()),
        ..settings()
    });
    for verifier in [only_published, with_secret] {
        for (key, header) in [
            (&pem, json!({"alg": "HS256", "kid": "rsa"})),
            (&pem, json!({"alg": "RS256", "kid": "rsa"})),
            (&rsa, json!({"alg": "HS256", "kid": "rsa"})),
            (&rsa, json!({"alg": "PS256", "kid": "rsa"})),
            (&rsa, json!({"alg": "RS256", "kid": "ec"})),
            (&ec, json!({"alg": "RS256", "kid": "rsa"})),
            (&rsa, json!({"alg": "none", "kid": "rsa"})),
        ] {
            let token = key.token_with(&header, &claims(json!({})));
            assert!(!is_believed(&verifier, &token).await, "{header}");
        }
        assert!(is_believed(&verifier, &rsa.token(&claims(json!({})))).await);
    }
}

#[tokio::test]
async fn a_published_secret_signs_nothing() {
    let server = JwksServer::publishing(&[]).await;
    server.answer(Answer::Keys(vec![json!({
        "kty": "oct", "kid": "shared", "alg": "HS256", "k": "c2VjcmV0",
    })]));
    let (verifier, _) = published_by(&server);
    let key = SigningKey::hs256(b"secret");
    let token = key.token_with(
        &json!({"alg": "HS256", "kid": "shared"}),
        &claims(json!({})),
    );
    assert!(!is_believed(&verifier, &token).await);
}

#[tokio::test]
async fn the_secret_answers_without_a_look_up() {
    let server = JwksServer::publishing(&[]).await;
    let verifier = by_secret(Settings {
        jwks_url: Some(server.url.clone()),
        ..settings()
    });
    let header = json!({"alg": "HS256", "kid": "imported-legacy-secret"});
    let token = secret_key().token_with(&header, &claims(json!({})));
    assert!(is_believed(&verifier, &token).await);
    assert_eq!(server.fetches(), 0);
}

#[tokio::test]
async fn a_token_without_kid_needs_the_only_key_of_its_algorithm() {
    let (first, second) = (SigningKey::es256("first"), SigningKey::es256("second"));
    let other = SigningKey::eddsa("other");
    let server = JwksServer::publishing(&[&first, &other]).await;
    let (verifier, clock) = published_by(&server);
    let token = first.token_with(&json!({"alg": "ES256"}), &claims(json!({})));
    assert!(is_believed(&verifier, &token).await);

    server.publish(&[&first, &second, &other]);
    clock.advance(TTL);
    assert!(!is_believed(&verifier, &token).await);
}

#[tokio::test]
async fn a_rotated_key_is_found_and_the_old_one_forgotten() {
    let (old, new) = (SigningKey::es256("old"), SigningKey::es256("new"));
    let server = JwksServer::publishing(&[&old]).await;
    let (verifier, clock) = published_by(&server);
    let (by_old, by_new) = (old.token(&claims(json!({}))), new.token(&claims(json!({}))));
    assert!(is_believed(&verifier, &by_old).await);

    server.publish(&[&old, &new]);
    clock.advance(COOLDOWN);
    assert!(is_believed(&verifier, &by_new).await);
    assert!(is_believed(&verifier, &by_old).await);
    assert_eq!(server.fetches(), 2);

    server.publish(&[&new]);
    clock.advance(TTL);
    assert!(!is_believed(&verifier, &by_old).await);
    assert!(is_believed(&verifier, &by_new).await);
    assert_eq!(server.fetches(), 3);
}

#[tokio::test]
async fn unknown_kids_fetch_once_a_cooldown() {
    let known = SigningKey::es256("known");
    let server = JwksServer::publishing(&[&known]).await;
    let (verifier, clock) = published_by(&server);
    for fetches in 1..=3 {
        for kid in ["a", "b", "c"] {
            let header = json!({"alg": "ES256", "kid": kid});
            let token = known.token_with(&header, &claims(json!({})));
            assert!(!is_believed(&verifier, &token).await);
        }
        assert!(is_believed(&verifier, &known.token(&claims(json!({})))).await);
        assert_eq!(server.fetches(), fetches);
        clock.advance(COOLDOWN - Duration::from_millis(1));
        assert!(!is_believed(&verifier, &SigningKey::es256("d").token(&claims(json!({})))).await);
        assert_eq!(server.fetches(), fetches);
        clock.advance(Duration::from_millis(1));
    }
}

#[tokio::test]
async fn many_at_once_share_one_fetch() {
    let key = SigningKey::es256("key");
    let server = JwksServer::publishing(&[&key]).await;
    let verifier = Verifier::new(
        Settings {
            jwks_url: Some(server.url.clone()),
            // Only the sharing may keep the number of fetches down.
            jwks_cooldown: Duration::ZERO,
            ..settings()
        },
        Clock::manual(start()),
    )
    .unwrap();
    let token = key.token(&claims(json!({})));
    server.hold();
    let mut all = pin!(join_all((0..20).map(|_| is_believed(&verifier, &token))));
    tokio::select! {
        biased;
        _ = &mut all => panic!("verified without a key"),
        () = server.fetched(1) => {}
    }
    server.release();
    assert_eq!(all.await, [true; 20]);
    assert_eq!(server.fetches(), 1);
}

#[tokio::test]
async fn a_client_that_goes_away_does_not_end_the_fetch() {
    let key = SigningKey::es256("key");
    let server = JwksServer::publishing(&[&key]).await;
    let (verifier, _) = published_by(&server);
    let token = key.token(&claims(json!({})));
    server.hold();
    tokio::select! {
        _ = is_believed(&verifier, &token) => panic!("verified without a key"),
        () = server.fetched(1) => {}
    }
    server.release();
    assert!(is_believed(&verifier, &token).await);
    assert_eq!(server.fetches(), 1);
}

#[tokio::test]
async fn known_keys_serve_on_for_an_hour_while_fetches_fail() {
    let key = SigningKey::es256("key");
    let server = JwksServer::publishing(&[&key]).await;
    let (verifier, clock) = published_by(&server);
    let token = key.token(&claims(json!({})));
    assert!(is_believed(&verifier, &token).await);

    server.answer(Answer::Failure);
    clock.advance(TTL);
    assert!(is_believed(&verifier, &token).await);
    assert!(is_believed(&verifier, &token).await);
    assert_eq!(server.fetches(), 2, "the cooldown holds for failures too");

    clock.advance(HOUR - Duration::from_millis(1));
    assert!(is_believed(&verifier, &token).await);
    clock.advance(Duration::from_millis(1));
    assert!(!is_believed(&verifier, &token).await);

    server.publish(&[&key]);
    clock.advance(COOLDOWN);
    assert!(is_believed(&verifier, &token).await);
}

#[tokio::test]
async fn an_answer_that_is_no_key_set_changes_nothing() {
    let key = SigningKey::es256("key");
    let elsewhere = JwksServer::publishing(&[&key]).await;
    let server = JwksServer::publishing(&[]).await;
    let (verifier, clock) = published_by(&server);
    let token = key.token(&claims(json!({})));
    let mut oversize = json!({"keys": [key.published]}).to_string().into_bytes();
    oversize.resize(1024 * 1024 + 1, b' ');
    let full = oversize[..1024 * 1024].to_vec();
    for answer in [
        Answer::Redirect(elsewhere.url.clone()),
        Answer::Body(oversize),
        Answer::Body(b"<html>".to_vec()),
        Answer::Failure,
    ] {
        server.answer(answer);
        assert!(!is_believed(&verifier, &token).await);
        clock.advance(COOLDOWN);
    }
    assert_eq!(server.fetches(), 4);
    assert_eq!(elsewhere.fetches(), 0);

    server.answer(Answer::Body(full));
    assert!(
        is_believed(&verifier, &token).await,
        "1 MiB is not too much"
    );
}

#[tokio::test]
async fn a_failed_fetch_is_warned_of_once_and_no_secret_is_logged() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let server = JwksServer::publishing(&[]).await;
    server.answer(Answer::Failure);
    let address = server.url.replace("http://", "http://user:hunter2@");
    let verifier = by_secret(Settings {
        jwks_url: Some(format!("{address}?apikey=opensesame")),
        ..settings()
    });
    let token = SigningKey::es256("key").token(&claims(json!({})));
    let signature = token.rsplit('.').next().unwrap();
    assert!(!is_believed(&verifier, &token).await);
    assert!(!is_believed(&verifier, &token).await);

    let text = log.text();
    let ours: Vec<_> = text
        .lines()
        .filter(|line| line.contains("footlight::"))
        .collect();
    let warnings = ours.iter().filter(|line| line.contains("WARN")).count();
    assert_eq!(warnings, 1, "{text}");
    assert!(
        ours.iter()
            .any(|line| line.contains("access token refused")),
        "{text}"
    );
    for secret in [
        "hunter2",
        "opensesame",
        signature,
        SECRET,
        "ada@example.com",
    ] {
        assert!(
            !ours.iter().any(|line| line.contains(secret)),
            "{secret} in {text}"
        );
    }
}

/// Keeps what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
