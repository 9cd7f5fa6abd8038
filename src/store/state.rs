//! Conditions on states, as text of the statement and not as parameters: an index of the rows in one
//! state is used for a statement that says so, and a planner does not wait for parameters.

use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement, SimpleExpr};
use uuid::Uuid;

use crate::domain::status::{AttemptStatus, ExecutionStatus};
use crate::entity::{execution, execution_log, workflow};

/// States in which runs have not ended.
pub const ACTIVE: [ExecutionStatus; 3] = [
    ExecutionStatus::Pending,
    ExecutionStatus::Running,
    ExecutionStatus::Paused,
];

/// States in which runs have ended.
const ENDED: [ExecutionStatus; 3] = [
    ExecutionStatus::Completed,
    ExecutionStatus::Failed,
    ExecutionStatus::Cancelled,
];

pub fn run_is(status: ExecutionStatus) -> SimpleExpr {
    execution::Column::Status
        .into_expr()
        .eq(text(status.as_str()))
}

pub fn run_is_active() -> SimpleExpr {
    let active = ACTIVE.map(|status| text(status.as_str()));
    execution::Column::Status.into_expr().is_in(active)
}

pub fn run_has_ended() -> SimpleExpr {
    let ended = ENDED.map(|status| text(status.as_str()));
    execution::Column::Status.into_expr().is_in(ended)
}

/// Has this user a workflow of that id which is not deleted? Asked once for a whole list.
pub fn workflow_is_there(owner: Uuid, id: Uuid) -> SimpleExpr {
    let mut found = workflows();
    found
        .and_where(workflow::Column::Id.eq(id))
        .and_where(workflow::Column::UserId.eq(owner))
        .and_where(workflow::Column::DeletedAt.is_null());
    Expr::exists(found)
}

/// Is the workflow of this run deleted?
pub fn workflow_is_deleted() -> SimpleExpr {
    let mut found = workflows();
    found
        .and_where(
            Expr::col((workflow::Entity, workflow::Column::Id))
                .equals((execution::Entity, execution::Column::WorkflowId)),
        )
        .and_where(workflow::Column::DeletedAt.is_not_null());
    Expr::exists(found)
}

pub fn attempt_is_open() -> SimpleExpr {
    execution_log::Column::Status
        .into_expr()
        .eq(text(AttemptStatus::Started.as_str()))
}

fn workflows() -> SelectStatement {
    Query::select()
        .expr(Expr::val(1))
        .from(workflow::Entity)
        .to_owned()
}

fn text(state: &'static str) -> SimpleExpr {
    SimpleExpr::Constant(state.into())
}
