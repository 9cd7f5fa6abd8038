//! Runs that ended longer ago than they are kept for go, with all that is theirs.

use chrono::{DateTime, TimeDelta, Utc};
use footlight::clock::Clock;
use footlight::domain::status::ExecutionStatus;
use footlight::entity::{execution_event, execution_log};
use footlight::store::{Store, retention, revision};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{any_run, fill, revisions, runs_in};
use crate::support::process::eventually;
use crate::support::provider::Reply;
use crate::support::rows;
use crate::support::server::{Server, User, text};

const DAY: std::time::Duration = std::time::Duration::from_hours(24);

/// A server by a clock that stands, which keeps runs for two days.
async fn server() -> Server {
    let start: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
    let two_days = TimeDelta::days(2);
    let server = Server::start_with(Clock::manual(start), |config| {
        config.engine.retain_runs = Some(two_days);
    });
    let server = server.await;
    server.provider.otherwise(|_| Reply::text("done"));
    server
}

/// The id of a run with a client key.
async fn start(server: &Server, user: &User, workflow: &str) -> String {
    let input = json!({ "workflowId": workflow, "inputs": { "word": "x" }, "clientKey": "once" });
    let run = server.mutate(user, "startExecution", input, "{ id }").await;
    text(&run["id"])
}

async fn read(server: &Server, user: &User, run: &str) -> Value {
    let query = "query($id: ID!) { execution(id: $id) { id status rerunOf { id } } }";
    let mut data = server.data(user, query, json!({ "id": run })).await;
    data["execution"].take()
}

/// Returns when the run is gone.
async fn gone(server: &Server, user: &User, run: &str) {
    eventually("the end of an old run", || async {
        read(server, user, run).await.is_null().then_some(())
    })
    .await;
}

async fn of_run(store: &Store, run: &str) -> (u64, u64) {
    let id = Uuid::parse_str(run).unwrap();
    let logs = execution_log::Entity::find().filter(execution_log::Column::ExecutionId.eq(id));
    let events =
        execution_event::Entity::find().filter(execution_event::Column::ExecutionId.eq(id));
    (
        logs.count(store.reader()).await.unwrap(),
        events.count(store.reader()).await.unwrap(),
    )
}

#[tokio::test]
async fn an_old_run_goes_with_all_that_is_its_own_and_nothing_else_does() {
    let server = server().await;
    let store = &server.deps.store;
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}])).await;
    let kept = json!({ "workflowId": workflow, "name": "Kept" });
    let kept = server.mutate(&user, "createSnapshot", kept, "{ id }").await;
    let old = start(&server, &user, &workflow).await;
    server.until(&user, &old, "COMPLETED").await;
    let rename = json!({ "id": workflow, "name": "Renamed" });
    server
        .mutate(&user, "updateWorkflow", rename, "{ id }")
        .await;
    server.provider.reply(Reply::hang());
    let active = server.run(&user, &workflow).await;
    assert_eq!(revisions(store).await, 2);
    assert_ne!(of_run(store, &old).await, (0, 0));

    server.clock.advance(DAY);
    let user = server.again(&user);
    let again = json!({ "executionId": old });
    let again = server
        .mutate(&user, "rerunExecution", again, "{ id }")
        .await;
    let again = text(&again["id"]);
    server.until(&user, &again, "COMPLETED").await;
    assert_eq!(start(&server, &user, &workflow).await, old);
    assert_eq!(
        read(&server, &user, &again).await["rerunOf"]["id"],
        json!(old)
    );

    server
        .clock
        .advance(DAY + std::time::Duration::from_hours(1));
    let user = server.again(&user);
    gone(&server, &user, &old).await;
    assert_eq!(of_run(store, &old).await, (0, 0));
    assert_eq!(read(&server, &user, &active).await["status"], "RUNNING");
    let left = read(&server, &user, &again).await;
    assert_eq!(
        left,
        json!({ "id": again, "status": "COMPLETED", "rerunOf": null })
    );
    assert_eq!(
        revisions(store).await,
        2,
        "the rerun refers to the first one"
    );
    let refusal = server.refused(&user, "rerunExecution", json!({ "executionId": old }));
    assert_eq!(refusal.await.0, "NOT_FOUND");
    let new = start(&server, &user, &workflow).await;
    assert_ne!(new, old, "its client key is forgotten with it");
    server.until(&user, &new, "COMPLETED").await;

    server
        .clock
        .advance(2 * DAY + std::time::Duration::from_hours(1));
    let user = server.again(&user);
    gone(&server, &user, &again).await;
    gone(&server, &user, &new).await;
    eventually("the end of its revision", || async {
        (revisions(store).await == 1).then_some(())
    })
    .await;
    assert_eq!(read(&server, &user, &active).await["status"], "RUNNING");
    let query = "query($id: ID!) { snapshot(id: $id) { name } }";
    let snapshot = server.data(&user, query, json!({ "id": kept["id"] })).await;
    assert_eq!(snapshot["snapshot"]["name"], "Kept");
    server.stop().await;
}

#[tokio::test]
async fn a_revision_that_nothing_refers_to_is_found_whoever_left_it() {
    let server = server().await;
    let store = &server.deps.store;
    let user = server.user();
    let run = server.run_of(&user, json!([{}])).await;
    server.until(&user, &run, "COMPLETED").await;
    for _ in 0..100 {
        let left = rows::revision(Clock::system().new_id(), user.id, json!([]));
        let tx = store.transaction().await.unwrap();
        revision::insert(&tx, left).await.unwrap();
        tx.commit().await.unwrap();
    }
    assert_eq!(revisions(store).await, 101);
    server
        .clock
        .advance(DAY + std::time::Duration::from_hours(1));
    eventually("the end of what nothing refers to", || async {
        (revisions(store).await == 1).then_some(())
    })
    .await;
    let user = server.again(&user);
    assert_eq!(read(&server, &user, &run).await["status"], "COMPLETED");
    server.stop().await;
}

#[tokio::test]
async fn nothing_is_purged_where_nobody_says_how_long_it_is_kept() {
    let start: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
    let server = Server::start_with(Clock::manual(start), |_| {}).await;
    server.provider.otherwise(|_| Reply::text("done"));
    let user = server.user();
    let run = server.run_of(&user, json!([{}])).await;
    server.until(&user, &run, "COMPLETED").await;
    server.clock.advance(10_000 * DAY);
    let user = server.again(&user);
    // A deletion that comes after shows that the keeper has looked.
    let model = json!({ "name": "Deleted" });
    let other = server
        .mutate(&user, "createWorkflow", model, "{ id }")
        .await;
    let delete = "mutation($id: ID!) { deleteWorkflow(id: $id) }";
    server
        .data(&user, delete, json!({ "id": other["id"] }))
        .await;
    eventually("the end of the deletion", || async {
        (super::workflows(&server.deps.store).await == 1).then_some(())
    })
    .await;
    assert_eq!(read(&server, &user, &run).await["status"], "COMPLETED");
    server.stop().await;
}

#[tokio::test]
async fn a_run_that_thousands_repeat_is_purged_when_they_have_forgotten_it() {
    let server = server().await;
    let store = &server.deps.store;
    let user = server.user();
    let first = server.run_of(&user, json!([{}])).await;
    server.until(&user, &first, "COMPLETED").await;
    let pattern = any_run(store).await;
    let later = server.clock.now() + DAY;
    let reruns = fill(store, &pattern, (1200, ExecutionStatus::Failed), later).await;
    let tx = store.transaction().await.unwrap();
    footlight::entity::execution::Entity::update_many()
        .col_expr(
            footlight::entity::execution::Column::RerunOf,
            sea_orm::sea_query::Expr::val(pattern.id),
        )
        .filter(footlight::entity::execution::Column::Id.is_in(reruns))
        .exec(&tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();

    server
        .clock
        .advance(2 * DAY + std::time::Duration::from_hours(1));
    let user = server.again(&user);
    gone(&server, &user, &first).await;
    assert_eq!(runs_in(store, ExecutionStatus::Failed).await, 1200);
    server.stop().await;
}

#[tokio::test]
async fn a_watcher_of_a_purged_run_ends_as_of_a_deleted_one() {
    let server = server().await;
    let user = server.user();
    let run = server.run_of(&user, json!([{}])).await;
    server.until(&user, &run, "COMPLETED").await;
    server.clock.advance(3 * DAY);
    let user = server.again(&user);
    gone(&server, &user, &run).await;
    let query = "subscription($id: ID!) { executionEvents(executionId: $id) { seq } }";
    let mut socket = server.socket(&user).await;
    socket.subscribe(query, json!({ "id": run })).await;
    let told = socket.rest().await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["errors"][0]["extensions"]["code"], "NOT_FOUND");
    server.stop().await;
}

#[tokio::test]
async fn an_sqlite_file_gives_its_free_pages_back() {
    let server = server().await;
    let store = &server.deps.store;
    if !store.is_embedded() {
        return eprintln!("left out: PostgreSQL sees to its files itself");
    }
    let user = server.user();
    let run = server.run_of(&user, json!([{}])).await;
    server.until(&user, &run, "COMPLETED").await;
    let mut pattern = any_run(store).await;
    pattern.execution_inputs = json!({ "wide": "x".repeat(10_000) });
    let now = server.clock.now();
    fill(store, &pattern, (1000, ExecutionStatus::Completed), now).await;
    let full = pages(store).await;

    server.clock.advance(3 * DAY);
    eventually("the pages", || async {
        let free = retention::free_pages(store.reader()).await.unwrap();
        (pages(store).await < full / 2 && free <= 256).then_some(())
    })
    .await;
    assert_eq!(runs_in(store, ExecutionStatus::Completed).await, 0);
    server.stop().await;
}

async fn pages(store: &Store) -> i64 {
    use sea_orm::{ConnectionTrait, DbBackend, Statement};
    let query = Statement::from_string(DbBackend::Sqlite, "pragma page_count");
    let row = store.reader().query_one_raw(query).await.unwrap();
    row.unwrap().try_get_by_index(0).unwrap()
}
