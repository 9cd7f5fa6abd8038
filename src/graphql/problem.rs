//! What is wrong, or doubtful, in a workflow.

use async_graphql::{Enum, SimpleObject};

use crate::domain::problem;

/// Something that is wrong or doubtful in a workflow, found without running it.
#[derive(Debug, SimpleObject)]
pub struct Problem {
    /// How bad it is.
    severity: Severity,
    /// A word for machines: `NEVER_THERE` (a path that no way through the workflow can have filled), `MAYBE_MISSING` (one that some
    /// way leaves empty), `MAYBE_UNTYPED`, `UNREACHABLE_STAGE`, `ENDLESS_LOOP`, `LOOKS_LIKE_A_PLACEHOLDER`, `RETRY_WITHOUT_CHANGE`,
    /// `UNUSED_OUTPUT`, `UNUSED_MAPPING`, `UNUSED_KEY`, `PATTERN_NEVER_MATCHES`, `PATTERN_MATCHES_ALL`, `PROMPT_TOO_LONG`,
    /// `JUDGE_IS_AUTHOR`; what a start refuses: `NO_STAGES`, `NO_PROMPT`, `NO_MODEL`, `MODEL_UNKNOWN`, `PROVIDER_NOT_CONFIGURED`; what a
    /// save refuses has the code of its error.
    code: &'static str,
    /// What is wrong and what can be done, in a sentence that names the stage and the field.
    message: String,
    /// The stage; null: the workflow as a whole.
    stage_order: Option<i32>,
    /// The field of the stage, or of the workflow: `promptTemplate`, `inputVariableMapping.topic`. Null: all of it.
    field: Option<String>,
    /// Where it begins in the text of that field, in Unicode code points from 0; null: all of the field.
    start: Option<usize>,
    /// Where it ends there: the code point after the last one.
    end: Option<usize>,
}

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "problem::Severity")]
pub enum Severity {
    /// A run would not start, or would fail there.
    Error,
    /// A run may fail, or does what nobody means.
    Warning,
    /// It may be left as it is.
    Hint,
}

impl From<problem::Problem> for Problem {
    fn from(found: problem::Problem) -> Self {
        Self {
            severity: found.severity.into(),
            code: found.code,
            message: found.message,
            stage_order: found.stage_order,
            field: found.field,
            start: found.span.as_ref().map(|span| span.start),
            end: found.span.map(|span| span.end),
        }
    }
}
