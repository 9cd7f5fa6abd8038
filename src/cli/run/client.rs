//! The API's queries and mutations over HTTP, and what can go wrong with them.

use std::fmt;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::prompt::Decision;
use super::saved::Saved;
use crate::config::DEFAULT_SERVER;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

const START: &str =
    "mutation Start($input: StartExecutionInput!) { startExecution(input: $input) { id } }";
const OUTPUT: &str = "query Output($id: ID!) { execution(id: $id) { output } }";
const RECORD: &str = "mutation Record($input: RecordManualValidationInput!) { recordManualValidation(input: $input) { id } }";

const MODELS: &str = "{ models { id modelIdentifierForFlowise available } }";
const CREATE: &str =
    "mutation Create($input: CreateWorkflowInput!) { createWorkflow(input: $input) { id } }";

const NAMED: &str = "\
query Named($name: String!, $after: String) {
  workflows(first: 100, after: $after, search: $name) {
    nodes { id name version stages { id stageOrder key } }
    pageInfo { hasNextPage endCursor }
  }
}";
const UPDATE_STAGES: &str = "mutation UpdateStages($input: UpdateWorkflowStagesInput!) { updateWorkflowStages(input: $input) { id } }";
const UPDATE: &str =
    "mutation Update($input: UpdateWorkflowInput!) { updateWorkflow(input: $input) { id } }";

/// Why a command could not go on. Shown to the person at the terminal.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error("{0}")]
    Usage(String),
    #[error(
        "the server does not accept the access token: it has expired, or is signed with another key than the server's"
    )]
    TokenRefused,
    #[error("cannot reach {0}; is Footlight running there?")]
    Unreachable(String),
    #[error("{0}")]
    Refused(Refusal),
    #[error("the server answers in an unexpected way: {0}")]
    Unexpected(String),
}

impl Trouble {
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self::Usage(message.into())
    }

    /// The state of things rules the request out: somebody else was faster.
    pub(super) fn is_conflict(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.has_code("CONFLICT"))
    }

    /// The server's own failure, which may be over when it is asked again.
    pub(super) fn is_servers(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.has_code("INTERNAL_SERVER_ERROR"))
    }
}

/// The `errors` of a GraphQL answer.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct Refusal(Vec<GraphqlError>);

#[derive(Debug, Deserialize)]
struct GraphqlError {
    message: String,
    #[serde(default)]
    extensions: Extensions,
}

#[derive(Debug, Default, Deserialize)]
struct Extensions {
    code: Option<String>,
    field: Option<String>,
}

impl Refusal {
    fn has_code(&self, code: &str) -> bool {
        self.0
            .iter()
            .any(|error| error.extensions.code.as_deref() == Some(code))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            f.write_str(&error.message)?;
            let Extensions { code, field } = &error.extensions;
            let details: Vec<_> = code.iter().chain(field).map(String::as_str).collect();
            if !details.is_empty() {
                write!(f, " ({})", details.join(", "))?;
            }
        }
        Ok(())
    }
}

/// A GraphQL answer, over HTTP or in a socket's `next`.
#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    data: Option<Value>,
    errors: Option<Refusal>,
}

impl Answer {
    /// The data under `field`, or why there is none.
    pub(super) fn take(self, field: &str) -> Result<Value, Trouble> {
        match (self.data, self.errors) {
            (_, Some(refusal)) if refusal.has_code("UNAUTHENTICATED") => Err(Trouble::TokenRefused),
            (_, Some(refusal)) if !refusal.0.is_empty() => Err(Trouble::Refused(refusal)),
            (Some(mut data), _) => Ok(data.get_mut(field).map_or(Value::Null, Value::take)),
            (None, _) => Err(Trouble::Unexpected("no data and no errors".to_owned())),
        }
    }
}

/// A Footlight server as one user sees it.
#[derive(Clone)]
pub(super) struct Server {
    http: reqwest::Client,
    base: Url,
    token: SecretString,
}

impl Server {
    pub(super) fn new(base: Url, token: SecretString) -> Result<Self, Trouble> {
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(ANSWER_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| Trouble::Unexpected(innermost(&error)))?;
        Ok(Self { http, base, token })
    }

    /// The models that there are.
    pub(super) async fn models(&self) -> Result<Value, Trouble> {
        self.post(&json!({ "query": MODELS })).await?.take("models")
    }

    /// Makes a workflow and answers with its id. A request that may have arrived is not repeated: it would make
    /// another.
    pub(super) async fn create(&self, input: &Value) -> Result<Uuid, Trouble> {
        let body = json!({ "query": CREATE, "variables": { "input": input } });
        let workflow = self.post(&body).await?.take("createWorkflow")?;
        serde_json::from_value(workflow["id"].clone())
            .map_err(|error| Trouble::Unexpected(error.to_string()))
    }

    /// The newest workflow of exactly this name: a search finds others, too.
    pub(super) async fn named(&self, name: &str) -> Result<Option<Saved>, Trouble> {
        let mut after = Value::Null;
        loop {
            let variables = json!({ "name": name, "after": after });
            let body = json!({ "query": NAMED, "variables": variables });
            let mut page = self.ask("workflows", &body).await?;
            let nodes = serde_json::from_value::<Vec<Saved>>(page["nodes"].take());
            let nodes = nodes.map_err(|error| Trouble::Unexpected(error.to_string()))?;
            if let Some(saved) = nodes.into_iter().find(|it| it.name == name) {
                return Ok(Some(saved));
            }
            if page["pageInfo"]["hasNextPage"] != true {
                return Ok(None);
            }
            after = page["pageInfo"]["endCursor"].take();
        }
    }

    /// Has a workflow say what `file`, the input of `createWorkflow`, says.
    pub(super) async fn update(&self, saved: &Saved, file: &Value) -> Result<(), Trouble> {
        for (field, query, input) in [
            ("updateWorkflowStages", UPDATE_STAGES, saved.stages(file)),
            ("updateWorkflow", UPDATE, saved.rest(file)),
        ] {
            let body = json!({ "query": query, "variables": { "input": input } });
            self.post(&body).await?.take(field)?;
        }
        Ok(())
    }

    /// Starts a run and answers with its id. The client key makes a repeated start the same start.
    pub(super) async fn start(
        &self,
        workflow_id: Uuid,
        inputs: &Value,
        client_key: Uuid,
    ) -> Result<Uuid, Trouble> {
        let input = json!({"workflowId": workflow_id, "inputs": inputs, "clientKey": client_key});
        let execution = self.send("startExecution", START, &input).await?;
        serde_json::from_value(execution["id"].clone())
            .map_err(|error| Trouble::Unexpected(error.to_string()))
    }

    /// Records a decision; the same one again changes nothing.
    pub(super) async fn record(&self, decision: &Decision) -> Result<(), Trouble> {
        let input = json!({
            "logId": decision.log_id,
            "result": if decision.pass { "PASS" } else { "FAIL" },
            "notes": decision.notes,
            "editedOutput": decision.edited_output,
        });
        self.send("recordManualValidation", RECORD, &input).await?;
        Ok(())
    }

    /// What a completed run came to.
    pub(super) async fn output(&self, execution_id: Uuid) -> Result<Value, Trouble> {
        let body = json!({"query": OUTPUT, "variables": {"id": execution_id}});
        let mut run = self.ask("execution", &body).await?;
        Ok(run.get_mut("output").map(Value::take).unwrap_or_default())
    }

    /// The address of `path` on this server, below the base's own path.
    pub(super) fn address(&self, path: &str) -> String {
        format!("{}/{path}", self.base.as_str().trim_end_matches('/'))
    }

    /// What another command line for this server says beside the rest.
    pub(super) fn flag(&self) -> String {
        let address = self.address("");
        match address.trim_end_matches('/') {
            DEFAULT_SERVER => String::new(),
            other => format!(" --url {other}"),
        }
    }

    pub(super) const fn token(&self) -> &SecretString {
        &self.token
    }

    /// Sends a mutation with an input that may be repeated.
    async fn send(&self, field: &str, query: &str, input: &Value) -> Result<Value, Trouble> {
        let body = json!({"query": query, "variables": {"input": input}});
        self.ask(field, &body).await
    }

    /// Sends what may be repeated, and repeats it when the server was not reached.
    async fn ask(&self, field: &str, body: &Value) -> Result<Value, Trouble> {
        let attempt = || self.post(body);
        let answer = attempt
            .retry(ExponentialBuilder::new().with_min_delay(Duration::from_millis(200)))
            .sleep(tokio::time::sleep)
            .when(|trouble| matches!(trouble, Trouble::Unreachable(_)))
            .await?;
        answer.take(field)
    }

    async fn post(&self, body: &Value) -> Result<Answer, Trouble> {
        let url = self.address("graphql");
        let unreachable =
            |error: reqwest::Error| Trouble::Unreachable(format!("{url}: {}", innermost(&error)));
        let response = self
            .http
            .post(&url)
            .bearer_auth(self.token.expose_secret())
            .json(body)
            .send()
            .await
            .map_err(unreachable)?;
        let status = response.status();
        let bytes = response.bytes().await.map_err(unreachable)?;
        serde_json::from_slice(&bytes)
            .map_err(|_| Trouble::Unexpected(format!("HTTP {status} without GraphQL from {url}")))
    }
}

/// The cause at the bottom, which says most: "connection refused".
pub(super) fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(json: Value) -> Result<Value, Trouble> {
        serde_json::from_value::<Answer>(json).unwrap().take("run")
    }

    #[test]
    fn errors_are_shown_with_code_and_field() {
        let refused = answer(json!({"data": null, "errors": [
            {"message": "too long", "extensions": {"code": "BAD_USER_INPUT", "field": "notes"}},
            {"message": "not now", "extensions": {"code": "CONFLICT"}},
            {"message": "syntax"},
        ]}))
        .unwrap_err();
        assert!(refused.is_conflict());
        assert_eq!(
            refused.to_string(),
            "too long (BAD_USER_INPUT, notes); not now (CONFLICT); syntax"
        );
    }

    #[test]
    fn data_is_taken_from_its_field() {
        assert_eq!(answer(json!({"data": {"run": 1}})).unwrap(), json!(1));
        assert!(answer(json!({})).is_err());
    }
}
