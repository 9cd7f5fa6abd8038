//! HTTP over real sockets, with a small schema of its own: `server` is what the tests talk to,
//! `request` asks by POST and GET, `live` for streams, `socket`, `operation` and `legacy` by websocket,
//! as `client` does. `deadline` and `rate` try its patience, by hand where `peer` sends the bytes;
//! `method` asks what there is not.

use footlight::http::Settings;
use footlight::http::door::origin::AllowedOrigins;
use reqwest::{Method, StatusCode};

use self::server::{ADA, Server};

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
    for (origin, allowed) in [
        ("https://app.example.com", true),
        ("https://evil.example.com", false),
        ("null", false),
    ] {
        let answer = server
            .request(Method::OPTIONS, "/graphql")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header(
                "access-control-request-headers",
                "authorization,content-type",
            )
            .send()
            .await
            .unwrap();
        let echoed = answer.headers().get("access-control-allow-origin");
        assert_eq!(
            echoed.is_some_and(|echo| echo == origin),
            allowed,
            "{origin}"
        );
    }
}
