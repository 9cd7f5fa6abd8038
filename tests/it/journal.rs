//! What SQLite has committed lies in its journal until it is brought over into the file. No commit waits for that.

use chrono::{DateTime, Utc};
use footlight::domain::event::Event;
use footlight::entity::execution;
use footlight::store::{self, Store};
use sea_orm::{ConnectionTrait, DbBackend, Statement, TransactionTrait};
use serde_json::json;
use uuid::Uuid;

use crate::support::database::Database;
use crate::support::process::eventually;
use crate::support::rows;

/// Each has a page of its own, and some of others.
const RUNS: u128 = 1_500;

#[tokio::test]
async fn a_long_journal_is_brought_over_while_somebody_writes() {
    let database = Database::fresh().await;
    let store = Store::connect(&database.url, 2).await.unwrap();
    if !store.is_embedded() {
        return eprintln!("left out: PostgreSQL sees to its journal itself");
    }
    store.migrate().await.unwrap();
    let (owner, now) = (Uuid::from_u128(1), DateTime::<Utc>::UNIX_EPOCH);
    let wide = json!({ "wide": "x".repeat(5_000) });
    let tx = store.transaction().await.unwrap();
    let profile = store::profile::insert_if_absent(&tx, rows::profile(owner, now));
    assert!(profile.await.unwrap());
    let revision = rows::revision(owner, owner, json!([]));
    store::revision::insert(&tx, revision).await.unwrap();
    let runs: Vec<_> = (1..=RUNS)
        .map(|number| execution::Model {
            execution_inputs: wide.clone(),
            ..rows::run(Uuid::from_u128(number), owner, owner, now)
        })
        .collect();
    let runs: Vec<(_, &[Event])> = runs.iter().map(|run| (run, [].as_slice())).collect();
    store::execution::insert_all(&tx, &runs, now).await.unwrap();
    let other = sea_orm::Database::connect(&database.url).await.unwrap();
    let reading = other.begin().await.unwrap();
    let nobody = store::profile::find(&reading, owner).await.unwrap();
    assert_eq!(nobody, None);
    store.commit(tx).await.unwrap();

    // While somebody reads what was there before, nothing can be. Nobody commits after that.
    let (pages, brought_over) = journal(&store).await;
    assert!(brought_over < pages, "{brought_over} of {pages}");
    reading.rollback().await.unwrap();
    let writer = store.transaction().await.unwrap();
    eventually("an end of the way into the file", || async {
        let (pages, brought_over) = journal(&store).await;
        assert!(pages > 1_500, "{pages}");
        (pages == brought_over).then_some(())
    })
    .await;
    // Whoever began before that goes on in the same journal.
    writer.rollback().await.unwrap();
    let writer = store.transaction().await.unwrap();
    let delete = store::execution::delete(&writer, owner, Uuid::from_u128(1));
    assert!(delete.await.unwrap());
    store.commit(writer).await.unwrap();
    let (pages, _) = journal(&store).await;
    assert!(pages < 100, "it has begun anew: {pages}");
    store.close().await;
}

#[tokio::test]
async fn a_connection_that_is_opened_beside_a_writer_does_not_wait_for_it() {
    let database = Database::fresh().await;
    let store = Store::connect(&database.url, 4).await.unwrap();
    if !store.is_embedded() {
        return eprintln!("left out: PostgreSQL's readers never wait");
    }
    store.migrate().await.unwrap();
    let writer = store.transaction().await.unwrap();
    let counting = "with recursive n(i) as (select 1 union all select i + 1 from n limit 300000) \
                    select count(*) from n";
    let reads = (0..4).map(|_| {
        let query = Statement::from_string(DbBackend::Sqlite, counting);
        store.reader().query_one_raw(query)
    });
    for counted in futures_util::future::join_all(reads).await {
        let counted: i64 = counted.unwrap().unwrap().try_get_by_index(0).unwrap();
        assert_eq!(counted, 300_000);
    }
    writer.rollback().await.unwrap();
    store.close().await;
}

/// Pages in the journal, and how many of them are in the file. While they are brought over nobody else may look.
async fn journal(store: &Store) -> (i64, i64) {
    eventually("a look at the journal", || async {
        let query = Statement::from_string(DbBackend::Sqlite, "pragma wal_checkpoint(noop)");
        let row = store.reader().query_one_raw(query).await.ok()??;
        let number = |index| row.try_get_by_index(index).unwrap();
        Some((number(1), number(2)))
    })
    .await
}
