//! Which published keys verify, against a real key server and a clock that the test moves.

use std::io::{BufRead, BufReader};
use std::pin::pin;
use std::process::{Command, Stdio};
use std::time::Duration;

use footlight::auth::{Settings, Verifier};
use footlight::clock::Clock;
use futures_util::future::join_all;
use serde_json::json;

use super::{
    COOLDOWN, HOUR, SECRET, TTL, by_secret, claims, is_believed, secret_key, settings, start,
};
use crate::support::jwks::{Answer, JwksServer, SigningKey};

/// The least that the clock can move.
const TICK: Duration = Duration::from_millis(1);

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
        clock.advance(COOLDOWN.saturating_sub(TICK));
        assert!(!is_believed(&verifier, &SigningKey::es256("d").token(&claims(json!({})))).await);
        assert_eq!(server.fetches(), fetches);
        clock.advance(TICK);
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

    clock.advance(HOUR.saturating_sub(TICK));
    assert!(is_believed(&verifier, &token).await);
    clock.advance(TICK);
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
    let published = JwksServer::publishing(&[]).await;
    published.answer(Answer::Failure);
    let token = SigningKey::es256("key").token(&claims(json!({})));
    let signature = token.rsplit('.').next().unwrap();
    for address in [&published.url, "http://127.0.0.1:1/jwks.json"] {
        let address = address.replace("http://", "http://user:hunter2@");
        let log = log_of_two_refusals(&format!("{address}?apikey=opensesame"), &token).await;
        assert_eq!(
            log.matches("the key set was not fetched").count(),
            1,
            "{log}"
        );
        assert!(log.contains("access token refused"), "{log}");
        for secret in [
            "hunter2",
            "opensesame",
            signature,
            SECRET,
            "ada@example.com",
        ] {
            assert!(!log.contains(secret), "{secret} in {log}");
        }
    }
}

/// What a server of its own process logs, at debug, while it refuses a token twice. Its log is its
/// own: within this process other tests would share the switches of the log.
async fn log_of_two_refusals(jwks_url: &str, token: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_footlight"))
        .args(["serve", "--listen", "127.0.0.1:0", "--jwks-url", jwks_url])
        .args(["--rust-log", "info,footlight=debug"])
        .current_dir(folder.path())
        .env_clear()
        .env("SUPABASE_JWT_SECRET", SECRET)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut log = String::new();
    let address = loop {
        let line = lines.next().unwrap().unwrap();
        log += &line;
        if let Some((_, address)) = line.split_once("address=") {
            break address.trim().to_owned();
        }
    };
    for _ in 0..2 {
        let request = reqwest::Client::new()
            .post(format!("http://{address}/graphql"))
            .bearer_auth(token)
            .json(&json!({ "query": "{ me { id } }" }));
        assert_eq!(request.send().await.unwrap().status(), 401);
    }
    child.kill().unwrap();
    log.extend(lines.map_while(Result::ok));
    child.wait().unwrap();
    log
}
