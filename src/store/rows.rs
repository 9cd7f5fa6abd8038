//! Several rows in one statement, in few texts: a connection keeps the statements that it has
//! prepared by their text, and a text of its own for every number of rows would push them all out.

use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, IdenStatic, Statement, Value};

use crate::error::Result;

/// Rows of one statement at most.
const MOST: usize = 64;

/// `rows` in pieces of 64, 32, 16 … 1: no other lengths.
pub(super) fn pieces<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let length = MOST.min(1 << rows.len().checked_ilog2()?);
        let (piece, rest) = rows.split_at(length);
        rows = rest;
        Some(piece)
    })
}

/// The same values, the last one repeated until their number is a power of two: for a condition that
/// a value be among them.
pub(super) fn padded<T: Clone>(values: &[T]) -> Vec<T> {
    let mut padded = values.to_vec();
    if let Some(last) = values.last() {
        padded.resize(values.len().next_power_of_two(), last.clone());
    }
    padded
}

/// Inserts rows, each with what `value` says of it in these columns. The library's own way builds a query
/// of every value, which costs more than sending it.
///
/// # Errors
/// `Internal` when the database fails.
pub(super) async fn insert<E: EntityTrait, R>(
    db: &impl ConnectionTrait,
    (table, columns): (E, impl Iterator<Item = E::Column>),
    rows: &[R],
    value: impl Fn(&R, E::Column) -> Value,
) -> Result<()> {
    let columns: Vec<_> = columns.collect();
    let names: Vec<_> = columns.iter().map(IdenStatic::as_str).collect();
    let (table, names) = (table.table_name(), names.join(", "));
    for piece in pieces(rows) {
        let mut values = Vec::with_capacity(piece.len() * columns.len());
        for row in piece {
            values.extend(columns.iter().map(|column| value(row, *column)));
        }
        let backend = db.get_database_backend();
        let mut sql = format!("insert into {table} ({names}) ");
        push_values(&mut sql, backend, columns.len(), values.len());
        db.execute_raw(Statement::from_sql_and_values(backend, sql, values))
            .await?;
    }
    Ok(())
}

/// A statement that begins with the rows of `values` as a common table called `new`: `with new (a, b) as
/// (values ($1, $2), ($3, $4)) …`. Both databases take the types of its columns from the parameters.
pub(super) fn with_new(
    backend: DbBackend,
    columns: &[&str],
    values: Vec<Value>,
    rest: &str,
) -> Statement {
    let mut sql = format!("with new ({}) as (", columns.join(", "));
    push_values(&mut sql, backend, columns.len(), values.len());
    sql.push_str(") ");
    sql.push_str(rest);
    Statement::from_sql_and_values(backend, sql, values)
}

/// Writes `values ($1, $2), ($3, $4) …`.
fn push_values(sql: &mut String, backend: DbBackend, columns: usize, values: usize) {
    sql.push_str("values ");
    for number in 0..values {
        sql.push_str(match (number, number % columns) {
            (0, _) => "(",
            (_, 0) => "), (",
            _ => ", ",
        });
        match backend {
            DbBackend::Postgres => {
                sql.push('$');
                sql.push_str(&(number + 1).to_string());
            }
            // SQLite looks a numbered parameter up among all the others.
            _ => sql.push('?'),
        }
    }
    sql.push(')');
}

/// How many rows these queries find together, counted no further than `most`: what that costs has a bound.
///
/// # Errors
/// `Internal` when the database fails.
pub(super) async fn count(
    db: &impl ConnectionTrait,
    queries: &[&str],
    mut values: Vec<Value>,
    most: u64,
) -> Result<u64> {
    values.push(i64::try_from(most).unwrap_or(i64::MAX).into());
    let limit = values.len();
    let limited = |query: &&str| format!("select * from ({query} limit ${limit}) as found");
    let found: Vec<_> = queries.iter().map(limited).collect();
    let sql = format!(
        "select count(*) as found from ({}) as counted",
        found.join(" union all ")
    );
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let counted = match db.query_one_raw(statement).await? {
        Some(row) => row.try_get::<i64>("", "found")?,
        None => 0,
    };
    Ok(u64::try_from(counted).unwrap_or_default().min(most))
}

/// Bytes of the texts and of the JSON that a statement brings along.
#[cfg(feature = "faults")]
pub(super) fn bytes_of(statement: &Statement) -> usize {
    let values = statement.values.iter().flat_map(|values| &values.0);
    values
        .map(|value| match value {
            Value::String(Some(text)) => text.len(),
            Value::Json(Some(json)) => crate::domain::limit::json_size(json),
            _ => 0,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_cut_into_few_lengths_and_none_is_lost() {
        let rows: Vec<_> = (0..173).collect();
        let lengths: Vec<_> = pieces(&rows).map(<[i32]>::len).collect();
        assert_eq!(lengths, [64, 64, 32, 8, 4, 1]);
        assert_eq!(pieces(&rows).collect::<Vec<_>>().concat(), rows);
        assert_eq!(pieces::<i32>(&[]).count(), 0);
    }

    #[test]
    fn values_are_padded_with_the_last_one() {
        assert_eq!(padded(&[1, 2, 3]), [1, 2, 3, 3]);
        assert_eq!(padded(&[1, 2]), [1, 2]);
        assert!(padded::<i32>(&[]).is_empty());
    }

    #[test]
    fn parameters_stand_row_by_row() {
        for (backend, parameters) in [
            (DbBackend::Postgres, "($1, $2), ($3, $4)"),
            (DbBackend::Sqlite, "(?, ?), (?, ?)"),
        ] {
            let values = [1, 2, 3, 4].map(Value::from).to_vec();
            let statement = with_new(backend, &["a", "b"], values, "select a from new");
            let expected = format!("with new (a, b) as (values {parameters}) select a from new");
            assert_eq!(statement.sql, expected);
        }
    }
}
