//! What a stage says and hardly means: of its retries, its judge, its pattern, and the length of its prompt.

use std::collections::BTreeSet;

use super::{Problem, Severity};
use crate::domain::definition::{PROMPT, RETRY_PROMPT, Stage};
use crate::domain::setting::Settings;
use crate::domain::template::{Syntax, Template};
use crate::domain::validate::{Criteria, Kind, Reach};

pub(super) fn problems(stages: &[Stage]) -> Vec<Problem> {
    let of_stage = |stage| {
        [
            retry_without_change(stage),
            judge_is_author(stage),
            pattern(stage),
            too_long(stage),
        ]
    };
    stages.iter().flat_map(of_stage).flatten().collect()
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
    let field = "validationCriteria.pattern";
    Some(Problem::of(Severity::Warning, code, stage, field, why))
}

/// What is sent whatever the values are is too much for the model already.
fn too_long(stage: &Stage) -> Option<Problem> {
    let model = stage.model.as_ref()?;
    let mut texts = Vec::new();
    let mut kept = BTreeSet::new();
    for template in stage.templates() {
        // Of a prompt and that of a retry one is sent, and the judge's goes to another model.
        let is_sent = template.field != RETRY_PROMPT && !template.field.starts_with("validation");
        if is_sent && kept.insert(template.field.clone()) {
            let parsed = Template::parse(template.text, Syntax::Third);
            texts.push(parsed.literals().collect::<String>());
        }
    }
    let texts: Vec<_> = texts.iter().map(String::as_str).collect();
    let why = model.too_long(&texts)?;
    Some(Problem {
        message: format!("{}: {why}", stage.label()),
        ..Problem::of(Severity::Warning, "PROMPT_TOO_LONG", stage, PROMPT, "")
    })
}
