//! Conditions on states, as text of the statement and not as parameters: an index of the rows in one
//! state is used for a statement that says so, and a planner does not wait for parameters.

use sea_orm::ColumnTrait;
use sea_orm::sea_query::{ExprTrait, SimpleExpr};

use crate::domain::status::{AttemptStatus, ExecutionStatus};
use crate::entity::{execution, execution_log};

/// States in which runs have not ended.
pub const ACTIVE: [ExecutionStatus; 3] = [
    ExecutionStatus::Pending,
    ExecutionStatus::Running,
    ExecutionStatus::Paused,
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

pub fn attempt_is_open() -> SimpleExpr {
    execution_log::Column::Status
        .into_expr()
        .eq(text(AttemptStatus::Started.as_str()))
}

fn text(state: &'static str) -> SimpleExpr {
    SimpleExpr::Constant(state.into())
}
