//! What the database knows of its tables when it plans a statement.

use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::error::Result;

/// The tables that runs fill, and of each what statements look rows up by: the rest is large.
const TABLES: &str = "executions (id, user_id, status, lease_owner), \
    execution_logs (id, execution_id, user_id, status), \
    execution_events (execution_id, seq, user_id)";

/// Makes PostgreSQL look at the tables of runs when it takes them for smaller than `runs` runs would have
/// made them. Answers whether it did. SQLite plans by the indexes alone.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn refresh(db: &impl ConnectionTrait, runs: u32) -> Result<bool> {
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(false);
    }
    // -1 before the first look.
    let known = "select 1 from pg_class where oid = 'executions'::regclass and reltuples >= $1";
    let known =
        Statement::from_sql_and_values(DbBackend::Postgres, known, [f64::from(runs).into()]);
    if db.query_one_raw(known).await?.is_some() {
        return Ok(false);
    }
    // Another replica that is at it does for this one, too.
    let look = format!("analyze (skip_locked) {TABLES}");
    db.execute_unprepared(&look).await?;
    Ok(true)
}
