//! Attempts at stages, and the decisions that people make on them.

mod variable;

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use serde_json::Value;

pub use self::variable::UsedVariable;
use crate::domain::context::{Context as Outputs, Entry, Left};
use crate::domain::key::Keys;
use crate::domain::lineage::{By, Used};
use crate::domain::source::{Found, Nulls, Places, SourcePath};
use crate::domain::{status, usage};
use crate::entity::{self, execution_log::Payload};
use crate::error::{self, Error};
use crate::graphql::connection::{ExecutionLogConnection, page};
use crate::graphql::context::{self, caller, detached, loaders};
use crate::graphql::execution::Execution;
use crate::graphql::id::id_of;
use crate::graphql::scalar::{DateTime, Json};
use crate::graphql::stage::Stage;
use crate::service::count::List;
use crate::service::{execution_log, validation};

/// One attempt at one stage.
#[derive(Clone, Debug)]
pub struct ExecutionLog(pub(super) Arc<entity::execution_log::Row>);

impl From<entity::execution_log::Row> for ExecutionLog {
    fn from(row: entity::execution_log::Row) -> Self {
        Self(Arc::new(row))
    }
}

impl ExecutionLog {
    async fn payload(&self, ctx: &Context<'_>) -> Result<Arc<Payload>> {
        loaders(ctx)
            .log_payloads
            .get("executionLog", self.0.id)
            .await
    }

    /// Turns that were taken from elsewhere are kept where they are, and in what was sent.
    async fn taken_turns(&self, ctx: &Context<'_>, used: &Used) -> Result<Option<Value>> {
        let Ok(path) = SourcePath::parse(&used.path, Keys::NONE) else {
            return Ok(None);
        };
        let nothing = Value::Null;
        let inputs = match path {
            SourcePath::Inputs { .. } => {
                let inputs = &loaders(ctx).execution_inputs;
                inputs.find(self.0.execution_id).await?
            }
            _ => None,
        };
        let mut context = Outputs::default();
        if let (By::One(id), Some(stage)) = (&used.by, path.stage())
            && let Some(payload) = loaders(ctx).log_payloads.find(*id).await?
        {
            let raw = payload.raw_output.clone().unwrap_or_default();
            let entry = Arc::new(Entry::new(raw, payload.parsed_output.clone()));
            context.leave(stage, Left::Output { entry, notes: None });
        }
        let inputs = inputs.as_deref().unwrap_or(&nothing);
        let found = Places::new(inputs, &context, Nulls::AreNone).find(&path);
        Ok(found.map(Found::to_value))
    }
}

/// One attempt at one stage of a run: a call of the model, and what became of it. Every call has its
/// own, those after a timeout or a crash included.
#[Object]
impl ExecutionLog {
    /// Identifies the attempt.
    fn id(&self) -> ID {
        self.0.id.into()
    }

    /// The run that it belongs to.
    fn execution_id(&self) -> ID {
        self.0.execution_id.into()
    }

    /// The run that it belongs to.
    async fn execution(&self, ctx: &Context<'_>) -> Result<Execution> {
        let run = loaders(ctx)
            .executions
            .get("execution", self.0.execution_id)
            .await?;
        Ok(Execution(run))
    }

    /// The stage as it is now; null once it is gone. What the attempt was made with stands in the
    /// run's `definition`.
    async fn stage(&self, ctx: &Context<'_>) -> Option<Result<Stage>> {
        let found = loaders(ctx).stages.find(self.0.stage_id?).await;
        found.map(|row| row.map(Stage)).transpose()
    }

    /// The place of the stage in the run.
    fn stage_order(&self) -> i32 {
        self.0.stage_order
    }

    /// What the stage was called; null when it had no name.
    fn stage_name(&self) -> Option<&str> {
        self.0.stage_name.as_deref()
    }

    /// Counts the attempts at this stage in this run, from 1; of a stage that runs for each item of a list those at
    /// this item.
    fn attempt_number(&self) -> i32 {
        self.0.attempt_number
    }

    /// Counts the visits of this stage in this run, from 1: a loop visits a stage again.
    fn visit(&self) -> i32 {
        self.0.visit
    }

    /// Which item of the stage's list the attempt is about, from 0; null where the stage has no list, and where
    /// there was nothing to run for: the list is empty, too long, or none.
    fn item_index(&self) -> Option<i32> {
        self.0.item_index
    }

    /// How far the attempt has come.
    fn status(&self) -> AttemptStatus {
        self.0.status.into()
    }

    /// The variables of the messages, and of a judge's prompt, with their values, a path under its own words:
    /// `{"topic": "tea", "stage_1.raw": "…"}`. Null when they could not be found.
    async fn inputs(&self, ctx: &Context<'_>) -> Option<Result<Json>> {
        let payload = self.payload(ctx).await;
        payload.map(|log| log.inputs.clone().map(Json)).transpose()
    }

    /// The system message as it was sent to the model, at the head of the first message of the user's where the
    /// settings say that the model has no role for it; null when there was none, or it could not be made.
    async fn system_sent(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        let payload = self.payload(ctx).await;
        payload.map(|log| log.system_sent.clone()).transpose()
    }

    /// The turns that were sent between `systemSent` and `promptSent`, `[{"role": "user", "content": "…"}, …]`; null
    /// when there were none, or they could not be made.
    async fn messages_sent(&self, ctx: &Context<'_>) -> Option<Result<Json>> {
        let payload = self.payload(ctx).await;
        let sent = payload.map(|log| log.messages_sent.clone().map(Json));
        sent.transpose()
    }

    /// Where each value in the prompt and its messages came from, in the order of their first use. Empty where it was not
    /// kept: in attempts of earlier versions, and where no prompt could be made.
    async fn variables(&self, ctx: &Context<'_>) -> Result<Vec<UsedVariable>> {
        let payload = self.payload(ctx).await?;
        let used = payload
            .variables
            .as_ref()
            .map(Used::read)
            .unwrap_or_default();
        let told = used.iter().filter(|it| it.path == it.name);
        let told: Vec<String> = told.map(|it| it.name.clone()).collect();
        let mut variables = Vec::new();
        for used in used {
            // What a retry was told stands in `inputs` in the place of a variable of that name.
            let is_hidden = used.path != used.name && told.contains(&used.name);
            let inputs = payload.inputs.as_ref().filter(|_| !is_hidden);
            let value = inputs.and_then(|it| it.get(&used.name)).cloned();
            let value = match value {
                Some(value) => Some(value),
                None => self.taken_turns(ctx, &used).await?,
            };
            variables.extend(UsedVariable::all(used, value));
        }
        Ok(variables)
    }

    /// The prompt as it was sent to the model; null when it could not be made.
    async fn prompt_sent(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        let payload = self.payload(ctx).await;
        payload.map(|log| log.prompt_sent.clone()).transpose()
    }

    /// What the model thought before it answered, where it or its provider tells; null otherwise. It is
    /// no part of the answer: not for validators, later stages or judges.
    async fn reasoning(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        let payload = self.payload(ctx).await;
        payload.map(|log| log.reasoning.clone()).transpose()
    }

    /// What the model that judges the answer thought before its verdict, where it or its provider tells; of
    /// several calls the last that told. Null otherwise.
    async fn judge_reasoning(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        let payload = self.payload(ctx).await;
        payload.map(|log| log.judge_reasoning.clone()).transpose()
    }

    /// What the model wrote, after an error as far as it came; null while there is nothing. Thoughts
    /// ahead of the answer stand here, too, as the model wrote them.
    async fn raw_output(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        let payload = self.payload(ctx).await;
        payload.map(|log| log.raw_output.clone()).transpose()
    }

    /// Why the model stopped, in the provider's own word: `stop`, `length`, `MAX_TOKENS`, …; null when
    /// it gave none.
    fn finish_reason(&self) -> Option<&str> {
        self.0.finish_reason.as_deref()
    }

    /// The answer read by the stage's `outputVariables`, or `{"text": …}` without them; null when it
    /// could not be read.
    async fn parsed_output(&self, ctx: &Context<'_>) -> Option<Result<Json>> {
        let payload = self.payload(ctx).await;
        payload
            .map(|log| execution_log::parsed_output(&self.0, &log).map(Json))
            .transpose()
    }

    /// What became of the answer.
    fn validation_result(&self) -> ValidationResult {
        self.0.validation_result.into()
    }

    /// What the validator, the judge or the person said to it; null when they said nothing.
    fn validator_notes(&self) -> Option<&str> {
        self.0.validator_notes.as_deref()
    }

    /// When `PASS` or `FAIL` was reached; null for `PENDING` and `ERROR`.
    fn validated_at(&self) -> Option<DateTime> {
        self.0.validated_at.map(DateTime)
    }

    /// What a person who passed the attempt put in the place of `rawOutput`; null when they left it
    /// as it was.
    async fn edited_output(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        let payload = self.payload(ctx).await;
        payload.map(|log| log.edited_output.clone()).transpose()
    }

    /// Why no verdict could be reached; null unless `validationResult` is `ERROR`.
    fn error_message(&self) -> Option<&str> {
        self.0.error_message.as_deref()
    }

    /// The tokens of the attempt, its judge's included; null when the provider did not say.
    fn usage(&self) -> Option<Result<Usage>> {
        let counts = serde_json::from_value::<usage::Usage>(self.0.usage.clone()?);
        Some(
            counts
                .map(Usage::from)
                .map_err(|e| Error::internal(e).into()),
        )
    }

    /// When the attempt began.
    fn executed_at(&self) -> DateTime {
        DateTime(self.0.executed_at)
    }

    /// When the model's answer had arrived, before anybody judged it; null before that, and where none came.
    fn answered_at(&self) -> Option<DateTime> {
        self.0.answered_at.map(DateTime)
    }

    /// How long the model took, in milliseconds; null while it is under way.
    fn duration_ms(&self) -> Option<i32> {
        self.0.duration_ms
    }
}

/// How far an attempt has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "status::AttemptStatus")]
pub enum AttemptStatus {
    /// Under way, or awaiting a person's decision.
    Started,
    /// Logged and validated.
    Finished,
    /// The process that drove it is gone; another attempt follows.
    Interrupted,
    /// The run was cancelled meanwhile.
    Cancelled,
}

/// What became of an answer. `PASS` and `FAIL` are verdicts; `ERROR` means that none could be
/// reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "status::ValidationResult")]
pub enum ValidationResult {
    /// Not judged yet.
    Pending,
    /// The answer passed.
    Pass,
    /// The answer was refused.
    Fail,
    /// There was no answer to judge, or no judge; `errorMessage` says why.
    Error,
}

/// How many tokens were used. Null means that the provider did not say; unknown is never 0.
#[derive(Clone, Copy, Debug, Default, SimpleObject)]
#[expect(
    clippy::struct_field_names,
    reason = "the API has these names, as providers do"
)]
pub struct Usage {
    /// Tokens of what was sent.
    prompt_tokens: Option<i32>,
    /// Tokens of what came back, hidden reasoning included.
    completion_tokens: Option<i32>,
    /// Both together, as the provider counts them.
    total_tokens: Option<i32>,
}

impl From<usage::Usage> for Usage {
    fn from(usage: usage::Usage) -> Self {
        // GraphQL's Int has 32 bits; a count beyond them is shown as the largest.
        let int = |count: i64| i32::try_from(count).unwrap_or(i32::MAX);
        Self {
            prompt_tokens: usage.prompt_tokens.map(int),
            completion_tokens: usage.completion_tokens.map(int),
            total_tokens: usage.total_tokens.map(int),
        }
    }
}

/// A person's decision on an attempt that awaits one.
#[derive(Debug, InputObject)]
pub struct RecordManualValidationInput {
    /// The attempt, from `pendingValidations` or a `ManualValidationRequested` event. `NOT_FOUND`
    /// when there is none.
    log_id: ID,
    /// The decision.
    result: ManualResult,
    /// Why, at most 10,000 characters.
    notes: Option<String>,
    /// What takes the place of the model's answer in the run, at most 1,048,576 characters; only
    /// with `PASS`. `BAD_USER_INPUT` when it does not fit the stage's `outputVariables`.
    edited_output: Option<String>,
}

/// A person's decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ManualResult {
    /// The answer is good.
    Pass,
    /// The answer is refused: another attempt follows, or the stage's fail path.
    Fail,
}

impl RecordManualValidationInput {
    fn parse(self) -> error::Result<validation::Decision> {
        Ok(validation::Decision {
            log_id: id_of("executionLog", &self.log_id)?,
            pass: self.result == ManualResult::Pass,
            notes: self.notes,
            edited_output: self.edited_output,
        })
    }
}

/// What can be asked about attempts.
#[derive(Debug, Default)]
pub struct ExecutionLogQuery;

#[Object]
impl ExecutionLogQuery {
    /// The attempt of that id in one of my runs; null when there is none.
    async fn execution_log(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The attempt's id.")] id: ID,
    ) -> Option<Result<ExecutionLog>> {
        context::find(ctx, &id, execution_log::find).await
    }

    /// The attempts that wait for my decision, oldest first.
    async fn pending_validations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.", default = 20)] first: Option<i32>,
        #[graphql(desc = "Begin after this cursor: the `endCursor` of the page before.")]
        after: Option<String>,
    ) -> Result<ExecutionLogConnection> {
        let (deps, viewer) = caller(ctx)?;
        let page = page(first, 20, after);
        let rows = execution_log::pending(deps, viewer, &page).await?;
        Ok(ExecutionLogConnection::of(rows, List::PendingValidations))
    }
}

/// What can be done to attempts.
#[derive(Debug, Default)]
pub struct ExecutionLogMutation;

#[Object]
impl ExecutionLogMutation {
    /// Decides on an attempt that awaits a person, and lets its run go on. The same decision again
    /// changes nothing; a different one is `CONFLICT`, and so is one on an attempt that awaits
    /// none.
    async fn record_manual_validation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The decision.")] input: RecordManualValidationInput,
    ) -> Result<ExecutionLog> {
        let decided = detached(ctx, |deps, viewer| async move {
            validation::decide(&deps, &viewer, input.parse()?).await
        });
        Ok(decided.await?.into())
    }
}
