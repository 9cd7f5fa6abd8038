//! The status events of all runs of a user, in the order in which they become visible: what has become
//! so since a [`Mark`] is found by an index, however many runs there are.
//!
//! 1. On PostgreSQL a mark is a snapshot, which says of every transaction whether it had ended. What one shows
//!    and an earlier one does not was written by transactions that had not begun at the earlier one, or were
//!    under way. So a look costs what changed, however long anybody on the server has had a transaction open,
//!    and whatever the clocks of replicas say.
//! 2. On SQLite it is a time. One process writes there, one transaction after the other, and takes the time
//!    within it; what is left is a clock that is set back. So at or above a mark there may be events that
//!    were visible before, and whoever reads keeps these apart ([`Place::open`]).

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    Statement, Value,
};
use uuid::Uuid;

use super::STATUS;
use crate::entity::execution_event::{Column, Entity, Model};
use crate::error::{Error, Result};
use crate::store::rows;

/// So far a clock may be set back on SQLite.
const SLACK: TimeDelta = TimeDelta::seconds(5);

/// A moment in the order in which status events become visible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// On PostgreSQL: which transactions had ended, as the server writes it.
    Snapshot(String),
    /// On SQLite: no event before this time is to come.
    Time(DateTime<Utc>),
}

impl Mark {
    /// This mark, which was read after the other one, but not before that.
    #[must_use]
    pub fn not_before(self, earlier: &Self) -> Self {
        match (self, earlier) {
            (Self::Time(later), Self::Time(earlier)) => Self::Time(later.max(*earlier)),
            (mark @ (Self::Snapshot(_) | Self::Time(_)), _) => mark,
        }
    }
}

/// A status event, without what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub execution_id: Uuid,
    pub seq: i64,
    /// Will a look from the mark that this one went to find it again?
    pub open: bool,
}

// What this statement sees was committed, so that it was visible in a snapshot if its transaction had ended then.
// A dump brings along the numbers of another server's transactions, which may lie far ahead: these are old
// events, whatever their numbers.
const BY_NUMBER: &str = "
    select execution_id, seq, false as open
    from execution_events
    where user_id = $1 and kind = 'ExecutionStatusChanged'
        and written_by >= pg_snapshot_xmax($2::text::pg_snapshot)
        and written_by < pg_snapshot_xmax($3::text::pg_snapshot)
        and pg_visible_in_snapshot(written_by, $3::text::pg_snapshot)
    union all
    select execution_id, seq, false as open
    from execution_events
    where user_id = $1 and kind = 'ExecutionStatusChanged'
        and written_by = any (array(select pg_snapshot_xip($2::text::pg_snapshot)))
        and pg_visible_in_snapshot(written_by, $3::text::pg_snapshot)
    order by execution_id, seq";
const BY_TIME: &str = "
    select execution_id, seq, created_at >= $3 as open
    from execution_events
    where user_id = $1 and kind = 'ExecutionStatusChanged' and created_at >= $2
    order by execution_id, seq";

const AT: &str = "
    select execution_events.*
    from new join execution_events
        on execution_events.execution_id = new.execution_id and execution_events.seq = new.seq
    where execution_events.user_id = new.user_id
    order by execution_events.execution_id, execution_events.seq";

/// The mark of this moment: whatever status event of the user becomes visible later is found by a look from it.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn mark(db: &impl ConnectionTrait, owner: Uuid) -> Result<Mark> {
    if db.get_database_backend() == DbBackend::Postgres {
        let sql = "select pg_current_snapshot()::text as mark";
        let statement = Statement::from_string(DbBackend::Postgres, sql);
        let row = db.query_one_raw(statement).await?;
        let row =
            row.ok_or_else(|| Error::internal("a snapshot was asked for and not answered"))?;
        return Ok(Mark::Snapshot(row.try_get("", "mark")?));
    }
    let newest = Entity::find()
        .filter(Column::UserId.eq(owner))
        .filter(is_status())
        .order_by_desc(Column::CreatedAt)
        .select_only()
        .column(Column::CreatedAt);
    let newest: Option<DateTime<Utc>> = newest.into_tuple().one(db).await?;
    Ok(Mark::Time(newest.map_or(DateTime::UNIX_EPOCH, |at| {
        at.checked_sub_signed(SLACK).unwrap_or(at)
    })))
}

/// The status events of the user that a look from `from` to `to` finds, those of one run in order, and which of
/// them a look from `to` would find again.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn since(
    db: &impl ConnectionTrait,
    owner: Uuid,
    from: Mark,
    to: Mark,
) -> Result<Vec<Place>> {
    let backend = db.get_database_backend();
    let sql = match backend {
        DbBackend::Postgres => BY_NUMBER,
        _ => BY_TIME,
    };
    let values = [owner.into(), parameter(from), parameter(to)];
    let statement = Statement::from_sql_and_values(backend, sql, values);
    let mut places = Vec::new();
    for row in db.query_all_raw(statement).await? {
        places.push(Place {
            execution_id: row.try_get("", "execution_id")?,
            seq: row.try_get("", "seq")?,
            open: row.try_get("", "open")?,
        });
    }
    Ok(places)
}

/// The user's events at these places, in their order; those that are deleted are missing.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn at(
    db: &impl ConnectionTrait,
    owner: Uuid,
    places: &[(Uuid, i64)],
) -> Result<Vec<Model>> {
    let mut found = Vec::with_capacity(places.len());
    for piece in rows::pieces(places) {
        let mut values: Vec<Value> = Vec::with_capacity(piece.len() * 3);
        for (execution_id, seq) in piece {
            values.extend([owner.into(), (*execution_id).into(), (*seq).into()]);
        }
        let columns = ["user_id", "execution_id", "seq"];
        let statement = rows::with_new(db.get_database_backend(), &columns, values, AT);
        found.extend(Entity::find().from_raw_sql(statement).all(db).await?);
    }
    Ok(found)
}

/// As text of the statement: the index of these events is used for a statement that says so.
fn is_status() -> sea_orm::sea_query::SimpleExpr {
    use sea_orm::sea_query::{ExprTrait, SimpleExpr};
    Column::Kind
        .into_expr()
        .eq(SimpleExpr::Constant(STATUS.into()))
}

fn parameter(mark: Mark) -> Value {
    match mark {
        Mark::Snapshot(snapshot) => snapshot.into(),
        Mark::Time(time) => time.into(),
    }
}
