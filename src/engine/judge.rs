//! The judge of an answer that is kept: asked once, whatever comes of it. When it is asked again is decided
//! by [`crate::service::drive::judge`].

use std::sync::Arc;
use std::time::Instant;

use serde_json::Value;

use super::call::{Failure, call, charge, stopped_badly};
use super::hearing::Heard;
use super::limits::Limits;
use super::stage::{Judged, by_rule, pinned};
use super::{Tools, request, too_long};
use crate::domain::context::Entry;
use crate::domain::definition::Stage;
use crate::domain::form::Form;
use crate::domain::progress::Messages;
use crate::domain::retry::{NoVerdict, Outcome};
use crate::domain::template::Template;
use crate::domain::validate::Verdict;
use crate::domain::validate::judge::{self, JudgeRule};
use crate::error::{Error, Result};
use crate::llm::{Answer, Request};
use crate::service::drive::{Attempt, Scene, advance};

/// Asks the judge of the answer in the attempt's log.
///
/// # Errors
/// `Internal` when the pinned definition is unreadable.
pub async fn ask(tools: &Tools, scene: &Scene, attempt: &Attempt) -> Result<Judged> {
    let stage = advance::pinned_stage(&scene.definition, attempt.log.stage_order)?;
    let mut log = attempt.log.clone();
    let request = match question(scene, stage, attempt)? {
        Ok(request) => request,
        Err(error) => return Ok(Judged::finished(log, Outcome::Hopeless { error }, None)),
    };
    let began = Instant::now();
    let limits = Limits::of(tools, stage);
    let (answer, heard) = call(tools, &request, (limits, None)).await;
    let usage = answer.as_ref().ok().and_then(|answer| answer.usage);
    charge(&mut log, usage, began.elapsed());
    if heard.reasoning.is_some() {
        log.judge_reasoning.clone_from(&heard.reasoning);
    }
    Ok(match read(tools, scene, (answer, heard)).await? {
        Ok(verdict) => {
            let raw = attempt.answer().to_owned();
            let entry = Entry::new(raw, log.parsed_output.clone()).brought_by(log.id);
            Judged::finished(log, by_rule(verdict), Some(Arc::new(entry)))
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
    scene: &Scene,
    stage: &Stage,
    attempt: &Attempt,
) -> Result<std::result::Result<Request, String>> {
    let rule = JudgeRule::parse(stage.validation_criteria.as_ref())
        .map_err(|fault| Error::internal(fault.message))?;
    let model = pinned(stage.judge_model.as_ref())?;
    let mut variables = attempt.prepared.variables.clone();
    let answer = attempt.answer().to_owned();
    variables.insert("output".to_owned(), Value::String(answer));
    let system = Some(judge::SYSTEM_MESSAGE.to_owned());
    let keys = scene.definition.keys();
    let grammar = scene.definition.grammar(&keys);
    let grammar = grammar.of_items(stage.for_each.is_some());
    let prompt = Template::parse(rule.prompt, grammar);
    let asked = prompt.render(&variables).and_then(|prompt| {
        let turns = Vec::new();
        let messages = Messages {
            system,
            turns,
            prompt,
        };
        let request = request(model, None, messages, Some(Form::verdict()));
        match too_long(model, &request) {
            Some(error) => Err(error),
            None => Ok(request),
        }
    });
    Ok(asked.map_err(|error| format!("the judge's prompt: {error}")))
}

async fn read(
    tools: &Tools,
    scene: &Scene,
    (answer, heard): (std::result::Result<Answer, Failure>, Heard),
) -> Result<std::result::Result<Verdict, NoVerdict>> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(failure) => return Ok(Err(failure.into())),
    };
    match stopped_badly(&answer, &heard) {
        None => {}
        Some(Outcome::Hopeless { error }) => return Ok(Err(NoVerdict::Hopeless { error })),
        Some(outcome) => {
            let error = outcome.why().unwrap_or_default().to_owned();
            return Ok(Err(NoVerdict::Unreadable { error }));
        }
    }
    let (rules, owner) = (&tools.deps.rules, scene.user_id);
    let read = rules.verdict(owner, heard.text.answer()).await?;
    let verdict = read.unwrap_or_else(|unapplied| Err(format!("the judge's answer {unapplied}")));
    Ok(verdict.map_err(|error| NoVerdict::Unreadable { error }))
}
