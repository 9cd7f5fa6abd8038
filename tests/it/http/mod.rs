//! HTTP over real sockets, with a small schema of its own: `server` is what the tests talk to,
//! `request` asks by POST and GET, `live` for streams, `socket`, `operation` and `legacy` by websocket,
//! as `client` does. `deadline` and `rate` try its patience, by hand where `peer` sends the bytes;
//! `method` asks what there is not.

use footlight::http::Settings;
use footlight::http::door::origin::AllowedOrigins;
use reqwest::{Method, StatusCode};

use self::server::{ADA, Answer, Server};

mod client;
mod deadline;
mod legacy;
mod live;
mod method;
mod operation;
mod peer;
mod rate;
mod request;
mod server;
mod socket;

#[tokio::test]
async fn health_says_whether_to_send_requests() {
    let server = Server::start().await;
    let live = server.get("/healthz").send().await.unwrap();
    assert_eq!(live.status(), 200);
    assert_eq!(live.text().await.unwrap(), "ok");

    let status = async || server.get("/readyz").send().await.unwrap().status();
    assert_eq!(status().await, StatusCode::OK);
    server.set_ready(false);
    assert_eq!(status().await, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn every_request_has_an_id_that_resolvers_see() {
    let server = Server::start().await;
    let answer = server.post(ADA, "{ requestId }").await;
    let header = answer.headers["x-request-id"].to_str().unwrap();
    assert_eq!(answer.body["data"]["requestId"], header);
}

#[tokio::test]
async fn an_id_that_the_caller_gives_is_the_request_s() {
    let server = Server::start().await;
    let longest = "x".repeat(128);
    let longer = "x".repeat(129);
    for (given, taken) in [
        ("from-the-proxy:1", true),
        (&longest, true),
        (&longer, false),
    ] {
        let asking = server.asking(ADA, "{ requestId }");
        let answer = Answer::of(asking.header("x-request-id", given)).await;
        let header = answer.headers["x-request-id"].to_str().unwrap();
        assert_eq!(header == given, taken, "{header}");
        assert_eq!(answer.body["data"]["requestId"], header);
    }
}

#[tokio::test]
async fn large_answers_are_compressed_for_who_asks() {
    let server = Server::start().await;
    let ask = async |length: usize, accepted: &str| {
        let asking = server.asking(ADA, &format!("{{ long(length: {length}) }}"));
        let answer = asking
            .header("accept-encoding", accepted)
            .send()
            .await
            .unwrap();
        let encoding = answer.headers().get("content-encoding").cloned();
        let varies = answer
            .headers()
            .get_all("vary")
            .iter()
            .any(|it| it == "accept-encoding");
        assert!(encoding.is_none() || varies);
        let encoding = encoding.map(|it| it.to_str().unwrap().to_owned());
        (encoding, answer.bytes().await.unwrap().len())
    };
    for (accepted, expected) in [
        ("gzip", "gzip"),
        ("br", "br"),
        ("zstd", "zstd"),
        ("gzip;q=0.5, br", "br"),
        // Node 20 offers what it cannot read.
        ("gzip, deflate, br, zstd", "br"),
        ("zstd, gzip", "gzip"),
        ("gzip;q=0, zstd", "zstd"),
    ] {
        let (encoding, size) = ask(100_000, accepted).await;
        assert_eq!(encoding.as_deref(), Some(expected), "{accepted}");
        assert!(size < 2_000, "{accepted}: {size}");
        // With what is around it, just too small.
        assert_eq!(ask(1024 - 20, accepted).await.0, None, "{accepted}");
        assert!(ask(1024, accepted).await.0.is_some(), "{accepted}");
    }
    assert_eq!(ask(100_000, "identity").await.0, None);
    assert_eq!(ask(100_000, "gzip;q=0").await.0, None);
}

#[tokio::test]
async fn streams_are_never_compressed() {
    let server = Server::start().await;
    for accept in ["text/event-stream", "multipart/mixed;subscriptionSpec=1.0"] {
        let asking = server.asking(ADA, "subscription { count(to: 2000) }");
        let asking = asking
            .header("accept", accept)
            .header("accept-encoding", "gzip, br, zstd");
        let answer = asking.send().await.unwrap();
        assert_eq!(answer.headers().get("content-encoding"), None, "{accept}");
        assert!(answer.text().await.unwrap().contains("2000"), "{accept}");
    }
}

#[tokio::test]
async fn a_loopback_server_answers_to_loopback_names_alone() {
    let server = Server::start_with(|settings| Settings {
        loopback_hosts_only: true,
        ..settings
    })
    .await;
    for (host, status) in [
        ("localhost:1", 200),
        ("127.0.0.1", 200),
        ("[::1]:8080", 200),
        ("evil.example.com", 421),
        ("localhost.evil.example.com", 421),
    ] {
        let answer = server.get("/healthz").header("host", host).send().await;
        assert_eq!(answer.unwrap().status(), status, "{host}");
    }
}

#[tokio::test]
async fn listed_origins_pass_preflight() {
    let server = Server::start_with(|settings| Settings {
        allowed_origins: AllowedOrigins::parse(["https://app.example.com"]).unwrap(),
        ..settings
    })
    .await;
    // What Apollo's client asks for when it is told its name.
    let asked = "authorization,content-type,apollographql-client-name";
    for (origin, allowed) in [
        ("https://app.example.com", true),
        ("https://evil.example.com", false),
        ("null", false),
    ] {
        let answer = server
            .request(Method::OPTIONS, "/graphql")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", asked)
            .send()
            .await
            .unwrap();
        let echoed = answer.headers().get("access-control-allow-origin");
        assert_eq!(
            echoed.is_some_and(|echo| echo == origin),
            allowed,
            "{origin}"
        );
        if allowed {
            assert_eq!(answer.headers()["access-control-allow-headers"], asked);
            assert_eq!(answer.headers()["access-control-max-age"], "7200");
        }
    }
}
