//! The judge of an answer that is kept: asked once, whatever comes of it. When it is asked again is decided
//! by [`crate::service::drive::judge`].

use std::sync::Arc;
use std::time::Instant;

use serde_json::Value;

use super::call::{Failure, Limits, call, charge, stopped_badly};
use super::stage::{Judged, by_rule, pinned};
use super::{Tools, request};
use crate::domain::context::Entry;
use crate::domain::definition::Stage;
use crate::domain::progress::Messages;
use crate::domain::retry::{NoVerdict, Outcome};
use crate::domain::template::Template;
use crate::domain::validate::Verdict;
use crate::domain::validate::judge::{self, JudgeRule};
use crate::error::{Error, Result};
use crate::llm::{Answer, Request};
use crate::service::drive::{Attempt, Lease, advance};

/// Asks the judge of the answer in the attempt's log.
///
/// # Errors
/// `Internal` when the pinned definition is unreadable.
pub async fn ask(tools: &Tools, lease: &Lease, attempt: &Attempt) -> Result<Judged> {
    let stage = advance::pinned_stage(&lease.definition, attempt.log.stage_order)?;
    let mut log = attempt.log.clone();
    let request = match question(lease, stage, attempt)? {
        Ok(request) => request,
        Err(error) => return Ok(Judged::finished(log, Outcome::Hopeless { error }, None)),
    };
    let began = Instant::now();
    let limits = Limits::of(tools, stage);
    let answer = call(tools, &request, (limits, None)).await;
    let usage = answer.as_ref().ok().and_then(|answer| answer.usage);
    charge(&mut log, usage, began.elapsed());
    Ok(match read(answer) {
        Ok(verdict) => {
            let raw = log.raw_output.clone().unwrap_or_default();
            let output = Some(Arc::new(Entry::new(raw, log.parsed_output.clone())));
            Judged::finished(log, by_rule(verdict), output)
        }
        Err(failure) => {
            tracing::info!(
                execution = %log.execution_id,
                stage = log.stage_order,
                attempt = log.attempt_number,
                why = word(&failure),
                "the judge gave no verdict"
            );
            Judged::NoVerdict(Box::new(log), failure)
        }
    })
}

const fn word(failure: &NoVerdict) -> &'static str {
    match failure {
        NoVerdict::Unreadable { .. } => "its answer is none",
        NoVerdict::Unreachable { .. } => "it did not answer",
        NoVerdict::Hopeless { .. } => "it will not answer",
    }
}

/// What the judge is asked, or why that cannot be said.
fn question(
    lease: &Lease,
    stage: &Stage,
    attempt: &Attempt,
) -> Result<std::result::Result<Request, String>> {
    let rule = JudgeRule::parse(stage.validation_criteria.as_ref())
        .map_err(|fault| Error::internal(fault.message))?;
    let model = pinned(stage.judge_model.as_ref())?;
    let mut variables = attempt.prepared.variables.clone();
    let raw = attempt.log.raw_output.clone().unwrap_or_default();
    variables.insert("output".to_owned(), Value::String(raw));
    let system = Some(judge::SYSTEM_MESSAGE.to_owned());
    let prompt = Template::parse(rule.prompt, lease.definition.template_syntax);
    let prompt = prompt.render(&variables);
    Ok(prompt
        .map(|prompt| request(model, None, Messages { system, prompt }))
        .map_err(|error| format!("the judge's prompt: {error}")))
}

fn read(answer: std::result::Result<Answer, Failure>) -> std::result::Result<Verdict, NoVerdict> {
    let answer = answer?;
    match stopped_badly(&answer, &answer.text) {
        None => judge::read_answer(&answer.text).map_err(|error| NoVerdict::Unreadable { error }),
        Some(Outcome::Hopeless { error }) => Err(NoVerdict::Hopeless { error }),
        Some(outcome) => Err(NoVerdict::Unreadable {
            error: outcome.why().unwrap_or_default().to_owned(),
        }),
    }
}
