//! The API over HTTP, as a front end uses it.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use jsonwebtoken::{EncodingKey, Header};
use reqwest::header::{ACCEPT_ENCODING, CONTENT_TYPE};
use serde_json::{Value, json};
use uuid::Uuid;

/// Signs the tokens of an instrument's servers, which nobody reaches from elsewhere.
pub const SECRET: &str = "a secret that signs nothing but benchmarks";

/// Whose runs are measured.
pub const USER: Uuid = Uuid::from_u128(0xb01d_0000_4000_8000_0000_0000_0000_0001);

const MODEL: &str = "Under measurement";

const LIFETIME: Duration = Duration::from_hours(12);

/// Starts a run of a workflow; its variables are [`start`]'s.
pub const START: &str =
    "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";

/// A signed-in client of one server.
#[derive(Clone)]
pub struct Api {
    pub address: SocketAddr,
    pub token: String,
    /// What Accept-Encoding says, if anything.
    pub encoding: Option<&'static str>,
    http: reqwest::Client,
}

/// The variables of [`START`].
#[must_use]
pub fn start(workflow: &str) -> Value {
    json!({ "input": { "workflowId": workflow, "inputs": { "topic": "footlights" } } })
}

impl Api {
    /// A client of the server at this address.
    ///
    /// # Errors
    /// When no token can be signed.
    pub fn new(address: SocketAddr) -> Result<Self> {
        Self::of(address, USER)
    }

    /// A client of this user's.
    ///
    /// # Errors
    /// When no token can be signed.
    pub fn of(address: SocketAddr, user: Uuid) -> Result<Self> {
        Ok(Self {
            address,
            token: token(user)?,
            encoding: None,
            http: reqwest::Client::new(),
        })
    }

    /// Asks whether the server is alive.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn healthz(&self) -> Result<()> {
        let request = self.http.get(format!("http://{}/healthz", self.address));
        request.send().await?.error_for_status()?;
        Ok(())
    }

    /// Makes a workflow of one stage that a pattern judges, with many further attempts.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn judged(&self, pattern: &str) -> Result<String> {
        let model = self.model().await?;
        let stage = json!({ "stageOrder": 1, "modelId": model, "retryLimit": 100,
            "promptTemplate": "Say a sentence about {{topic}}.", "validationType": "REGEX",
            "validationCriteria": { "pattern": pattern } });
        let query =
            "mutation($input: CreateWorkflowInput!) { createWorkflow(input: $input) { id } }";
        let input = json!({ "name": "Judged", "stages": [stage] });
        let data = self.data(query, json!({ "input": input })).await?;
        text(&data["createWorkflow"]["id"])
    }

    /// The data of a document that must succeed.
    ///
    /// # Errors
    /// When it does not.
    pub async fn data(&self, query: &str, variables: Value) -> Result<Value> {
        let request = self
            .http
            .post(format!("http://{}/graphql", self.address))
            .bearer_auth(&self.token)
            .json(&json!({ "query": query, "variables": variables }));
        let mut answer: Value = request.send().await?.json().await?;
        if answer.get("errors").is_some() {
            bail!("{query}: {answer}");
        }
        Ok(answer["data"].take())
    }

    /// The answer to a request that is written out already, as it came.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn bytes(&self, body: String) -> Result<Bytes> {
        let request = self
            .http
            .post(format!("http://{}/graphql", self.address))
            .bearer_auth(&self.token)
            .header(CONTENT_TYPE, "application/json")
            .body(body);
        let request = match self.encoding {
            Some(encoding) => request.header(ACCEPT_ENCODING, encoding),
            None => request,
        };
        Ok(request.send().await?.bytes().await?)
    }

    /// Makes a workflow of so many stages, each of which goes on from what the one before said.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn workflow(&self, stages: usize) -> Result<String> {
        let model = self.model().await?;
        let stages = (1..=stages).map(|order| stage(order, &model));
        self.workflow_of(stages.collect()).await
    }

    /// The same of stages that read a list `rows` from their answers.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn workflow_of_rows(&self, stages: usize) -> Result<String> {
        let model = self.model().await?;
        let stages = (1..=stages).map(|order| {
            let mut stage = stage(order, &model);
            stage["outputVariables"] = json!({ "rows": "array" });
            stage
        });
        self.workflow_of(stages.collect()).await
    }

    async fn workflow_of(&self, stages: Vec<Value>) -> Result<String> {
        let query =
            "mutation($input: CreateWorkflowInput!) { createWorkflow(input: $input) { id } }";
        let input = json!({ "name": format!("{} stages", stages.len()), "stages": stages });
        let data = self.data(query, json!({ "input": input })).await?;
        text(&data["createWorkflow"]["id"])
    }

    /// Makes a workflow of one stage that runs for each item of the input `list`, so many at once.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn workflow_each(&self, concurrency: usize) -> Result<String> {
        let model = self.model().await?;
        let stage = json!({ "stageOrder": 1, "modelId": model,
            "promptTemplate": "Say a sentence about {{item}}.",
            "forEach": { "in": "inputs.list", "concurrency": concurrency } });
        let query =
            "mutation($input: CreateWorkflowInput!) { createWorkflow(input: $input) { id } }";
        let input = json!({ "name": "A list", "stages": [stage] });
        let data = self.data(query, json!({ "input": input })).await?;
        text(&data["createWorkflow"]["id"])
    }

    /// Starts a run.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn start(&self, workflow: &str) -> Result<String> {
        let data = self.data(START, start(workflow)).await?;
        text(&data["startExecution"]["id"])
    }

    /// The model of every stage, made by whoever needs it first.
    async fn model(&self) -> Result<String> {
        let known = self.data("{ models { id name } }", json!({})).await?;
        let known = known["models"].as_array().into_iter().flatten();
        if let Some(model) = known.into_iter().find(|model| model["name"] == MODEL) {
            return text(&model["id"]);
        }
        let query = "mutation($input: UpsertModelInput!) { upsertModel(input: $input) { id } }";
        let input = json!({ "name": MODEL, "provider": "openai",
            "modelIdentifierForFlowise": "bench" });
        let data = self.data(query, json!({ "input": input })).await?;
        text(&data["upsertModel"]["id"])
    }
}

fn stage(order: usize, model: &str) -> Value {
    let mut stage = json!({ "stageOrder": order, "modelId": model,
        "promptTemplate": "Say a sentence about {{topic}}." });
    if let Some(before @ 1..) = order.checked_sub(1) {
        stage["promptTemplate"] = json!("Go on from here, about {{topic}}: {{before}}");
        stage["inputVariableMapping"] = json!({ "before": format!("stage_{before}.raw") });
    }
    stage
}

/// A token of an administrator, who may make models.
fn token(user: Uuid) -> Result<String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let claims = json!({
        "sub": user, "aud": "authenticated", "role": "authenticated",
        "app_metadata": { "role": "admin" },
        "iat": now.as_secs(), "exp": (now + LIFETIME).as_secs(),
    });
    let key = EncodingKey::from_secret(SECRET.as_bytes())?;
    Ok(jsonwebtoken::encode(&Header::default(), &claims, &key)?)
}

/// The text of a value.
///
/// # Errors
/// When it is none.
pub fn text(value: &Value) -> Result<String> {
    let text = value
        .as_str()
        .with_context(|| format!("no text: {value}"))?;
    Ok(text.to_owned())
}
