//! Names of workflows are searched without regard to case and normal form. Rows are read in batches, and those
//! that change are written one by one, unless somebody renames them meanwhile.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::prelude::Uuid;
use unicode_normalization::UnicodeNormalization;

use crate::rows::{Batches, write};

const WORKFLOWS: Batches = Batches {
    table: "workflows",
    columns: &["name", "name_folded"],
    size: 500,
};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let mut workflows = WORKFLOWS.filtered(Expr::val(true));
        while let Some(rows) = workflows.next(db).await? {
            let mut updates = Vec::new();
            for row in rows {
                let id: Uuid = row.try_get("", "id")?;
                let name: String = row.try_get("", "name")?;
                let before: String = row.try_get("", "name_folded")?;
                let folded = folded(&name);
                if folded != before {
                    let update = Query::update()
                        .table("workflows")
                        .value("name_folded", folded)
                        .and_where(Expr::col("id").eq(id))
                        .and_where(Expr::col("name").eq(name))
                        .to_owned();
                    updates.push(update);
                }
            }
            write(db, updates).await?;
        }
        Ok(())
    }

    /// A version before finds names of most scripts as they are folded now.
    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }
}

/// As the service folded names when this changed.
fn folded(name: &str) -> String {
    name.nfc()
        .flat_map(char::to_lowercase)
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .nfc()
        .collect()
}
