//! An issuer of tokens: keys made for the test, and the HTTP server that publishes them.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaKeyPair,
};
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A private key, and the header and published form of its kid and algorithm.
#[derive(Clone)]
pub struct SigningKey {
    pub header: Value,
    pub published: Value,
    /// The public key as PEM text; RSA alone.
    pub public_pem: Option<String>,
    algorithm: Algorithm,
    private: EncodingKey,
}

impl SigningKey {
    pub fn rs256(kid: &str) -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let private = pem("PRIVATE KEY", pair.as_der().unwrap().as_ref());
        let public = pair.public_key().as_der().unwrap();
        Self {
            public_pem: Some(pem("PUBLIC KEY", public.as_ref())),
            ..Self::asymmetric(
                kid,
                Algorithm::RS256,
                EncodingKey::from_rsa_pem(private.as_bytes()).unwrap(),
            )
        }
    }

    pub fn es256(kid: &str) -> Self {
        let curve = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pair = EcdsaKeyPair::generate_pkcs8(curve, &SystemRandom::new()).unwrap();
        let private = EncodingKey::from_ec_der(pair.as_ref());
        Self::asymmetric(kid, Algorithm::ES256, private)
    }

    pub fn eddsa(kid: &str) -> Self {
        let pair = Ed25519KeyPair::generate_pkcs8v1(&SystemRandom::new()).unwrap();
        let private = EncodingKey::from_ed_der(pair.as_ref());
        Self::asymmetric(kid, Algorithm::EdDSA, private)
    }

    /// A shared secret, which is not published.
    pub fn hs256(secret: &[u8]) -> Self {
        Self {
            header: json!({"alg": "HS256", "typ": "JWT"}),
            published: Value::Null,
            public_pem: None,
            algorithm: Algorithm::HS256,
            private: EncodingKey::from_secret(secret).unwrap(),
        }
    }

    fn asymmetric(kid: &str, algorithm: Algorithm, private: EncodingKey) -> Self {
        let public = Jwk::from_encoding_key(&private, algorithm).unwrap();
        let mut published = serde_json::to_value(public).unwrap();
        published["kid"] = json!(kid);
        published["use"] = json!("sig");
        Self {
            header: json!({"alg": algorithm, "typ": "JWT", "kid": kid}),
            published,
            public_pem: None,
            algorithm,
            private,
        }
    }

    /// A token with the key's own header.
    pub fn token(&self, claims: &Value) -> String {
        self.token_with(&self.header, claims)
    }

    /// A token with any header at all, signed by this key nevertheless.
    pub fn token_with(&self, header: &Value, claims: &Value) -> String {
        let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let message = format!("{}.{}", encode(header), encode(claims));
        let signature =
            jsonwebtoken::crypto::sign(message.as_bytes(), &self.private, self.algorithm).unwrap();
        format!("{message}.{signature}")
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}

/// What the server answers with.
#[derive(Clone)]
pub enum Answer {
    Keys(Vec<Value>),
    Body(Vec<u8>),
    Failure,
    Redirect(String),
}

/// Publishes a key set on a loopback port until it is dropped.
pub struct JwksServer {
    pub url: String,
    desk: Arc<Desk>,
    task: JoinHandle<()>,
}

struct Desk {
    answer: Mutex<Answer>,
    fetches: watch::Sender<usize>,
    open: watch::Sender<bool>,
}

impl JwksServer {
    pub async fn publishing(keys: &[&SigningKey]) -> Self {
        let desk = Arc::new(Desk {
            answer: Mutex::new(Answer::Keys(Vec::new())),
            fetches: watch::Sender::new(0),
            open: watch::Sender::new(true),
        });
        let router = Router::new()
            .route("/jwks.json", get(answer))
            .with_state(Arc::clone(&desk));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}/jwks.json", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let server = Self { url, desk, task };
        server.publish(keys);
        server
    }

    pub fn publish(&self, keys: &[&SigningKey]) {
        let keys = keys.iter().map(|key| key.published.clone()).collect();
        self.answer(Answer::Keys(keys));
    }

    pub fn answer(&self, answer: Answer) {
        *self.desk.answer.lock().unwrap() = answer;
    }

    /// How many requests have arrived.
    pub fn fetches(&self) -> usize {
        *self.desk.fetches.borrow()
    }

    /// Returns when `count` requests have arrived, answered or not.
    pub async fn fetched(&self, count: usize) {
        let mut fetches = self.desk.fetches.subscribe();
        fetches.wait_for(|fetches| *fetches >= count).await.unwrap();
    }

    /// Keeps requests waiting until [`JwksServer::release`].
    pub fn hold(&self) {
        self.desk.open.send_replace(false);
    }

    pub fn release(&self) {
        self.desk.open.send_replace(true);
    }
}

impl Drop for JwksServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(State(desk): State<Arc<Desk>>) -> Response {
    desk.fetches.send_modify(|fetches| *fetches += 1);
    let mut open = desk.open.subscribe();
    open.wait_for(|open| *open).await.unwrap();
    let answer = desk.answer.lock().unwrap().clone();
    match answer {
        Answer::Keys(keys) => axum::Json(json!({"keys": keys})).into_response(),
        Answer::Body(body) => body.into_response(),
        Answer::Failure => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Answer::Redirect(to) => (StatusCode::FOUND, [(header::LOCATION, to)]).into_response(),
    }
}
