//! `footlight dev`: what makes a first try pleasant. The development user, the sample workflow, what the
//! tabs of GraphiQL need to run it, and the banner that says where to go.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::developer;
use crate::auth::development::Key;
use crate::clock::Clock;
use crate::config::DEFAULT_SERVER;
use crate::domain::page::{MAX_FIRST, PageRequest};
use crate::domain::viewer::Viewer;
use crate::error::{Error, Result};
use crate::service::stage::StageInput;
use crate::service::workflow::CreateWorkflow;
use crate::service::{Deps, model, profile, workflow};

/// A development token lasts a working day.
const TOKEN_LIFETIME: Duration = Duration::from_hours(12);

/// What the provider calls the model that answers offline.
const MODEL: &str = "demo-writer";

/// The sample workflow, as it was found or made.
#[derive(Clone, Debug)]
pub struct Sample {
    pub workflow_id: Uuid,
    pub inputs: Value,
    /// The model that its stages use, for further workflows.
    pub model_id: Option<Uuid>,
}

/// A token for the development user.
///
/// # Errors
/// `Internal` when it cannot be signed.
pub fn token(key: &Key, clock: &Clock) -> Result<String> {
    key.mint(&developer(), TOKEN_LIFETIME, clock.now())
}

/// Makes the sample workflow for the development user, unless it is there.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn seed(deps: &Deps) -> Result<Sample> {
    let viewer = viewer(&deps.clock);
    profile::arrive(deps, &viewer).await?;
    let file = SampleFile::read()?;
    let models = model::list(deps, &viewer).await?;
    let model = models
        .iter()
        .find(|model| model.model_identifier_for_flowise == MODEL);
    let model_id = model.map(|model| model.id);
    let inputs = file.inputs.clone();
    let found = sample(deps, &viewer, &file.name).await?;
    let workflow_id = if let Some(id) = found {
        id
    } else {
        let made = workflow::create(deps, &viewer, file.workflow(model_id));
        made.await?.id
    };
    Ok(Sample {
        workflow_id,
        inputs,
        model_id,
    })
}

/// The workflow of exactly this name: a search finds copies of it too.
async fn sample(deps: &Deps, viewer: &Viewer, name: &str) -> Result<Option<Uuid>> {
    let mut request = PageRequest {
        first: MAX_FIRST,
        after: None,
    };
    loop {
        let page = workflow::list(deps, viewer, &request, Some(name.to_owned())).await?;
        let mut rows = page.edges.iter().map(|(_, row)| row);
        if let Some(row) = rows.find(|row| row.name == name) {
            return Ok(Some(row.id));
        }
        let last = page.edges.last().filter(|_| page.has_next);
        let Some((cursor, _)) = last else {
            return Ok(None);
        };
        request.after = Some(cursor.clone());
    }
}

/// What the starter tabs of GraphiQL leave open, by the names of their places.
#[must_use]
pub fn places(sample: &Sample) -> Map<String, Value> {
    let model = sample.model_id.map(|id| id.to_string());
    Map::from_iter([
        (
            "SAMPLE_WORKFLOW_ID".to_owned(),
            json!(sample.workflow_id.to_string()),
        ),
        ("SAMPLE_INPUTS".to_owned(), sample.inputs.clone()),
        ("DEMO_MODEL_ID".to_owned(), json!(model.unwrap_or_default())),
    ])
}

/// What a person reads after the start.
#[must_use]
pub fn banner((address, has_console): (&str, bool), token: &str, sample: &Sample) -> String {
    let url = format!("http://{address}");
    let server = if url == DEFAULT_SERVER {
        String::new()
    } else {
        format!(" --url {url}")
    };
    let console = if has_console {
        format!("  Console     {url}/\n")
    } else {
        String::new()
    };
    format!(
        "
  Footlight is running.

{console}  GraphiQL    {url}/graphiql
  GraphQL     {url}/graphql
  WebSocket   ws://{address}/graphql/ws

  Try         footlight run {id} --input article=@README.md --input audience=me{server}
  Token       {token}

  Press Ctrl-C to stop.
",
        id = sample.workflow_id,
    )
}

/// What the sample's file says; [`crate::cli::run`] takes the same.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SampleFile {
    name: String,
    description: String,
    inputs: Value,
    stages: Vec<StageInput>,
    output_mapping: Value,
}

impl SampleFile {
    fn read() -> Result<Self> {
        let file = include_str!("../../../examples/newsletter.json");
        serde_json::from_str(file).map_err(Error::internal)
    }

    /// The workflow, whose stages have this model.
    fn workflow(self, model_id: Option<Uuid>) -> CreateWorkflow {
        let stages = self.stages.into_iter();
        CreateWorkflow {
            name: self.name,
            description: Some(self.description),
            metadata: None,
            output_mapping: Some(self.output_mapping),
            stages: stages
                .map(|stage| StageInput { model_id, ..stage })
                .collect(),
        }
    }
}

fn viewer(clock: &Clock) -> Viewer {
    let developer = developer();
    Viewer {
        user_id: developer.user_id,
        email: developer.email,
        admin: developer.admin,
        expires_at: clock.now() + TOKEN_LIFETIME,
    }
}
