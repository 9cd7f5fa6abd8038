//! Rows of a table that may be large, read in batches by their ids.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::prelude::Uuid;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend, QueryResult, TransactionTrait};

/// What is read of which table, and how many rows at once.
pub struct Batches {
    pub table: &'static str,
    /// Beside the id.
    pub columns: &'static [&'static str],
    pub size: u64,
}

/// The rows of a table that are still to come.
pub struct Rows {
    query: SelectStatement,
    after: Option<Uuid>,
}

impl Batches {
    /// The rows for which a condition holds.
    pub fn filtered(&self, condition: SimpleExpr) -> Rows {
        let query = Query::select()
            .column("id")
            .columns(self.columns.iter().copied())
            .from(self.table)
            .and_where(condition)
            .order_by("id", Order::Asc)
            .limit(self.size)
            .to_owned();
        Rows { query, after: None }
    }
}

impl Rows {
    /// The next batch; none at the end.
    pub async fn next(
        &mut self,
        db: &impl ConnectionTrait,
    ) -> Result<Option<Vec<QueryResult>>, DbErr> {
        let mut query = self.query.clone();
        if let Some(after) = self.after {
            query.and_where(Expr::col("id").gt(after));
        }
        let rows = db.query_all(&query).await?;
        if let Some(last) = rows.last() {
            self.after = Some(last.try_get("", "id")?);
        }
        Ok((!rows.is_empty()).then_some(rows))
    }
}

/// Writes what became of a batch. On SQLite each commit waits for the disk, and nobody else is there to hold up: it is
/// one. Elsewhere nobody waits for more than a row.
pub async fn write(
    db: &SchemaManagerConnection<'_>,
    updates: Vec<UpdateStatement>,
) -> Result<(), DbErr> {
    if db.get_database_backend() != DbBackend::Sqlite {
        for update in &updates {
            db.execute(update).await?;
        }
        return Ok(());
    }
    let tx = db.begin().await?;
    for update in &updates {
        tx.execute(update).await?;
    }
    tx.commit().await
}

/// At least one of them holds.
pub fn any<const N: usize>(conditions: [SimpleExpr; N]) -> SimpleExpr {
    let conditions = conditions.into_iter().fold(Cond::any(), Cond::add);
    conditions.into()
}
