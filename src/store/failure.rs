//! What a failure of the database means: whether the transaction was undone, whether it may be repeated,
//! and whether the database answers at all.

use std::error::Error as StdError;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::{DbErr, RuntimeErr, SqlErr, sqlx};

use crate::error::Error;

/// The database did not answer in time. What it was asked to do may have been done.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the database gave no answer within {} s", .0.as_secs())]
pub struct Overrun(pub Duration);

impl From<Overrun> for sqlx::Error {
    fn from(overrun: Overrun) -> Self {
        Self::Io(io::Error::new(io::ErrorKind::TimedOut, overrun))
    }
}

/// May the transaction that failed so be repeated? True for serialization failures, deadlocks, locks that were
/// waited for in vain and keys that another transaction has taken meanwhile on PostgreSQL (40001, 40P01, 55P03,
/// 23505: the repeat finds its row) and for a busy SQLite: all of them undid the transaction.
#[must_use]
pub fn is_repeatable(error: &Error) -> bool {
    let code = database_error(error).and_then(sql_code);
    code.is_some_and(|code| {
        matches!(
            code.as_str(),
            "40001" | "40P01" | "55P03" | "23505" | "5" | "261" | "517"
        )
    })
}

/// Did the database not answer, or say that it shuts down, starts or is full? Else it lives, and it was the
/// request that was at fault.
#[must_use]
pub fn is_outage(error: &Error) -> bool {
    database_error(error).is_some_and(is_silence)
}

/// Did the database not answer in time?
#[must_use]
pub fn is_overrun(error: &Error) -> bool {
    let Some(sqlx::Error::Io(error)) = database_error(error).and_then(driver_error) else {
        return false;
    };
    error
        .get_ref()
        .is_some_and(<dyn StdError + Send + Sync>::is::<Overrun>)
}

/// Did somebody else write a row with the same unique key meanwhile?
#[must_use]
pub fn is_taken(error: &Error) -> bool {
    database_error(error).is_some_and(is_duplicate)
}

/// Did a row with the same unique key exist already?
#[must_use]
pub fn is_duplicate(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

/// Is the row that was pointed at gone?
#[must_use]
pub fn is_orphan(error: &DbErr) -> bool {
    matches!(
        error.sql_err(),
        Some(SqlErr::ForeignKeyConstraintViolation(_))
    )
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        Self::internal(error)
    }
}

/// See [`is_outage`].
pub(super) fn is_silence(error: &DbErr) -> bool {
    match error {
        DbErr::ConnectionAcquire(_) => true,
        other => driver_error(other).is_some_and(|error| !is_answer(error) || closes(error)),
    }
}

/// Is the connection in order after this? An error of the database's own is an answer, and so is a row that
/// does not decode.
pub(super) const fn is_answer(error: &sqlx::Error) -> bool {
    !matches!(
        error,
        sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed
    )
}

/// Does PostgreSQL end the connection with this error, or refuse one that it may accept later? It shuts down
/// or starts (57P01 to 57P05), ended the session (25P03), failed to connect (08…), or has no room (53300).
pub(super) fn closes(error: &sqlx::Error) -> bool {
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| {
        code.starts_with("57P") || code.starts_with("08") || matches!(&*code, "25P03" | "53300")
    })
}

pub(super) fn of_driver(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(Arc::new(error)))
}

pub(super) fn sql_code(error: &DbErr) -> Option<String> {
    let error = driver_error(error)?.as_database_error()?;
    Some(error.code()?.into_owned())
}

/// The database's error, which several may share.
fn database_error(error: &Error) -> Option<&DbErr> {
    let Error::Internal(source) = error else {
        return None;
    };
    match source.downcast_ref::<Arc<Error>>() {
        Some(shared) => database_error(shared),
        None => source.downcast_ref::<DbErr>(),
    }
}

fn driver_error(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error))
        | DbErr::Conn(RuntimeErr::SqlxError(error)) => Some(error),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(error: sqlx::Error) -> Error {
        of_driver(error).into()
    }

    #[test]
    fn silence_is_an_outage_and_a_row_that_does_not_decode_is_none() {
        let overrun = error(Overrun(Duration::from_secs(5)).into());
        assert!(is_outage(&overrun) && is_overrun(&overrun));
        let shared = Error::internal(Arc::new(overrun));
        assert!(
            is_outage(&shared) && is_overrun(&shared),
            "also when shared"
        );

        let refused = error(io::Error::from(io::ErrorKind::ConnectionRefused).into());
        assert!(is_outage(&refused) && !is_overrun(&refused));
        assert!(is_outage(&error(sqlx::Error::PoolTimedOut)));

        for ours in [
            error(sqlx::Error::ColumnNotFound("next_seq".to_owned())),
            error(sqlx::Error::Decode("not a number".into())),
            DbErr::Type("not a state".to_owned()).into(),
            DbErr::Json("not JSON".to_owned()).into(),
            Error::internal("something else"),
            Error::conflict("taken"),
        ] {
            assert!(!is_outage(&ours) && !is_repeatable(&ours), "{ours:?}");
        }
    }
}
