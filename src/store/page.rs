//! Pages by keyset: of one list, and of many lists in one statement.

use sea_orm::sea_query::{Alias, Asterisk, Expr, ExprTrait, Query, UnionType};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IdenStatic, Order, PartialModelTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Select, Value,
};
use uuid::Uuid;

use crate::domain::page::{BySeq, ByTime, Cursor, Page, PageRequest};
use crate::error::Result;

/// Lists that one statement reads at most.
const LISTS_AT_ONCE: usize = 32;

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

/// Reads the same page of many lists at once, of the list of each of `parents`. Every list is read by
/// the index that has its order, so that its length does not matter.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn read_many<E, M>(
    db: &impl ConnectionTrait,
    select: Select<E>,
    (parent, parents): (E::Column, &[Uuid]),
    key: &Key<E::Column>,
    window: &Window,
) -> Result<Vec<M>>
where
    E: EntityTrait,
    M: PartialModelTrait + Send + Sync,
{
    let list = begin_after(select, key, window).limit(window.size + 1);
    let page_of = |id: &Uuid| {
        let mut page = list.clone().filter(parent.eq(*id));
        for column in &key.columns {
            page = page.order_by(*column, key.order.clone());
        }
        let page = M::select_cols(page.select_only()).into_query();
        // A part of a union has an order and a limit only as a subquery.
        let mut part = Query::select();
        part.column(Asterisk).from_subquery(page, "page").to_owned()
    };
    let mut found = Vec::new();
    for parents in parents.chunks(LISTS_AT_ONCE) {
        let Some(mut pages) = parents.iter().map(page_of).reduce(|mut pages, page| {
            pages.union(UnionType::All, page);
            pages
        }) else {
            continue;
        };
        for column in &key.columns {
            pages.order_by(Alias::new(IdenStatic::as_str(column)), key.order.clone());
        }
        let statement = db.get_database_backend().build(&pages);
        found.extend(M::find_by_statement(statement).all(db).await?);
    }
    Ok(found)
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
