//! What a failure leaves to the next attempt of its visit, as its log has it.

use crate::domain::feedback::Feedback;
use crate::domain::lineage::By;
use crate::entity::execution_log::{Failure, Model};

/// What the attempt with this log left.
pub(super) fn left_by(log: &Model) -> Feedback {
    left(Failure {
        id: log.id,
        raw_output: log.raw_output.clone(),
        answer_start: log.answer_start,
        validator_notes: log.validator_notes.clone(),
        error_message: log.error_message.clone(),
    })
}

/// What a failure left: the answer without the thoughts ahead of it, and what was said of it.
pub(in crate::service) fn left(failure: Failure) -> Feedback {
    let mut output = failure.raw_output.unwrap_or_default();
    let start = usize::try_from(failure.answer_start).unwrap_or(0);
    if output.is_char_boundary(start) {
        output.drain(..start);
    }
    let notes = failure.validator_notes.or(failure.error_message);
    Feedback {
        output,
        notes: notes.unwrap_or_default(),
        by: By::One(failure.id),
    }
}
