//! Pages of lists, in the shape of Relay's connections.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Result, SimpleObject};

use super::context::{caller, loaders};
use super::execution::Execution;
use super::execution_log::ExecutionLog;
use super::snapshot::Snapshot;
use super::workflow::Workflow;
use crate::domain::page::{Page, PageRequest, count_limit};
use crate::entity::{execution, execution_log, snapshot, workflow};
use crate::error::Error;
use crate::service::count::{self, List};

/// How far rows are counted when nobody says.
const COUNTED: i32 = 1000;

/// The connection and the edge of one kind of item.
macro_rules! connection {
    ($connection:ident, $edge:ident, $node:ident, $row:ty) => {
        /// One page of a list. For the next page ask again with `after` set to `pageInfo.endCursor`.
        #[derive(Debug, SimpleObject)]
        #[graphql(complex)]
        pub struct $connection {
            /// The items of this page, each with its cursor.
            edges: Vec<$edge>,
            /// The items of this page without their cursors.
            nodes: Vec<$node>,
            /// Where this page lies in the list.
            page_info: PageInfo,
            #[graphql(skip)]
            list: List,
        }

        #[ComplexObject]
        impl $connection {
            /// How many items the whole list has, whatever `first` and `after` are, counted no further than `limit`:
            /// when that is the answer, there may be more.
            async fn count_up_to(
                &self,
                ctx: &Context<'_>,
                #[graphql(desc = "How far to count, 1 to 10,000.", default = 1000)] limit: Option<
                    i32,
                >,
            ) -> Result<i32> {
                counted(ctx, &self.list, limit).await
            }
        }

        /// An item of a list with its place in it.
        #[derive(Debug, SimpleObject)]
        pub struct $edge {
            /// The item's place in the list, for `after`. It says nothing to anybody but this list.
            cursor: String,
            /// The item.
            node: $node,
        }

        impl $connection {
            /// A page of a list.
            pub(super) fn of(page: Page<$row>, list: List) -> Self {
                let page_info = PageInfo::of(&page);
                let edges: Vec<$edge> = page
                    .edges
                    .into_iter()
                    .map(|(cursor, row)| $edge {
                        cursor,
                        node: row.into(),
                    })
                    .collect();
                Self {
                    nodes: edges.iter().map(|edge| edge.node.clone()).collect(),
                    page_info,
                    edges,
                    list,
                }
            }
        }
    };
}

connection!(WorkflowConnection, WorkflowEdge, Workflow, workflow::Row);
connection!(
    ExecutionConnection,
    ExecutionEdge,
    Execution,
    execution::Row
);
connection!(
    ExecutionLogConnection,
    ExecutionLogEdge,
    ExecutionLog,
    execution_log::Row
);
connection!(SnapshotConnection, SnapshotEdge, Snapshot, snapshot::Row);

/// Where a page lies in its list.
#[derive(Debug, SimpleObject)]
pub struct PageInfo {
    /// Are there items after this page?
    has_next_page: bool,
    /// Did this page begin at a cursor, so that there are items before it?
    has_previous_page: bool,
    /// The cursor of the first item; null when the page is empty.
    start_cursor: Option<String>,
    /// The cursor of the last item, for the `after` of the next page; null when the page is empty.
    end_cursor: Option<String>,
}

impl PageInfo {
    fn of<R>(page: &Page<R>) -> Self {
        Self {
            has_next_page: page.has_next,
            has_previous_page: page.has_previous,
            start_cursor: page.edges.first().map(|(cursor, _)| cursor.clone()),
            end_cursor: page.edges.last().map(|(cursor, _)| cursor.clone()),
        }
    }
}

/// How many rows a list has; those of many parents are counted together.
async fn counted(ctx: &Context<'_>, list: &List, limit: Option<i32>) -> Result<i32> {
    let limit = limit.unwrap_or(COUNTED);
    let most = count_limit(limit)?;
    let found = match list {
        List::Of(id, nested) => {
            let counts = &loaders(ctx).counts;
            let found = counts.load(*id, (*nested, most)).await?;
            found.map_or(0, |found| *found)
        }
        list => {
            let (deps, viewer) = caller(ctx)?;
            count::up_to(deps, viewer, list, most).await?
        }
    };
    Ok(i32::try_from(found).map_err(Error::internal)?)
}

/// A page that a loader read; an empty one where it read none.
pub fn shared<R: Clone>(page: Option<Arc<Page<R>>>) -> Page<R> {
    page.map_or_else(
        || Page {
            edges: Vec::new(),
            has_next: false,
            has_previous: false,
        },
        Arc::unwrap_or_clone,
    )
}

/// The page that a field's arguments ask for; `first` given as null takes its default.
pub fn page(first: Option<i32>, default: i32, after: Option<String>) -> PageRequest {
    PageRequest {
        first: first.unwrap_or(default),
        after,
    }
}
