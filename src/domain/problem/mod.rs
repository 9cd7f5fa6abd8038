//! What is wrong, or doubtful, in a workflow: found by looking at its stages and at every way between them, nothing
//! is run.
//!
//! 1. What a save and a start refuse is an error ([`crate::domain::definition::faults`], [`start`]).
//! 2. The ways from stage to stage, by pass, by value and by fail, say what can be there when a stage begins ([`flow`]).
//!    Every path that a stage reads ([`reads`]) is held against that and against what its stage's output can have ([`shape`]).
//! 3. What nobody means is said beside it: [`doubts`], [`text`], [`unused`].
//!
//! An error is certain: a run would not start, or would fail in that stage whenever it comes to that field.

mod doubts;
mod flow;
mod inputs;
mod reads;
mod shape;
mod start;
#[cfg(test)]
mod tests;
mod text;
mod unused;

use std::ops::Range;

use super::definition::{Definition, Fault, OUTPUT_MAPPING, Stage, check_output, faults};

pub use self::inputs::names as input_names;

/// Most problems that are told of one workflow.
pub const MOST: usize = 500;

/// Something that is wrong or doubtful.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub severity: Severity,
    /// A word for machines, like `NEVER_THERE`.
    pub code: &'static str,
    /// What is wrong and what would be right.
    pub message: String,
    /// The order of its stage; none for the workflow as a whole.
    pub stage_order: Option<i32>,
    /// The field of the stage, or of the workflow, in the API's names.
    pub field: Option<String>,
    /// Where in the text of that field, in Unicode code points; none: all of it.
    pub span: Option<Range<usize>>,
}

/// How bad it is, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// A run would not start, or would fail there.
    Error,
    /// A run may fail, or does what nobody means.
    Warning,
    /// It may be left as it is.
    Hint,
}

/// What a save refuses.
const BAD_USER_INPUT: &str = "BAD_USER_INPUT";

impl Problem {
    /// A problem of a field of a stage. The message begins with both, like that of a save.
    #[must_use]
    pub fn of(
        severity: Severity,
        code: &'static str,
        stage: &Stage,
        field: &str,
        why: &str,
    ) -> Self {
        Self {
            severity,
            code,
            message: format!("{}: {field} {why}", stage.label()),
            stage_order: Some(stage.stage_order),
            field: Some(field.to_owned()),
            span: None,
        }
    }

    /// A problem of a stage as a whole.
    #[must_use]
    fn of_stage(severity: Severity, code: &'static str, stage: &Stage, why: &str) -> Self {
        Self {
            severity,
            code,
            message: format!("{} {why}", stage.label()),
            stage_order: Some(stage.stage_order),
            field: None,
            span: None,
        }
    }

    /// A problem of the workflow as a whole.
    #[must_use]
    fn of_workflow(
        severity: Severity,
        code: &'static str,
        field: Option<String>,
        message: String,
    ) -> Self {
        Self {
            severity,
            code,
            message,
            stage_order: None,
            field,
            span: None,
        }
    }

    /// What a save refuses of these stages.
    #[must_use]
    pub fn refused(stages: &[Stage], fault: Fault) -> Self {
        let stage = fault.index.and_then(|index| stages.get(index));
        let span = fault.span.zip(stage).and_then(|(span, stage)| {
            let template = stage.templates().find(|it| it.field == fault.field)?;
            Some(code_points(template.text, &span))
        });
        Self {
            severity: Severity::Error,
            code: BAD_USER_INPUT,
            message: fault.message,
            stage_order: stage.map(|stage| stage.stage_order),
            field: Some(fault.field),
            span,
        }
    }

    /// The same problem at a place in the text of its field, which is given in bytes.
    fn at(self, text: &str, span: &Range<usize>) -> Self {
        Self {
            span: Some(code_points(text, span)),
            ..self
        }
    }
}

/// All that is wrong or doubtful in these stages, as they are or would be saved, with their models as far as they
/// have any; the worst first, then by stage. What only a server knows, whether a provider is configured and a rule compiles, is
/// for the caller to add.
#[must_use]
pub fn problems(definition: &Definition) -> Vec<Problem> {
    let stages = &definition.stages;
    let mut found: Vec<Problem> = faults(stages)
        .into_iter()
        .take(MOST)
        .map(|fault| Problem::refused(stages, fault))
        .collect();
    let answer = check_output(stages, definition.output_mapping.as_ref());
    found.extend(answer.err().map(|fault| Problem::refused(stages, fault)));
    found.extend(start::problems(definition));
    let flow = flow::Flow::of(stages);
    found.extend(flow.problems(stages));
    found.extend(reads::problems(definition, &flow));
    found.extend(doubts::problems(stages));
    found.extend(text::problems(definition));
    found.extend(unused::problems(definition, &flow));
    sorted(found)
}

/// The worst first, then by stage; at most [`MOST`].
#[must_use]
pub fn sorted(mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.sort_by_key(|it| (it.severity, it.stage_order.unwrap_or_default()));
    problems.truncate(MOST);
    problems
}

/// The mapping of what a run answers, as a field of a problem.
fn answer_field(variable: &str) -> String {
    format!("{OUTPUT_MAPPING}.{variable}")
}

/// A place in a text, from bytes to code points.
fn code_points(text: &str, span: &Range<usize>) -> Range<usize> {
    let start = text.get(..span.start).map_or(0, |it| it.chars().count());
    let length = text.get(span.clone()).map_or(0, |it| it.chars().count());
    start..start + length
}
