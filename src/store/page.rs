//! Pages by keyset: of one list, and of many lists in one statement; and how many rows lists have.

use sea_orm::sea_query::{
    Alias, Asterisk, Expr, ExprTrait, Func, Query, SelectStatement, UnionType,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IdenStatic, Order, PartialModelTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Select, Value,
};
use uuid::Uuid;

use crate::domain::page::{BySeq, ByTime, Cursor, Page, PageRequest};
use crate::error::Result;

/// Lists that one statement reads at most.
const LISTS_AT_ONCE: usize = 32;

/// What counts are called, and whose they are.
const FOUND: &str = "found";
const PARENT: &str = "parent";

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
    let page = in_order(begin_after(select, key, window), key).limit(window.size + 1);
    Ok(page.into_partial_model::<M>().all(db).await?)
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
    let mut found = Vec::new();
    for parents in parents.chunks(LISTS_AT_ONCE) {
        let lists = parents
            .iter()
            .map(|id| select.clone().filter(parent.eq(*id)));
        let Some(pages) = pages::<E, M>(lists, key, window) else {
            continue;
        };
        let statement = db.get_database_backend().build(&pages);
        found.extend(M::find_by_statement(statement).all(db).await?);
    }
    Ok(found)
}

/// Reads one page of lists that are one list to whoever asks. Each is read by the index that has its order, no
/// further than the page goes, so that their lengths do not matter.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn read_merged<E, M>(
    db: &impl ConnectionTrait,
    lists: Vec<Select<E>>,
    key: &Key<E::Column>,
    window: &Window,
) -> Result<Vec<M>>
where
    E: EntityTrait,
    M: PartialModelTrait + Send + Sync,
{
    if let [list] = lists.as_slice() {
        return read(db, list.clone(), key, window).await;
    }
    let Some(mut pages) = pages::<E, M>(lists.into_iter(), key, window) else {
        return Ok(Vec::new());
    };
    pages.limit(window.size + 1);
    let statement = db.get_database_backend().build(&pages);
    Ok(M::find_by_statement(statement).all(db).await?)
}

/// How many rows these lists have together, counted no further than `most`, by the indexes that have their order.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn count<E: EntityTrait>(
    db: &impl ConnectionTrait,
    lists: Vec<Select<E>>,
    key: &Key<E::Column>,
    most: u64,
) -> Result<u64> {
    let lists = lists.into_iter().map(|list| counted(list, key, most));
    let Some(mut lists) = union(lists) else {
        return Ok(0);
    };
    lists.limit(most);
    let statement = db.get_database_backend().build(&how_many(lists));
    let row = db.query_one_raw(statement).await?;
    let found: i64 = match row {
        Some(row) => row.try_get("", FOUND)?,
        None => 0,
    };
    Ok(u64::try_from(found).unwrap_or(0))
}

/// The same of the list of each of `parents`.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn count_many<E: EntityTrait>(
    db: &impl ConnectionTrait,
    select: Select<E>,
    (parent, parents): (E::Column, &[Uuid]),
    key: &Key<E::Column>,
    most: u64,
) -> Result<Vec<(Uuid, u64)>> {
    let count_of = |id: &Uuid| {
        let list = counted(select.clone().filter(parent.eq(*id)), key, most);
        let mut count = how_many(list);
        count.expr_as(Expr::val(*id), PARENT);
        count
    };
    let mut found = Vec::with_capacity(parents.len());
    for parents in parents.chunks(LISTS_AT_ONCE) {
        let Some(counts) = union(parents.iter().map(count_of)) else {
            continue;
        };
        let statement = db.get_database_backend().build(&counts);
        for row in db.query_all_raw(statement).await? {
            let count: i64 = row.try_get("", FOUND)?;
            found.push((row.try_get("", PARENT)?, u64::try_from(count).unwrap_or(0)));
        }
    }
    Ok(found)
}

/// The same page of each of these lists, in the order of the key.
fn pages<E, M>(
    lists: impl Iterator<Item = Select<E>>,
    key: &Key<E::Column>,
    window: &Window,
) -> Option<SelectStatement>
where
    E: EntityTrait,
    M: PartialModelTrait,
{
    let page_of = |list| {
        let page = in_order(begin_after(list, key, window), key).limit(window.size + 1);
        part(M::select_cols(page.select_only()).into_query())
    };
    let mut pages = union(lists.map(page_of))?;
    for column in &key.columns {
        pages.order_by(Alias::new(IdenStatic::as_str(column)), key.order.clone());
    }
    Some(pages)
}

/// The rows of a list as far as they are counted.
fn counted<E: EntityTrait>(list: Select<E>, key: &Key<E::Column>, most: u64) -> SelectStatement {
    let rows = in_order(list, key).limit(most).select_only();
    part(rows.expr_as(Expr::val(1), "one").into_query())
}

fn how_many(rows: SelectStatement) -> SelectStatement {
    let mut count = Query::select();
    count
        .expr_as(Func::count(Expr::col(Asterisk)), FOUND)
        .from_subquery(rows, "counted");
    count
}

fn union(parts: impl Iterator<Item = SelectStatement>) -> Option<SelectStatement> {
    parts.reduce(|mut all, part| {
        all.union(UnionType::All, part);
        all
    })
}

/// A part of a union has an order and a limit only as a subquery.
fn part(page: SelectStatement) -> SelectStatement {
    let mut part = Query::select();
    part.column(Asterisk).from_subquery(page, "page").to_owned()
}

fn in_order<E: EntityTrait>(mut select: Select<E>, key: &Key<E::Column>) -> Select<E> {
    for column in &key.columns {
        select = select.order_by(*column, key.order.clone());
    }
    select
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
