//! Runs that wait for their turn, and what a list of runs costs that asks what each waits for.

use chrono::TimeDelta;
use footlight::clock::Clock;
use footlight::domain::status::{ExecutionStatus, Reason};
use footlight::entity::execution;
use footlight::store;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use super::{follow, message, until, waits_for};
use crate::support::provider::Reply;
use crate::support::server::{Server, User, text};

/// A server with one slot whose calls are answered when the test says so.
async fn with_one_slot() -> Server {
    let server = Server::start_with(Clock::system(), |config| {
        config.engine.max_concurrent_stages = 1;
    });
    let server = server.await;
    server.provider.otherwise(|_| Reply::gated("at last"));
    server
}

/// Starts a run that holds the only slot.
async fn hold(server: &Server, model: &str) -> (User, String) {
    let user = server.user();
    let workflow = server.workflow(&user, model, json!([{}])).await;
    let id = server.run(&user, &workflow).await;
    server.provider.wait_for_requests(1).await;
    (user, id)
}

#[tokio::test]
async fn whoever_has_as_many_under_way_as_may_be_is_told_the_limit_and_the_line() {
    let server = Server::start_with(Clock::system(), |config| {
        config.engine.max_running_per_user = 1;
    });
    let server = server.await;
    server.provider.otherwise(|_| Reply::gated("at last"));
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}])).await;
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.push(server.run(&user, &workflow).await);
        server.provider.wait_for_requests(1).await;
    }
    let first = waits_for(&server, &user, &ids[0], "MODEL").await;
    let lines = [
        "it is the next",
        "1 waits before this one",
        "2 wait before this one",
    ];
    for (id, line) in ids[1..].iter().zip(lines) {
        let run = waits_for(&server, &user, id, "USER_LIMIT").await;
        assert_eq!(
            message(&run),
            format!("your limit is 1 run under way: {line}")
        );
        assert_eq!(run["diagnosis"]["since"], run["createdAt"]);
    }
    // The limit is the user's own.
    let (other, id) = hold(&server, &model).await;
    server.provider.wait_for_requests(2).await;
    waits_for(&server, &other, &id, "MODEL").await;

    // One that is out of the way lets the next one go.
    follow(&server, &user, &first, "cancel it").await;
    server.until(&user, &ids[1], "RUNNING").await;
    let run = waits_for(&server, &user, &ids[2], "USER_LIMIT").await;
    assert_eq!(
        message(&run),
        "your limit is 1 run under way: it is the next"
    );
    server.provider.otherwise(|_| Reply::text("at once"));
    for _ in 0..4 {
        server.provider.release();
    }
    server.until(&user, &ids[3], "COMPLETED").await;
    server.stop().await;
}

#[tokio::test]
async fn whoever_has_as_many_calls_for_items_as_may_be_is_told_the_limit() {
    let server = Server::start_with(Clock::system(), |config| {
        config.engine.max_running_per_user = 3;
    });
    let server = server.await;
    server.provider.otherwise(|_| Reply::gated("at last"));
    let user = server.user();
    let model = server.model().await;
    let stages = json!([{ "promptTemplate": "{{item}}",
        "forEach": { "in": "inputs.list", "concurrency": 8 } }]);
    let listed = server.workflow(&user, &model, stages).await;
    let start = "mutation($id: ID!) { startExecution(
        input: { workflowId: $id, inputs: { list: [1, 2, 3, 4] } }) { id } }";
    server.data(&user, start, json!({ "id": listed })).await;
    server.provider.wait_for_requests(3).await;
    let plain = server.workflow(&user, &model, json!([{}])).await;
    let id = server.run(&user, &plain).await;
    let run = waits_for(&server, &user, &id, "USER_LIMIT").await;
    assert_eq!(
        message(&run),
        "your limit is 3 calls at once, and your runs over lists make as many: it is the next"
    );
    for _ in 0..5 {
        server.provider.release();
    }
    server.until(&user, &id, "COMPLETED").await;
    server.stop().await;
}

#[tokio::test]
async fn a_run_behind_those_of_others_waits_for_its_turn() {
    let server = with_one_slot().await;
    let model = server.model().await;
    let (holder, held) = hold(&server, &model).await;
    let user = server.user();
    let workflow = server.workflow(&user, &model, json!([{}])).await;
    let mut ids = Vec::new();
    for _ in 0..103 {
        ids.push(server.run(&user, &workflow).await);
    }
    let said = [
        (
            0,
            "none of yours waits before this one, 100+ wait in all, and users take turns",
        ),
        (
            2,
            "2 wait before this one, 100+ wait in all, and users take turns",
        ),
        (
            99,
            "99 wait before this one, 100+ wait in all, and users take turns",
        ),
        (100, "100 wait before this one"),
        (101, "100+ wait before this one"),
        (102, "100+ wait before this one"),
    ];
    for (index, line) in said {
        let run = waits_for(&server, &user, &ids[index], "TURN").await;
        assert_eq!(message(&run), format!("it waits for a free slot: {line}"));
        assert_eq!(run["diagnosis"]["since"], run["createdAt"]);
        assert_eq!(run["diagnosis"]["until"], Value::Null);
    }
    let page = statements(&server, &user, 100).await;
    let few = statements(&server, &user, 2).await;
    assert_eq!(page, few, "a page of 100 costs what one of 2 does");
    server.provider.otherwise(|_| Reply::text("at once"));
    server.provider.release();
    server.until(&holder, &held, "COMPLETED").await;
    until(&server, &user, &ids[102], |event| {
        event["status"] == "COMPLETED"
    })
    .await;
    server.stop().await;
}

/// How many statements a page of so many runs takes that says what each waits for.
async fn statements(server: &Server, user: &User, first: i32) -> u64 {
    let query = "query($first: Int) { executions(first: $first) { nodes {
        status diagnosis { waitingFor since until message advice } } } }";
    let (data, spent) = server.priced(user, query, json!({ "first": first })).await;
    let nodes = data["executions"]["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), usize::try_from(first).unwrap());
    for node in nodes {
        assert!(!text(&node["diagnosis"]["message"]).is_empty());
    }
    spent
}

#[tokio::test]
async fn a_page_of_runs_in_every_state_costs_a_few_statements() {
    let server = with_one_slot().await;
    let model = server.model().await;
    let (user, held) = hold(&server, &model).await;
    let found = execution::Entity::find().one(server.deps.store.reader());
    let pattern = found.await.unwrap().unwrap();
    let now = server.clock.now();
    let all = [
        (ExecutionStatus::Completed, None),
        (ExecutionStatus::Failed, Some(Reason::StageFailed)),
        (ExecutionStatus::Cancelled, Some(Reason::Cancelled)),
        (ExecutionStatus::Paused, Some(Reason::AwaitingValidation)),
        (ExecutionStatus::Paused, Some(Reason::PauseRequested)),
        (ExecutionStatus::Pending, Some(Reason::RetryWait)),
        (ExecutionStatus::Pending, Some(Reason::JudgeWait)),
        (ExecutionStatus::Pending, None),
    ];
    let runs: Vec<_> = (0..120)
        .map(|number| {
            let (status, reason) = all[number % all.len()];
            let waits = matches!(reason, Some(Reason::RetryWait | Reason::JudgeWait));
            execution::Model {
                id: server.clock.new_id(),
                status,
                status_reason: reason.map(|reason| reason.as_str().to_owned()),
                lease_owner: None,
                client_key: None,
                next_run_at: waits.then(|| now.timestamp_millis() + 3_600_000),
                completed_at: status.is_terminal().then_some(now),
                created_at: now - TimeDelta::seconds(i64::try_from(number).unwrap()),
                ..pattern.clone()
            }
        })
        .collect();
    let runs: Vec<_> = runs.iter().map(|run| (run, [].as_slice())).collect();
    let tx = server.deps.store.transaction().await.unwrap();
    store::execution::insert_all(&tx, &runs, now).await.unwrap();
    server.deps.store.commit(tx).await.unwrap();

    // The page itself, and of the rest at most: rows, open attempts, latest ones in pieces of 32 runs, items,
    // sessions, the line, all that is due, and how many run.
    let spent = statements(&server, &user, 100).await;
    assert!(spent <= 1 + 1 + 1 + 3 + 1 + 1 + 3, "{spent} statements");
    let cancel = "mutation($id: ID!) { cancelExecution(id: $id) { id } }";
    server.data(&user, cancel, json!({ "id": held })).await;
    server.stop().await;
}
