//! Items side by side: how many at once, whose slots they take, and what a pause, a wait and a cancel do to them.

use std::time::Duration;

use footlight::clock::Clock;
use serde_json::json;

use super::super::{act, until};
use super::{EVENTS, RUN, each, ended, logs, of_kind, prompt, start, start_of};
use crate::support::provider::Reply;
use crate::support::server::{Server, text};

/// Lets calls end one by one, so many of them being open, until there have been all.
async fn one_by_one(server: &Server, open: usize, all: usize) {
    for calls in open..=all {
        server.provider.wait_for_requests(calls).await;
        assert!(server.provider.open() <= open);
        server.provider.release();
    }
    for _ in 1..open {
        server.provider.release();
    }
}

#[tokio::test]
async fn items_run_side_by_side_up_to_what_the_stage_says() {
    let server = Server::start().await;
    server
        .provider
        .otherwise(|body| Reply::gated(&format!("about {}", prompt(body))));
    let user = server.user();
    let stage = each(json!({ "forEach": { "concurrency": 4 } }));
    let list: Vec<_> = (0..12).collect();
    let run = start(&server, &user, json!([stage]), json!({ "list": list })).await;
    one_by_one(&server, 4, 12).await;
    let (_, run) = ended(&server, &user, &run).await;
    assert_eq!(run["status"], "COMPLETED", "{run}");
    let raw = (0..12).map(|item| json!(format!("about tell of {item}")));
    assert_eq!(
        run["executionContext"]["stage_1"]["raw"],
        json!(raw.collect::<Vec<_>>())
    );
    assert_eq!(server.provider.most_open(), 4);
    server.stop().await;
}

#[tokio::test]
async fn a_users_calls_take_no_more_slots_than_his_runs_may() {
    let server = Server::start_with(Clock::system(), |config| {
        config.engine.max_running_per_user = 3;
    })
    .await;
    server.provider.otherwise(|_| Reply::gated("x"));
    let user = server.user();
    let stage = each(json!({ "forEach": { "concurrency": 8 } }));
    let list: Vec<_> = (0..16).collect();
    let inputs = json!({ "list": list });
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([stage])).await;
    let first = start_of(&server, &user, &workflow, &inputs).await;
    let second = start_of(&server, &user, &workflow, &inputs).await;
    one_by_one(&server, 3, 32).await;
    for run in [first, second] {
        let (_, run) = ended(&server, &user, &run).await;
        assert_eq!(run["status"], "COMPLETED", "{run}");
    }
    assert_eq!(server.provider.most_open(), 3);
    server.stop().await;
}

#[tokio::test]
async fn a_pause_begins_no_item_and_takes_effect_when_the_last_attempt_has_finished() {
    let server = Server::start().await;
    server.provider.reply(Reply::gated("one"));
    server.provider.reply(Reply::gated("two"));
    server.provider.otherwise(|_| Reply::text("more"));
    let user = server.user();
    let stage = each(json!({ "forEach": { "concurrency": 2 } }));
    let run = start(&server, &user, json!([stage]), json!({ "list": [1, 2, 3] })).await;
    server.provider.wait_for_requests(2).await;
    assert_eq!(
        act(&server, &user, "pause", &run).await["pauseRequested"],
        true
    );
    server.provider.release();
    server.provider.release();
    until(
        &server,
        &user,
        &run,
        "ExecutionStatusChanged",
        Some("PAUSED"),
    )
    .await;
    let paused = server.data(&user, RUN, json!({ "id": run })).await;
    assert_eq!(logs(&paused["execution"]).len(), 2);
    act(&server, &user, "resume", &run).await;
    let (_, run) = ended(&server, &user, &run).await;
    assert_eq!(run["status"], "COMPLETED", "{run}");
    assert_eq!(logs(&run).len(), 3);
    assert_eq!(server.provider.requests().len(), 3);
    server.stop().await;
}

#[tokio::test]
async fn a_run_gives_up_its_slot_only_when_every_item_left_waits_for_long() {
    let server = Server::start().await;
    server.provider.otherwise(|body| match prompt(body) {
        "tell of long" => Reply::status(503).retry_after("60"),
        "tell of longer" => Reply::status(503).retry_after("90"),
        asked => Reply::slow(asked, Duration::from_millis(300)),
    });
    let user = server.user();
    let stage = each(json!({ "forEach": { "concurrency": 3 } }));
    let list = json!(["longer", "long", "a", "b"]);
    let run = start(&server, &user, json!([stage]), json!({ "list": list })).await;
    until(
        &server,
        &user,
        &run,
        "ExecutionStatusChanged",
        Some("PENDING"),
    )
    .await;
    let mut told = server.socket(&user).await;
    told.subscribe(EVENTS, json!({ "id": run })).await;
    let mut events = Vec::new();
    while let Some(mut result) = told.next().await {
        let event = result["data"]["executionEvents"].take();
        let rests = event["reason"] == "RETRY_WAIT";
        events.push(event);
        if rests {
            break;
        }
    }
    let passed = of_kind(&events, "StageFinished", &["itemIndex", "validationResult"]);
    assert_eq!(
        passed.iter().filter(|it| it[1] == "PASS").count(),
        2,
        "{passed:?}"
    );
    let waiting = server.data(&user, RUN, json!({ "id": run })).await;
    let due = text(&waiting["execution"]["nextRunAt"]);
    let due = chrono::DateTime::parse_from_rfc3339(&due).unwrap();
    let wait = due.timestamp() - Clock::system().now().timestamp();
    assert!((50..=66).contains(&wait), "the earliest: {wait} s");
    act(&server, &user, "cancel", &run).await;
    server.stop().await;
}

#[tokio::test]
async fn a_watcher_of_a_thousand_items_at_eight_at_once_misses_nothing() {
    let server = Server::start().await;
    server.provider.otherwise(|body| {
        let asked = prompt(body);
        Reply::text(&format!("about {asked}, all of it"))
    });
    let user = server.user();
    let stage = each(json!({ "forEach": { "concurrency": 8 } }));
    let list: Vec<_> = (0..1000).collect();
    let run = start(&server, &user, json!([stage]), json!({ "list": list })).await;
    let query = "subscription($id: ID!) { executionEvents(executionId: $id, deltas: true) {
        __typename seq
        ... on StageFinished { itemIndex validationResult log { id errorMessage } }
        ... on StageOutputDelta { logId itemIndex offset text } } }";
    let mut socket = server.socket(&user).await;
    socket.subscribe(query, json!({ "id": run })).await;
    let (mut seq, mut texts, mut ended) = (0, std::collections::HashMap::new(), Vec::new());
    let mut passed = 0;
    while let Some(mut message) = socket.next().await {
        let event = message["data"]["executionEvents"].take();
        if event["__typename"] == "StageOutputDelta" {
            let (log, offset) = (text(&event["logId"]), event["offset"].as_u64().unwrap());
            assert_eq!(event["seq"], json!(seq), "the last event before it");
            assert!(!ended.contains(&log), "text of an attempt that has ended");
            let told: &mut String = texts.entry(log).or_default();
            if offset == 0 {
                told.clear();
            }
            assert_eq!(told.chars().count() as u64, offset, "{event}");
            told.push_str(event["text"].as_str().unwrap());
            let whole = format!("about tell of {}, all of it", event["itemIndex"]);
            assert!(whole.starts_with(told.as_str()), "{told}");
            continue;
        }
        seq += 1;
        assert_eq!(event["seq"], json!(seq), "{event}");
        if event["__typename"] == "StageFinished" {
            passed += i32::from(event["validationResult"] == "PASS");
            ended.push(text(&event["log"]["id"]));
        }
    }
    assert_eq!(passed, 1000);
    let mut data = server.data(&user, RUN, json!({ "id": run })).await;
    let raw = data["execution"]["executionContext"]["stage_1"]["raw"].take();
    let expected = (0..1000).map(|item| format!("about tell of {item}, all of it"));
    assert_eq!(raw, json!(expected.collect::<Vec<_>>()));
    server.stop().await;
}

#[tokio::test]
async fn cancelling_drops_every_call_of_a_list() {
    let server = Server::start().await;
    server.provider.otherwise(|_| Reply::hang());
    let user = server.user();
    let stage = each(json!({ "forEach": { "concurrency": 3 } }));
    let run = start(
        &server,
        &user,
        json!([stage]),
        json!({ "list": [1, 2, 3, 4] }),
    )
    .await;
    server.provider.wait_for_requests(3).await;
    act(&server, &user, "cancel", &run).await;
    server.provider.wait_for_dropped(3).await;
    let (_, run) = ended(&server, &user, &run).await;
    let statuses = logs(&run).iter().map(|log| &log["status"]);
    assert_eq!(statuses.collect::<Vec<_>>(), ["CANCELLED"; 3]);
    server.stop().await;
}

#[tokio::test]
async fn a_run_that_is_due_comes_before_a_further_call_for_an_item() {
    let server = Server::start_with(Clock::system(), |config| {
        config.engine.max_concurrent_stages = 2;
    })
    .await;
    server
        .provider
        .otherwise(|body| Reply::gated(&format!("about {}", prompt(body))));
    let (user, other) = (server.user(), server.user());
    let stage = each(json!({ "forEach": { "concurrency": 8 } }));
    let list: Vec<_> = (0..6).collect();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([stage])).await;
    let first = start_of(&server, &user, &workflow, &json!({ "list": list })).await;
    server.provider.wait_for_requests(2).await;
    let workflow = server.workflow(&other, &model, json!([{}])).await;
    let second = server.run(&other, &workflow).await;
    // One of the two slots goes back, and whoever waits for a run's first call has it.
    server.provider.release();
    server.provider.wait_for_requests(3).await;
    let asked = server.provider.requests();
    assert_eq!(prompt(&asked[2].body), "say hello");
    for _ in 0..7 {
        server.provider.release();
    }
    for (user, run) in [(&user, first), (&other, second)] {
        let (_, run) = ended(&server, user, &run).await;
        assert_eq!(run["status"], "COMPLETED", "{run}");
    }
    assert_eq!(server.provider.most_open(), 2);
    server.stop().await;
}

#[tokio::test]
async fn a_users_run_that_is_due_comes_before_a_further_call_of_the_same_user() {
    let server = Server::start_with(Clock::system(), |config| {
        config.engine.max_running_per_user = 3;
    })
    .await;
    server.provider.otherwise(|_| Reply::gated("x"));
    let user = server.user();
    let stage = each(json!({ "forEach": { "concurrency": 8 } }));
    let list: Vec<_> = (0..12).collect();
    let model = server.model().await;
    let listed = server.workflow(&user, &model, json!([stage])).await;
    let plain = server.workflow(&user, &model, json!([{}])).await;
    let first = start_of(&server, &user, &listed, &json!({ "list": list })).await;
    server.provider.wait_for_requests(3).await;
    let second = server.run(&user, &plain).await;
    server.provider.release();
    server.provider.wait_for_requests(4).await;
    assert_eq!(prompt(&server.provider.requests()[3].body), "say hello");
    // One that is due no more is not waited for.
    let third = server.run(&user, &plain).await;
    act(&server, &user, "cancel", &third).await;
    for calls in 5..=13 {
        server.provider.release();
        server.provider.wait_for_requests(calls).await;
    }
    for _ in 0..3 {
        server.provider.release();
    }
    for run in [&first, &second] {
        let (_, run) = ended(&server, &user, run).await;
        assert_eq!(run["status"], "COMPLETED", "{run}");
    }
    assert_eq!(server.provider.requests().len(), 13);
    assert_eq!(server.provider.most_open(), 3);
    server.stop().await;
}

#[tokio::test]
async fn what_is_under_way_when_an_item_fails_for_good_finishes_before_the_visit_has_failed() {
    let server = Server::start().await;
    server.provider.otherwise(|body| match prompt(body) {
        "tell of 1" => Reply::text("no 1"),
        "tell of 2" => Reply::gated("no 2"),
        asked if asked.starts_with("tell") => Reply::gated("ok"),
        asked => Reply::text(asked),
    });
    let user = server.user();
    let stages = json!([
        each(json!({ "forEach": { "concurrency": 3 }, "nextStageOnFail": 2, "retryLimit": 0,
            "validationType": "REGEX", "validationCriteria": { "pattern": "^ok" } })),
        { "promptTemplate": "{{stage_1.failed.index}}: {{stage_1.failed.raw}}" },
    ]);
    let run = start(&server, &user, stages, json!({ "list": [0, 1, 2, 3, 4] })).await;
    server.provider.wait_for_requests(3).await;
    until(&server, &user, &run, "StageFinished", None).await;
    server.provider.release();
    server.provider.release();
    let (events, run) = ended(&server, &user, &run).await;
    assert_eq!(run["status"], "COMPLETED", "{run}");
    // The first that failed is the one that the visit has failed with.
    assert_eq!(logs(&run).last().unwrap()["promptSent"], "1: no 1");
    assert_eq!(logs(&run).len(), 4, "no other has begun");
    let finished = of_kind(&events, "StageFinished", &["stageOrder", "nextStageOrder"]);
    assert_eq!(
        finished,
        [
            json!([1, 1]),
            json!([1, 1]),
            json!([1, 2]),
            json!([2, null])
        ]
    );
    server.stop().await;
}
