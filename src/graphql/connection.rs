//! Pages of lists, in the shape of Relay's connections.

use std::sync::Arc;

use async_graphql::{OutputType, SimpleObject};

use super::execution::Execution;
use super::execution_log::ExecutionLog;
use super::snapshot::Snapshot;
use super::workflow::Workflow;
use crate::domain::page::{Page, PageRequest};

/// One page of a list. For the next page ask again with `after` set to `pageInfo.endCursor`.
#[derive(Debug, SimpleObject)]
#[graphql(
    concrete(name = "WorkflowConnection", params(Workflow)),
    concrete(name = "ExecutionConnection", params(Execution)),
    concrete(name = "ExecutionLogConnection", params(ExecutionLog)),
    concrete(name = "SnapshotConnection", params(Snapshot))
)]
pub struct Connection<T: OutputType> {
    /// The items of this page, each with its cursor.
    edges: Vec<Edge<T>>,
    /// The items of this page without their cursors.
    nodes: Vec<T>,
    /// Where this page lies in the list.
    page_info: PageInfo,
}

/// An item of a list with its place in it.
#[derive(Debug, SimpleObject)]
#[graphql(
    concrete(name = "WorkflowEdge", params(Workflow)),
    concrete(name = "ExecutionEdge", params(Execution)),
    concrete(name = "ExecutionLogEdge", params(ExecutionLog)),
    concrete(name = "SnapshotEdge", params(Snapshot))
)]
pub struct Edge<T: OutputType> {
    /// The item's place in the list, for `after`. It says nothing to anybody but this list.
    cursor: String,
    /// The item.
    node: T,
}

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

impl<R, T> From<Page<R>> for Connection<T>
where
    T: OutputType + Clone + From<R>,
{
    fn from(page: Page<R>) -> Self {
        let edges: Vec<Edge<T>> = page
            .edges
            .into_iter()
            .map(|(cursor, row)| Edge {
                cursor,
                node: row.into(),
            })
            .collect();
        Self {
            nodes: edges.iter().map(|edge| edge.node.clone()).collect(),
            page_info: PageInfo {
                has_next_page: page.has_next,
                has_previous_page: page.has_previous,
                start_cursor: edges.first().map(|edge| edge.cursor.clone()),
                end_cursor: edges.last().map(|edge| edge.cursor.clone()),
            },
            edges,
        }
    }
}

impl<T: OutputType> Connection<T> {
    /// A page that a loader read; an empty one where it read none.
    pub fn shared<R: Clone>(page: Option<Arc<Page<R>>>) -> Self
    where
        T: Clone + From<R>,
    {
        page.map_or_else(
            || Page {
                edges: Vec::new(),
                has_next: false,
                has_previous: false,
            },
            Arc::unwrap_or_clone,
        )
        .into()
    }
}

/// The page that a field's arguments ask for; `first` given as null takes its default.
pub fn page(first: Option<i32>, default: i32, after: Option<String>) -> PageRequest {
    PageRequest {
        first: first.unwrap_or(default),
        after,
    }
}
