//! Small documents that ask for much: each is refused quickly, over HTTP and over a websocket, and
//! leaves the server as it was. `document` has them all.

mod document;
mod message;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::process::{Cluster, Process, eventually};
use crate::support::server::{Server, User};
use crate::support::socket::Socket;
use document::Hostile;

/// In which a document is refused.
const QUICK: Duration = Duration::from_millis(100);
/// How often a document may try to be refused as quickly.
const TRIES: usize = 5;
/// What an allocator may keep of what it was given back, over all documents.
const SLACK: usize = 32 * 1024 * 1024;
/// What a server says at most when it refuses.
const LONGEST_ANSWER: usize = 10 * 1024;
/// The longest message that a websocket takes.
const LONGEST_MESSAGE: usize = 128 * 1024;

#[tokio::test]
async fn hostile_documents_are_refused_quickly_and_leave_nothing_behind() {
    let cluster = Cluster::new().await;
    let process = cluster.start(&[]).await;
    let user = cluster.user();
    let http = reqwest::Client::new();
    for _ in 0..5 {
        answers(&http, process.address, &user).await;
    }
    let before = process.resident();
    for hostile in document::all() {
        by_http(&http, &process, &user, &hostile).await;
        by_socket(&cluster, &process, &user, &hostile).await;
        answers(&http, process.address, &user).await;
    }
    if let Some(before) = before {
        let back = async || process.resident().filter(|now| *now < before + SLACK);
        eventually("the memory of the documents", back).await;
    }
}

#[tokio::test]
async fn a_subscription_selects_one_field() {
    let server = Server::start().await;
    let user = server.user();
    let events = "executionStatusChanged { seq }";
    for roots in [
        format!("a: {events} b: {events}"),
        format!("...{{ a: {events} }} {events}"),
        format!("...F {events} }} fragment F on Subscription {{ a: {events}"),
    ] {
        let payload = json!({ "query": format!("subscription {{ {roots} }}") });
        let message = json!({ "id": "1", "type": "subscribe", "payload": payload });
        let mut socket = server.socket(&user).await;
        let answer = socket.exchange(&message.to_string()).await.unwrap();
        let code = &answer["payload"][0]["extensions"]["code"];
        assert_eq!(code, document::INVALID, "{answer}");
    }
    server.stop().await;
}

async fn by_http(http: &reqwest::Client, process: &Process, user: &User, hostile: &Hostile) {
    let body = hostile.parameters().to_string();
    let mut tries = Vec::new();
    for _ in 0..TRIES {
        let request = http.post(format!("http://{}/graphql", process.address));
        let request = request
            .bearer_auth(&user.token)
            .header("content-type", "application/json")
            .body(body.clone());
        let taken = Taken::begin(process);
        let answer = request.send().await.unwrap().bytes().await.unwrap();
        tries.push(taken.end(process));
        assert!(answer.len() < LONGEST_ANSWER, "{}", hostile.name);
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert_eq!(answer.get("data"), None, "{}", hostile.name);
        is_refused(&answer["errors"], hostile);
        if tries.last() < Some(&QUICK) {
            return;
        }
    }
    panic!("{} by HTTP took {tries:?}", hostile.name);
}

async fn by_socket(cluster: &Cluster, process: &Process, user: &User, hostile: &Hostile) {
    let payload = hostile.parameters();
    let message = json!({ "id": "1", "type": "subscribe", "payload": payload }).to_string();
    let mut tries = Vec::new();
    for _ in 0..TRIES {
        let mut socket = cluster.socket(process, user).await;
        let taken = Taken::begin(process);
        let answer = socket.exchange(&message).await;
        tries.push(taken.end(process));
        if let Some(answer) = answer {
            assert_eq!(answer["type"], "error", "{}: {answer}", hostile.name);
            is_refused(&answer["payload"], hostile);
            still_speaks(&mut socket).await;
        } else {
            assert!(message.len() > LONGEST_MESSAGE, "{}", hostile.name);
        }
        if tries.last() < Some(&QUICK) {
            return;
        }
    }
    panic!("{} by websocket took {tries:?}", hostile.name);
}

fn is_refused(errors: &Value, hostile: &Hostile) {
    let name = hostile.name;
    let errors = errors
        .as_array()
        .unwrap_or_else(|| panic!("{name}: {errors}"));
    assert!((1..=10).contains(&errors.len()), "{name}");
    for error in errors {
        assert_eq!(error["extensions"]["code"], hostile.code, "{name}: {error}");
        let message = error["message"].as_str().unwrap();
        assert!(message.chars().count() <= 300, "{name}");
    }
}

async fn still_speaks(socket: &mut Socket) {
    socket.subscribe("{ __typename }", json!({})).await;
    let answer = socket.next().await.unwrap();
    assert_eq!(answer, json!({ "data": { "__typename": "Query" } }));
    assert_eq!(socket.next().await, None);
}

async fn answers(http: &reqwest::Client, address: SocketAddr, user: &User) {
    let request = http.post(format!("http://{address}/graphql"));
    let request = request
        .bearer_auth(&user.token)
        .json(&json!({ "query": "{ me { id } }" }));
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["data"]["me"]["id"], json!(user.id));
}

/// How long something takes: by the watch or, where that is less because the machine does other
/// things too, by the work of the server.
struct Taken {
    watch: Instant,
    worked: Option<Duration>,
}

impl Taken {
    fn begin(process: &Process) -> Self {
        Self {
            worked: process.worked(),
            watch: Instant::now(),
        }
    }

    fn end(self, process: &Process) -> Duration {
        let watch = self.watch.elapsed();
        let worked = process.worked().zip(self.worked);
        worked.map_or(watch, |(after, before)| {
            watch.min(after.saturating_sub(before))
        })
    }
}
