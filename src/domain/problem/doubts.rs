//! What a stage says and hardly means: of its retries, its judge, its pattern, and the length of its prompt.

use std::collections::BTreeSet;

use super::{Problem, Severity};
use crate::domain::definition::{PROMPT, RETRY_PROMPT, Stage};
use crate::domain::setting::Settings;
use crate::domain::template::{Syntax, Template};
use crate::domain::validate::{Criteria, Kind, Reach};

pub(super) fn problems(stages: &[Stage]) -> Vec<Problem> {
    let of_stage = |stage| {
        let one = [
            retry_without_change(stage),
            judge_is_author(stage),
            pattern(stage),
        ];
        one.into_iter().flatten().chain(too_long(stage))
    };
    stages.iter().flat_map(of_stage).collect()
}

/// The same prompt to a model that always answers it alike.
fn retry_without_change(stage: &Stage) -> Option<Problem> {
    let defaults = stage.model.as_ref().map(|model| &model.config_defaults);
    let nothing = serde_json::json!({});
    let settings = Settings::of(defaults.unwrap_or(&nothing), stage.flowise_config.as_ref());
    let is_same =
        settings.asks_for_no_change() && stage.retry_limit > 0 && stage.retry_prompt().is_none();
    is_same.then(|| {
        Problem::of(
            Severity::Hint,
            "RETRY_WITHOUT_CHANGE",
            stage,
            "retryLimit",
            "lets the same prompt be asked again at temperature 0, which mostly brings the same answer: write a retryPromptTemplate with {{output}} and {{notes}}, or set another temperature",
        )
    })
}

fn judge_is_author(stage: &Stage) -> Option<Problem> {
    let (author, judge) = (stage.model.as_ref()?, stage.judge_model.as_ref()?);
    let is_same = stage.validation_type == Kind::Llm && author.id == judge.id;
    is_same.then(|| {
        Problem::of(
            Severity::Hint,
            "JUDGE_IS_AUTHOR",
            stage,
            "validationCriteria.modelId",
            "is the model that wrote the answer, and models are mild with their own: choose another judge",
        )
    })
}

fn pattern(stage: &Stage) -> Option<Problem> {
    let Ok(Criteria::Regex(pattern)) = stage.criteria() else {
        return None;
    };
    let reach = pattern.reach()?;
    let code = match reach {
        Reach::All => "PATTERN_MATCHES_ALL",
        Reach::None => "PATTERN_NEVER_MATCHES",
    };
    let why = match (reach, pattern.must_match()) {
        (Reach::All, true) => "matches every text, so that every answer passes",
        (Reach::All, false) => "matches every text, so that no answer passes",
        (Reach::None, true) => "matches no text, so that no answer passes",
        (Reach::None, false) => "matches no text, so that every answer passes",
    };
    let why = format!("{why}: say in it what an answer has to have");
    let field = "validationCriteria.pattern";
    Some(Problem::of(Severity::Warning, code, stage, field, &why))
}

/// What is sent whatever the values are is too much for a model already: for the stage's own its messages with the prompt, or with
/// that of a retry; for its judge what that one is asked.
fn too_long(stage: &Stage) -> Vec<Problem> {
    let texts: Vec<_> = stage
        .templates()
        .map(|template| {
            let literals = Template::parse(template.text, Syntax::Third);
            (template.field, literals.literals().collect::<String>())
        })
        .collect();
    let is_judges = |field: &str| field.starts_with("validationCriteria");
    let sent = |last: &str| {
        let is_sent = |field: &str| {
            field == last || (![PROMPT, RETRY_PROMPT].contains(&field) && !is_judges(field))
        };
        texts
            .iter()
            .filter(move |(field, _)| is_sent(field))
            .collect()
    };
    let judges: Vec<_> = texts.iter().filter(|(field, _)| is_judges(field)).collect();
    let calls: [(_, Vec<_>); 3] = [
        (&stage.model, sent(PROMPT)),
        (&stage.model, sent(RETRY_PROMPT)),
        (&stage.judge_model, judges),
    ];
    let mut told = BTreeSet::new();
    let problems = calls.into_iter().filter_map(|(model, texts)| {
        let all: Vec<_> = texts.iter().map(|(_, text)| text.as_str()).collect();
        let why = model.as_ref()?.too_long(&all)?;
        // The longest text is where it can be mended.
        let (field, _) = texts.iter().max_by_key(|(_, text)| text.len())?;
        let why = format!("{why}: shorten it, or choose a model with a longer context");
        told.insert(field.clone()).then(|| Problem {
            message: format!("{}: {why}", stage.label()),
            ..Problem::of(Severity::Warning, "PROMPT_TOO_LONG", stage, field, "")
        })
    });
    problems.collect()
}
