//! Waiting between calls: how long, by whose clock, and who holds a slot meanwhile.

use std::time::Duration;

use chrono::{DateTime, Utc};
use footlight::clock::Clock;
use serde_json::{Value, json};

use super::{ended, kinds, nested, one_stage, read, told, until};
use crate::support::provider::Reply;
use crate::support::server::{Server, text};

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
