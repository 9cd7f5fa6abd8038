//! Pages by keyset: of one list, and of many lists in one statement.

use sea_orm::sea_query::{Asterisk, Expr, ExprTrait, Query, SimpleExpr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IdenStatic, Order, PartialModelTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Select, Value,
};

use crate::domain::page::{BySeq, ByTime, Cursor, Page, PageRequest};
use crate::error::Result;

/// The columns that order a list, all in one direction.
#[derive(Clone, Debug)]
pub struct Key<C> {
    pub columns: Vec<C>,
    pub order: Order,
}

/// Where a page begins, and how many rows it has.
#[derive(Clone, Debug)]
pub struct Window {
    /// The key of the row before the page.
    pub after: Option<Vec<Value>>,
    /// Rows asked for; one more is read, to know whether more follow.
    pub size: u64,
}

impl Window {
    /// What a caller's request asks for, on a list that is ordered by `C`.
    ///
    /// # Errors
    /// `BadInput` when the size is out of range, or the cursor is none of this list's.
    pub fn of<C: Cursor + Into<Vec<Value>>>(request: &PageRequest) -> Result<Self> {
        Ok(Self {
            after: request.cursor::<C>()?.map(Into::into),
            size: request.size()?,
        })
    }

    /// Cuts the page out of the rows that were read.
    pub fn cut<T, C: Cursor>(&self, rows: Vec<T>, cursor: impl Fn(&T) -> C) -> Page<T> {
        Page::cut(rows, self.size, self.after.is_some(), cursor)
    }
}

impl From<ByTime> for Vec<Value> {
    fn from(key: ByTime) -> Self {
        vec![key.at.into(), key.id.into()]
    }
}

impl From<BySeq> for Vec<Value> {
    fn from(key: BySeq) -> Self {
        vec![key.0.into()]
    }
}

/// Reads one page of `select`.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn read<E, M>(
    db: &impl ConnectionTrait,
    select: Select<E>,
    key: &Key<E::Column>,
    window: &Window,
) -> Result<Vec<M>>
where
    E: EntityTrait,
    M: PartialModelTrait + Send + Sync,
{
    let mut select = begin_after(select, key, window).limit(window.size + 1);
    for column in &key.columns {
        select = select.order_by(*column, key.order.clone());
    }
    Ok(select.into_partial_model::<M>().all(db).await?)
}

/// Reads the same page of many lists at once: `select` spans them all, `parent` tells them apart.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn read_many<E, M>(
    db: &impl ConnectionTrait,
    select: Select<E>,
    parent: E::Column,
    key: &Key<E::Column>,
    window: &Window,
) -> Result<Vec<M>>
where
    E: EntityTrait,
    M: PartialModelTrait + Send + Sync,
{
    let select = begin_after(select, key, window);
    let mut inner = M::select_cols(select.select_only()).into_query();
    inner.expr_as(row_number(parent, key), "page_row");
    let limit = i64::try_from(window.size + 1).unwrap_or(i64::MAX);
    let outer = Query::select()
        .column(Asterisk)
        .from_subquery(inner, "pages")
        .and_where(Expr::col("page_row").lte(limit))
        .order_by("page_row", Order::Asc)
        .to_owned();
    let statement = db.get_database_backend().build(&outer);
    Ok(M::find_by_statement(statement).all(db).await?)
}

fn begin_after<E: EntityTrait>(
    select: Select<E>,
    key: &Key<E::Column>,
    window: &Window,
) -> Select<E> {
    let Some(values) = &window.after else {
        return select;
    };
    let columns = Expr::tuple(key.columns.iter().map(|column| column.into_expr()));
    let values = Expr::tuple(values.iter().map(|value| Expr::val(value.clone())));
    select.filter(match key.order {
        Order::Desc => columns.lt(values),
        _ => columns.gt(values),
    })
}

/// The number of a row within its list. Column names are our own, never a caller's.
fn row_number<C: ColumnTrait>(parent: C, key: &Key<C>) -> SimpleExpr {
    let direction = match key.order {
        Order::Desc => "desc",
        _ => "asc",
    };
    let order: Vec<String> = key
        .columns
        .iter()
        .map(|column| format!("{} {direction}", IdenStatic::as_str(column)))
        .collect();
    Expr::cust(format!(
        "row_number() over (partition by {} order by {})",
        IdenStatic::as_str(&parent),
        order.join(", ")
    ))
}
