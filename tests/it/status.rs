//! executionStatusChanged over a websocket: the state changes of a user's runs, as they come.

use std::collections::BTreeSet;
use std::time::Duration;

use footlight::clock::Clock;
use serde_json::{Value, json};

use crate::support::provider::Reply;
use crate::support::server::{Server, User, text};
use crate::support::socket::Socket;

const STATUSES: &str = "subscription($id: ID) { executionStatusChanged(workflowId: $id) {
    executionId seq status previousStatus reason execution { id workflow { id } } } }";

/// Longer than a reader ever waits before it looks for news.
const PATIENCE: Duration = Duration::from_secs(5);

/// The next change.
async fn change(socket: &mut Socket) -> Value {
    let mut told = socket.next().await.unwrap();
    assert_eq!(told.get("errors"), None);
    told["data"]["executionStatusChanged"].take()
}

/// The changes of a run up to the one to this status, which nothing of another run may interrupt.
async fn changes(socket: &mut Socket, run: &str, last: &str) -> Vec<Value> {
    let mut seen = Vec::new();
    loop {
        let change = change(socket).await;
        assert_eq!(change["executionId"], json!(run), "{change}");
        assert_eq!(change["execution"]["id"], json!(run));
        let ended = change["status"] == last;
        seen.push(change);
        if ended {
            return seen;
        }
    }
}

/// A socket that is told the changes of all runs that start from now on, of all workflows or of one.
/// Nothing says when a subscription has begun, so runs of `workflow` are made until it tells of one.
async fn watching(server: &Server, user: &User, workflow: &str, only: Option<&str>) -> Socket {
    let mut socket = server.socket(user).await;
    socket.subscribe(STATUSES, json!({ "id": only })).await;
    for _ in 0..3 {
        let run = server.run(user, workflow).await;
        let begun = async {
            loop {
                let change = change(&mut socket).await;
                if change["executionId"] == json!(run) && change["status"] == "COMPLETED" {
                    return;
                }
            }
        };
        if tokio::time::timeout(PATIENCE, begun).await.is_ok() {
            return socket;
        }
    }
    panic!("the subscription did not begin");
}

fn words<'a>(changes: &'a [Value], field: &str) -> Vec<Option<&'a str>> {
    changes
        .iter()
        .map(|change| change[field].as_str())
        .collect()
}

#[tokio::test]
async fn a_watcher_is_told_the_statuses_of_a_run_in_order() {
    let server = Server::start().await;
    server.provider.otherwise(|_| Reply::text("done"));
    let user = server.user();
    let model = server.model().await;
    let plain = server.workflow(&user, &model, json!([{}])).await;
    let manual = server
        .workflow(&user, &model, json!([{ "validationType": "MANUAL" }, {}]))
        .await;
    let mut socket = watching(&server, &user, &plain, None).await;

    let run = server.run(&user, &manual).await;
    let mut seen = changes(&mut socket, &run, "PAUSED").await;
    let waiting = "{ pendingValidations { nodes { id } } }";
    let data = server.data(&user, waiting, json!({})).await;
    let log = &data["pendingValidations"]["nodes"][0]["id"];
    let pass = json!({ "logId": log, "result": "PASS" });
    server
        .mutate(&user, "recordManualValidation", pass, "{ id }")
        .await;
    seen.extend(changes(&mut socket, &run, "COMPLETED").await);

    let statuses = words(&seen, "status");
    let expected = [
        "PENDING",
        "RUNNING",
        "PAUSED",
        "PENDING",
        "RUNNING",
        "COMPLETED",
    ];
    assert_eq!(statuses, expected.map(Some));
    let previous = words(&seen, "previousStatus");
    assert_eq!(previous[0], None);
    assert_eq!(previous[1..], statuses[..statuses.len() - 1]);
    assert_eq!(seen[2]["reason"], "AWAITING_VALIDATION");
    assert_eq!(seen[0]["seq"], 1);
    assert!(seen.iter().map(|change| change["seq"].as_i64()).is_sorted());
    drop(socket);
    server.stop().await;
}

#[tokio::test]
async fn a_watcher_is_told_nothing_of_other_users_runs() {
    let server = Server::start().await;
    server.provider.otherwise(|_| Reply::text("done"));
    let (user, other) = (server.user(), server.user());
    let model = server.model().await;
    let mine = server.workflow(&user, &model, json!([{}])).await;
    let theirs = server.workflow(&other, &model, json!([{}])).await;
    let mut socket = watching(&server, &user, &mine, None).await;
    for _ in 0..3 {
        let run = server.run(&other, &theirs).await;
        server.until(&other, &run, "COMPLETED").await;
        let run = server.run(&user, &mine).await;
        changes(&mut socket, &run, "COMPLETED").await;
    }
    drop(socket);
    server.stop().await;
}

#[tokio::test]
async fn a_watcher_of_one_workflow_is_told_of_its_runs_alone_also_when_it_is_deleted() {
    let server = Server::start().await;
    server.provider.otherwise(|_| Reply::text("done"));
    let user = server.user();
    let model = server.model().await;
    let watched = server.workflow(&user, &model, json!([{}])).await;
    let unwatched = server.workflow(&user, &model, json!([{}])).await;
    let mut socket = watching(&server, &user, &watched, Some(&watched)).await;
    let run = server.run(&user, &unwatched).await;
    server.until(&user, &run, "COMPLETED").await;

    server.provider.reply(Reply::hang());
    let run = server.run(&user, &watched).await;
    let running = changes(&mut socket, &run, "RUNNING").await;
    assert_eq!(text(&running[0]["execution"]["workflow"]["id"]), watched);
    let delete = "mutation($id: ID!) { deleteWorkflow(id: $id) }";
    server.data(&user, delete, json!({ "id": watched })).await;
    let cancelled = change(&mut socket).await;
    assert_eq!(cancelled["status"], "CANCELLED");
    assert_eq!(
        cancelled["execution"],
        json!({ "id": run, "workflow": null })
    );
    drop(socket);
    server.stop().await;
}

#[tokio::test]
async fn a_burst_of_changes_reaches_its_watcher_whole() {
    let server = Server::start_with(Clock::system(), |config| {
        config.engine.max_concurrent_stages = 1;
        config.engine.max_running_per_user = 1;
    })
    .await;
    server.provider.otherwise(|_| Reply::text("done"));
    let user = server.user();
    let model = server.model().await;
    let doomed = server.workflow(&user, &model, json!([{}])).await;
    let mut socket = watching(&server, &user, &doomed, Some(&doomed)).await;
    server.provider.otherwise(|_| Reply::hang());
    let one = |number: usize| {
        format!(
            "run{number}: startExecution(input: {{ workflowId: \"{doomed}\", inputs: {{ word: \"x\" }} }}) {{ id }}"
        )
    };
    let burst = async {
        let mut runs = BTreeSet::new();
        for _ in 0..15 {
            let starts: Vec<String> = (0..40).map(one).collect();
            let starts = format!("mutation {{ {} }}", starts.join(" "));
            let started = server.data(&user, &starts, json!({})).await;
            let started = started.as_object().unwrap().values();
            runs.extend(started.map(|run| text(&run["id"])));
        }
        let delete = "mutation($id: ID!) { deleteWorkflow(id: $id) }";
        server.data(&user, delete, json!({ "id": doomed })).await;
        runs
    };
    // A connection that is not read meanwhile answers no ping, and is taken for lost.
    let cancelled = async {
        let mut runs = BTreeSet::new();
        while runs.len() < 600 {
            let change = tokio::time::timeout(PATIENCE, change(&mut socket)).await;
            let change = change.unwrap();
            if change["status"] == "CANCELLED" {
                let is_new = runs.insert(text(&change["executionId"]));
                assert!(is_new, "once: {change}");
            }
        }
        runs
    };
    let (runs, cancelled) = tokio::join!(burst, cancelled);
    assert_eq!(runs.len(), 600);
    assert_eq!(runs, cancelled);
    drop(socket);
    server.stop().await;
}
