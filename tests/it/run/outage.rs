//! A model that does not answer: how long it is called again, and which time counts.

use std::time::Duration;

use chrono::{DateTime, Utc};
use footlight::clock::Clock;
use footlight::config::Config;
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{EVENTS, act, ended, read};
use crate::support::provider::{Provider, Reply};
use crate::support::server::{Server, User, text};

/// How long an outage lasts here, in milliseconds: it must end well before tokens do.
const OUTAGE: i64 = 60_000;

fn settings(config: &mut Config) {
    config.engine.model_outage = Duration::from_millis(OUTAGE.unsigned_abs());
}

fn new_year() -> Clock {
    Clock::manual("2031-01-01T00:00:00Z".parse().unwrap())
}

async fn server(change: impl FnOnce(&mut Config)) -> Server {
    Server::start_with(new_year(), |config| {
        settings(config);
        change(config);
    })
    .await
}

/// The next wait of a run, in milliseconds: before another attempt, or before its judge is asked again.
async fn next_wait(server: &Server, user: &User, id: &str, seen: &mut u64) -> Option<i64> {
    let mut socket = server.socket(user).await;
    let after = json!({ "id": id, "after": *seen });
    socket.subscribe(EVENTS, after).await;
    while let Some(mut told) = socket.next().await {
        let event = told["data"]["executionEvents"].take();
        *seen = event["seq"].as_u64().unwrap();
        let is_retry = event["__typename"] == "StageRetryScheduled";
        let is_judge = event["reason"] == "JUDGE_WAIT";
        if !is_retry && !is_judge {
            continue;
        }
        let at = |moment: &Value| moment.as_str()?.parse::<DateTime<Utc>>().ok();
        let run = read(server, user, id).await;
        let until = at(&event["retryAt"]).or(at(&run["nextRunAt"]));
        let until = until.unwrap_or(server.clock.now());
        let wait = (until - server.clock.now()).num_milliseconds();
        // A long wait holds no slot.
        assert!(wait <= 5000 || run["status"] == "PENDING", "{wait}: {run}");
        return Some(wait);
    }
    None
}

/// The waits of a run that is tried in vain; each ends as soon as it is told of.
async fn waits(server: &Server, user: &User, id: &str) -> Vec<i64> {
    let (mut waits, mut seen) = (Vec::new(), 0);
    while let Some(wait) = next_wait(server, user, id, &mut seen).await {
        waits.push(wait);
        pass(server, wait);
    }
    waits
}

fn pass(server: &Server, millis: i64) {
    let by = u64::try_from(millis).unwrap_or(0);
    server.clock.advance(Duration::from_millis(by));
}

/// The waits were those of an outage that was waited out.
fn last_as_long_as_set(waits: &[i64], what: &str) {
    let sum: i64 = waits.iter().sum();
    assert!(sum >= OUTAGE, "{what}: given up too soon: {waits:?}");
    // The last wait ends with the outage, but for what its calls took.
    assert!(sum < OUTAGE + 1000, "{what}: tried for too long: {waits:?}");
    assert!(waits.len() >= 4, "{what}: too few calls: {waits:?}");
    for (failures, wait) in (0..).zip(waits) {
        let most = 60_000.min(500 << failures.min(7));
        assert!((0..=most).contains(wait), "{what}: {waits:?}");
    }
}

/// A run whose every call meets the same reply.
async fn tried_in_vain(reply: Reply, what: String) {
    let server = server(|_| {}).await;
    server.provider.otherwise(move |_| reply.clone());
    let user = server.user();
    let id = server.run_of(&user, json!([{ "retryLimit": 0 }])).await;
    let waits = waits(&server, &user, &id).await;
    last_as_long_as_set(&waits, &what);
    let run = read(&server, &user, &id).await;
    assert_eq!(run["statusReason"], "STAGE_FAILED", "{what}: {run}");
    assert_eq!(server.provider.requests().len(), waits.len() + 1, "{what}");
    let logs = run["logs"]["nodes"].as_array().unwrap();
    assert_eq!(logs.len(), waits.len() + 1);
    for log in logs {
        assert_eq!(log["validationResult"], "ERROR", "{what}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_failure_before_the_first_word_is_tried_again_for_as_long_as_an_outage_may_last() {
    let mut rows = Vec::new();
    for status in [408, 409, 429, 498, 500, 502, 503, 504, 529] {
        rows.push((Reply::status(status), format!("{status}")));
    }
    // A provider that asks for no wait is waited for like one that does not say.
    let past = "Wed, 21 Oct 2015 07:28:00 GMT";
    let broken = Reply::empty().without_finish();
    rows.push((broken, "a stream that breaks without a word".to_owned()));
    let first = "data: {\"error\": {\"message\": \"overloaded\", \"code\": 503}}\n\n";
    let first = Reply::bytes(first);
    rows.push((first, "an error in the stream before a word".to_owned()));
    join_all(
        rows.into_iter()
            .map(|(reply, what)| tried_in_vain(reply, what)),
    )
    .await;
    for header in ["0", past] {
        let server = server(|_| {}).await;
        let busy = Reply::status(429).retry_after(header);
        server.provider.otherwise(move |_| busy.clone());
        let user = server.user();
        let id = server.run_of(&user, json!([{}])).await;
        let waits = waits(&server, &user, &id).await;
        let sum: i64 = waits.iter().sum();
        assert!((OUTAGE..3 * OUTAGE).contains(&sum), "{header}: {waits:?}");
        server.stop().await;
    }
}

#[tokio::test]
async fn a_provider_that_is_not_there_is_called_again_for_as_long() {
    let closed = Provider::start().await.base_url();
    for address in [closed, "http://nobody.invalid/v1".to_owned()] {
        let server = server(|config| config.providers[0].base_url = Some(address.clone())).await;
        let user = server.user();
        let id = server.run_of(&user, json!([{ "retryLimit": 9 }])).await;
        let waits = waits(&server, &user, &id).await;
        last_as_long_as_set(&waits, &address);
        let run = ended(&server, &user, &id).await;
        assert_eq!(run["statusReason"], "STAGE_FAILED");
        for log in run["logs"]["nodes"].as_array().unwrap() {
            let message = text(&log["errorMessage"]);
            assert!(message.starts_with("cannot reach openai"), "{message}");
            assert!(!message.contains("127.0.0.1"), "{message}");
        }
        server.stop().await;
    }
}

#[tokio::test]
async fn silence_before_the_first_word_is_an_outage_and_after_it_a_broken_answer() {
    for (reply, calls) in [(Reply::gated("late"), 7), (Reply::hang(), 5)] {
        let server = server(|config| config.engine.stage_timeout = Duration::from_secs(1)).await;
        for _ in 0..6 {
            server.provider.reply(reply.clone());
        }
        server.provider.otherwise(|_| Reply::text("well"));
        let user = server.user();
        let id = server.run_of(&user, json!([{}])).await;
        let waits = waits(&server, &user, &id).await;
        assert_eq!(waits.len() + 1, calls, "{waits:?}");
        let run = read(&server, &user, &id).await;
        let status = if calls == 5 { "FAILED" } else { "COMPLETED" };
        assert_eq!(run["status"], status, "{run}");
        server.stop().await;
    }
}

#[tokio::test]
async fn the_fifth_answer_in_a_row_that_breaks_off_fails_the_stage() {
    let long_ago = Duration::from_secs(1);
    for reply in [
        Reply::text("cut").without_finish(),
        Reply::text("torn apart").cut_after(70),
        Reply::malformed(),
        Reply::error_in_stream(&json!({ "message": "overloaded", "code": 503 })),
    ] {
        let server = server(|config| config.engine.model_outage = long_ago).await;
        server.provider.otherwise(move |_| reply.clone());
        let user = server.user();
        let id = server.run_of(&user, json!([{ "retryLimit": 50 }])).await;
        let waits = waits(&server, &user, &id).await;
        assert_eq!(waits.len(), 4, "{waits:?}");
        for (wait, most) in waits.iter().zip([500, 1000, 2000, 4000]) {
            assert!((0..=most).contains(wait), "{waits:?}");
        }
        let run = read(&server, &user, &id).await;
        assert_eq!(run["statusReason"], "STAGE_FAILED");
        assert_eq!(server.provider.requests().len(), 5);
        server.stop().await;
    }
}

#[tokio::test]
async fn only_a_call_that_answers_ends_either_count() {
    let cut = || Reply::text("cut").without_finish();
    let busy = || Reply::status(503);
    let times = |reply: &dyn Fn() -> Reply, count: usize| (0..count).map(|_| reply()).collect();
    let all = |groups: [Vec<Reply>; 4]| groups.into_iter().flatten().collect::<Vec<_>>();
    let cases = [
        // A refusal is no answer: the fifth broken one follows the fourth.
        (
            all([times(&cut, 4), times(&busy, 3), times(&cut, 1), vec![]]),
            false,
        ),
        // Four calls that failed at once and one that broke off are no five that failed.
        (all([times(&busy, 4), times(&cut, 4), vec![], vec![]]), true),
        // An answer ends both, even an empty one.
        (
            all([
                times(&busy, 4),
                times(&cut, 4),
                vec![Reply::empty()],
                times(&cut, 4),
            ]),
            true,
        ),
        (
            all([
                times(&busy, 4),
                vec![Reply::empty()],
                times(&busy, 4),
                vec![],
            ]),
            true,
        ),
        (all([times(&busy, 5), vec![], vec![], vec![]]), false),
    ];
    for (number, (replies, is_saved)) in cases.into_iter().enumerate() {
        let calls = replies.len();
        // Whatever waits there are, the outage has lasted for long enough.
        let server = server(|config| config.engine.model_outage = Duration::ZERO).await;
        for reply in replies {
            server.provider.reply(reply);
        }
        server.provider.otherwise(|_| Reply::text("well"));
        let user = server.user();
        let id = server.run_of(&user, json!([{ "retryLimit": 1 }])).await;
        waits(&server, &user, &id).await;
        let run = read(&server, &user, &id).await;
        let (status, calls) = if is_saved {
            ("COMPLETED", calls + 1)
        } else {
            ("FAILED", calls)
        };
        assert_eq!(run["status"], status, "{number}: {run}");
        assert_eq!(server.provider.requests().len(), calls, "{number}");
        server.stop().await;
    }
}

/// A run after so many calls that failed at once, in the wait before the next one.
async fn in_an_outage(
    server: &Server,
    user: &User,
    (workflow, calls): (&str, usize),
) -> (String, u64, i64) {
    server.provider.otherwise(|_| Reply::status(503));
    let id = server.run(user, workflow).await;
    let (mut seen, mut last) = (0, 0);
    for call in 0..calls {
        if call > 0 {
            pass(server, last);
        }
        last = next_wait(server, user, &id, &mut seen).await.unwrap();
    }
    (id, seen, last)
}

#[tokio::test]
async fn time_in_which_a_run_is_paused_does_not_count() {
    let server = server(|_| {}).await;
    let user = server.user();
    let workflow = server
        .workflow(&user, &server.model().await, json!([{}]))
        .await;
    let (id, mut seen, _) = in_an_outage(&server, &user, (&workflow, 4)).await;
    act(&server, &user, "pause", &id).await;
    server.clock.advance(Duration::from_mins(30));
    act(&server, &user, "resume", &id).await;
    // The fifth call fails, half an hour after the first.
    let wait = next_wait(&server, &user, &id, &mut seen).await;
    assert!(wait.is_some(), "given up after a pause");
    server.stop().await;
}

#[tokio::test]
async fn time_in_the_queue_does_not_count() {
    let server = server(|config| config.engine.max_concurrent_stages = 1).await;
    let user = server.user();
    let workflow = server
        .workflow(&user, &server.model().await, json!([{}]))
        .await;
    let (id, mut seen, mut wait) = in_an_outage(&server, &user, (&workflow, 5)).await;
    // Another run takes the only slot as soon as the first one waits without it.
    while wait <= 5000 {
        pass(&server, wait);
        wait = next_wait(&server, &user, &id, &mut seen).await.unwrap();
    }
    server.provider.otherwise(|_| Reply::gated("late"));
    let calls = server.provider.requests().len();
    let other = server.run(&user, &workflow).await;
    server.provider.wait_for_requests(calls + 1).await;
    server.clock.advance(Duration::from_mins(30));
    server.provider.otherwise(|_| Reply::status(503));
    server.provider.release();
    ended(&server, &user, &other).await;
    let wait = next_wait(&server, &user, &id, &mut seen).await;
    assert!(wait.is_some(), "given up after a time in the queue");
    server.stop().await;
}

#[tokio::test]
async fn a_wait_that_the_provider_asks_for_does_not_count() {
    let server = server(|config| config.engine.model_outage = Duration::from_mins(10)).await;
    server
        .provider
        .otherwise(|_| Reply::status(429).retry_after("300"));
    let user = server.user();
    let id = server.run_of(&user, json!([{}])).await;
    let (mut seen, mut own) = (0, 0);
    // Six times five minutes are waited, and only what is ours of it counts.
    for _ in 0..6 {
        let wait = next_wait(&server, &user, &id, &mut seen).await;
        let wait = wait.expect("given up though it waited as it was asked to");
        own += wait - 300_000;
        pass(&server, wait);
    }
    assert!((0..6 * 30_000).contains(&own), "{own}");
    server.provider.otherwise(|_| Reply::text("well"));
    assert_eq!(ended(&server, &user, &id).await["status"], "COMPLETED");
    server.stop().await;
}

#[tokio::test]
async fn a_run_that_is_made_again_has_all_its_time() {
    let server = server(|config| config.engine.model_outage = Duration::ZERO).await;
    server.provider.otherwise(|_| Reply::status(503));
    let user = server.user();
    let id = server.run_of(&user, json!([{}])).await;
    assert_eq!(waits(&server, &user, &id).await.len(), 4);
    let rerun = "mutation($id: ID!) { rerunExecution(input: { executionId: $id }) { id } }";
    let again = server.data(&user, rerun, json!({ "id": id })).await;
    let again = text(&again["rerunExecution"]["id"]);
    assert_eq!(waits(&server, &user, &again).await.len(), 4);
    server.stop().await;
}

#[tokio::test]
async fn the_next_stage_and_the_next_visit_have_all_their_time() {
    let server = server(|config| config.engine.model_outage = Duration::ZERO).await;
    let times = |count: usize| (0..count).map(|_| Reply::status(503));
    let replies = times(4)
        .chain([Reply::text("one")])
        .chain(times(5))
        .chain(times(4))
        .chain([Reply::text("mended")]);
    for reply in replies {
        server.provider.reply(reply);
    }
    let user = server.user();
    // The second stage fails, and the third is tried as if nothing had been.
    let stages = json!([{}, { "nextStageOnFail": 3 }, {}]);
    let id = server.run_of(&user, stages).await;
    waits(&server, &user, &id).await;
    let run = read(&server, &user, &id).await;
    assert_eq!(run["status"], "COMPLETED", "{run}");
    assert_eq!(server.provider.requests().len(), 15);
    server.stop().await;
}

#[tokio::test]
async fn a_judge_has_an_outage_of_its_own() {
    let server = server(|_| {}).await;
    for reply in [Reply::status(503), Reply::status(503), Reply::text("x")] {
        server.provider.reply(reply);
    }
    server.provider.otherwise(|_| Reply::status(503));
    let user = server.user();
    let judged = json!({ "validationType": "LLM", "retryLimit": 3,
        "validationCriteria": { "prompt": "Is {{output}} right?" } });
    let id = server.run_of(&user, json!([judged])).await;
    let waits = waits(&server, &user, &id).await;
    last_as_long_as_set(&waits[2..], "a judge");
    let run = read(&server, &user, &id).await;
    assert_eq!(run["statusReason"], "STAGE_FAILED", "{run}");
    let log = &run["logs"]["nodes"][2];
    assert_eq!(log["rawOutput"], "x");
    let message = text(&log["errorMessage"]);
    assert!(
        message.starts_with("the judge gave no verdict"),
        "{message}"
    );
    server.stop().await;
}

#[tokio::test]
async fn a_pause_stops_the_time_of_a_judge_too() {
    let server = server(|_| {}).await;
    server.provider.reply(Reply::text("x"));
    server.provider.otherwise(|_| Reply::status(503));
    let user = server.user();
    let judged = json!({ "validationType": "LLM",
        "validationCriteria": { "prompt": "Is {{output}} right?" } });
    let id = server.run_of(&user, json!([judged])).await;
    let mut seen = 0;
    for _ in 0..4 {
        let wait = next_wait(&server, &user, &id, &mut seen).await.unwrap();
        pass(&server, wait);
    }
    let wait = next_wait(&server, &user, &id, &mut seen).await;
    assert!(wait.is_some());
    act(&server, &user, "pause", &id).await;
    server.clock.advance(Duration::from_mins(30));
    act(&server, &user, "resume", &id).await;
    let wait = next_wait(&server, &user, &id, &mut seen).await;
    assert!(wait.is_some(), "given up after a pause");
    let verdict = json!({ "pass": true, "notes": "so" }).to_string();
    server.provider.otherwise(move |_| Reply::text(&verdict));
    pass(&server, wait.unwrap());
    assert_eq!(ended(&server, &user, &id).await["status"], "COMPLETED");
    server.stop().await;
}
