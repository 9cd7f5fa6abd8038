//! Waiting between calls: how long, by whose clock, and who holds a slot meanwhile.

use std::time::Duration;

use chrono::{DateTime, Utc};
use footlight::clock::Clock;
use serde_json::{Value, json};

use super::{EVENTS, ended, kinds, nested, one_stage, read, told, until};
use crate::support::provider::{Provider, Reply};
use crate::support::server::{Server, User, text};

fn new_year() -> Clock {
    Clock::manual("2031-01-01T00:00:00Z".parse().unwrap())
}

#[tokio::test]
async fn a_wait_that_the_provider_asks_for_is_kept_to_and_a_long_one_frees_the_slot() {
    for (header, asked, status) in [
        ("4", "2031-01-01T00:00:04.000Z", "RUNNING"),
        ("6", "2031-01-01T00:00:06.000Z", "PENDING"),
        ("3600", "2031-01-01T01:00:00.000Z", "PENDING"),
        (
            "Wed, 01 Jan 2031 00:10:00 GMT",
            "2031-01-01T00:10:00.000Z",
            "PENDING",
        ),
    ] {
        let server = Server::start_with(new_year(), |_| {}).await;
        server
            .provider
            .reply(Reply::status(429).retry_after(header));
        server.provider.reply(Reply::text("late"));
        let user = server.user();
        let id = server.run_of(&user, json!([{}])).await;
        until(&server, &user, &id, "StageRetryScheduled", None).await;
        let run = read(&server, &user, &id).await;
        assert_eq!(run["status"], status, "{header}");
        // Not before that moment, and not all in that moment.
        let due = text(&run["nextRunAt"]);
        let moment = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let late = (moment(&due) - moment(asked)).num_milliseconds();
        assert!((0..=30_000).contains(&late), "{header}: {late} ms");
        let wait = (moment(&due) - server.clock.now()).to_std().unwrap();
        server.clock.advance(wait);
        let user = server.again(&user);
        let events = told(&server, &user, &id).await;
        let began_again = &events[kinds(&events).len() - 3];
        assert_eq!(began_again["attemptNumber"], 2);
        assert_eq!(text(&began_again["occurredAt"]), due);
        let run = read(&server, &user, &id).await;
        assert_eq!(run["status"], "COMPLETED");
        assert_eq!(run["nextRunAt"], Value::Null);
        server.stop().await;
    }
}

#[tokio::test]
async fn a_provider_that_asks_for_no_wait_is_waited_for_like_one_that_does_not_say() {
    for header in ["0", "Wed, 21 Oct 2015 07:28:00 GMT"] {
        let server = Server::start_with(new_year(), |_| {}).await;
        server
            .provider
            .otherwise(move |_| Reply::status(429).retry_after(header));
        let user = server.user();
        let id = server.run_of(&user, json!([{}])).await;
        let waits = waits(&server, &user, &id).await;
        assert_eq!(waits.len(), 4, "{waits:?}");
        // The chance of a false alarm is less than one to ten million.
        assert!(waits.iter().sum::<i64>() > 100, "{waits:?}");
        server.stop().await;
    }
}

/// The waits between the attempts of a run that tries in vain, in milliseconds; each ends as soon as it is
/// told of.
async fn waits(server: &Server, user: &User, id: &str) -> Vec<i64> {
    let mut socket = server.socket(user).await;
    socket.subscribe(EVENTS, json!({ "id": id })).await;
    let mut waits = Vec::new();
    while let Some(mut told) = socket.next().await {
        let event = told["data"]["executionEvents"].take();
        if event["__typename"] == "StageRetryScheduled" {
            let at = |field: &str| text(&event[field]).parse::<DateTime<Utc>>().unwrap();
            waits.push((at("retryAt") - at("occurredAt")).num_milliseconds());
            server.clock.advance(Duration::from_secs(5));
        }
    }
    waits
}

#[tokio::test]
async fn a_provider_that_asks_to_wait_longer_than_an_hour_has_failed_the_stage() {
    for wait in [
        "3601",
        "99999999999999999999999999",
        "Mon, 21 Oct 2199 07:28:00 GMT",
    ] {
        let reply = Reply::status(429).retry_after(wait);
        let run = one_stage(json!({}), vec![reply, Reply::text("too soon")]).await;
        assert_eq!(run["statusReason"], "STAGE_FAILED", "{wait}: {run}");
        assert_eq!(run["logs"]["nodes"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_provider_that_nobody_listens_for_is_called_five_times_with_growing_waits() {
    let closed = Provider::start().await.base_url();
    let server = Server::start_with(new_year(), |config| {
        config.providers[0].base_url = Some(closed);
    })
    .await;
    let user = server.user();
    let id = server.run_of(&user, json!([{ "retryLimit": 9 }])).await;
    let waits = waits(&server, &user, &id).await;
    assert_eq!(waits.len(), 4, "{waits:?}");
    for (wait, most) in waits.iter().zip([500, 1000, 2000, 4000]) {
        assert!((0..=most).contains(wait), "{waits:?}");
    }
    let run = ended(&server, &user, &id).await;
    assert_eq!(run["statusReason"], "STAGE_FAILED");
    let logs = run["logs"]["nodes"].as_array().unwrap();
    assert_eq!(logs.len(), 5);
    for log in logs {
        let message = text(&log["errorMessage"]);
        assert!(message.starts_with("cannot reach openai"), "{message}");
        assert!(!message.contains("127.0.0.1"), "{message}");
    }
    server.stop().await;
}

#[tokio::test]
async fn the_deepest_output_does_not_keep_the_queue_from_being_read() {
    let server = Server::start_with(new_year(), |_| {}).await;
    server.provider.reply(Reply::text(&nested(100)));
    server.provider.reply(Reply::status(429).retry_after("60"));
    server.provider.otherwise(|_| Reply::text("done"));
    let user = server.user();
    let typed = json!({ "outputVariables": { "n": "array" } });
    let id = server.run_of(&user, json!([typed, {}])).await;
    until(&server, &user, &id, "StageRetryScheduled", None).await;
    server.clock.advance(Duration::from_mins(2));
    assert_eq!(ended(&server, &user, &id).await["status"], "COMPLETED");
    server.stop().await;
}
