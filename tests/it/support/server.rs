//! The real server in this process: a database of its own, real sockets, and a model provider that
//! is a local HTTP server.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use footlight::app::App;
use footlight::auth::development::{Key, Subject};
use footlight::clock::Clock;
use footlight::config::{
    AuthConfig, Config, ConsoleConfig, DatabaseConfig, EngineConfig, LogConfig, LogFormat,
    ProviderConfig, RateConfig, WebsocketConfig,
};
use footlight::service::Deps;
use secrecy::SecretString;
use serde_json::{Value, json};
use std::sync::Arc;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::database::Database;
use super::provider::Provider;
use super::socket::Socket;

/// A server under test.
pub struct Server {
    pub address: SocketAddr,
    pub provider: Provider,
    pub clock: Clock,
    pub deps: Arc<Deps>,
    key: Key,
    http: reqwest::Client,
    shutdown: CancellationToken,
    running: JoinHandle<footlight::error::Result<()>>,
    database: Database,
    _folder: TempDir,
}

/// A signed-in user of a server under test.
#[derive(Clone)]
pub struct User {
    pub id: Uuid,
    pub token: String,
}

impl Server {
    /// A server with settings that suit most tests.
    pub async fn start() -> Self {
        Self::start_with(Clock::system(), |_| {}).await
    }

    /// A server by a clock of the test's, with settings that it changes.
    pub async fn start_with(clock: Clock, change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = Key::load_or_create(&folder.path().join("key")).unwrap();
        let database = Database::fresh().await;
        let provider = Provider::start().await;
        let mut config = settings(&database.url, &key, &provider);
        change(&mut config);
        let listener = TcpListener::bind(config.listen).await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = App::open(config, clock.clone()).await.unwrap();
        let deps = Arc::clone(app.deps());
        let shutdown = CancellationToken::new();
        let running = tokio::spawn(app.serve(listener, Router::new(), shutdown.clone()));
        Self {
            address,
            provider,
            clock,
            deps,
            key,
            http: reqwest::Client::new(),
            shutdown,
            running,
            database,
            _folder: folder,
        }
    }

    /// Its database, for others beside it.
    pub fn database(&self) -> Database {
        Database::at(self.database.url.clone())
    }

    /// A new user.
    pub fn user(&self) -> User {
        self.sign_in(Clock::system().new_id(), false)
    }

    /// A new administrator.
    pub fn admin(&self) -> User {
        self.sign_in(Clock::system().new_id(), true)
    }

    /// The same user with a token that is fresh by the server's clock.
    pub fn again(&self, user: &User) -> User {
        self.sign_in(user.id, false)
    }

    fn sign_in(&self, id: Uuid, admin: bool) -> User {
        let subject = Subject {
            user_id: id,
            email: None,
            admin,
        };
        let hour = Duration::from_hours(1);
        let token = self.key.mint(&subject, hour, self.clock.now()).unwrap();
        User { id, token }
    }

    /// The whole answer to a document.
    pub async fn answer(&self, user: Option<&User>, query: &str, variables: Value) -> Value {
        let mut request = self.http.post(format!("http://{}/graphql", self.address));
        if let Some(user) = user {
            request = request.bearer_auth(&user.token);
        }
        let body = json!({ "query": query, "variables": variables });
        request
            .json(&body)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    /// The data of a document that must succeed.
    pub async fn data(&self, user: &User, query: &str, variables: Value) -> Value {
        let mut answer = self.answer(Some(user), query, variables).await;
        assert_eq!(answer.get("errors"), None, "{query}");
        answer["data"].take()
    }

    /// The data of a query that must succeed, and how many statements it costs: the fewest of three times, for
    /// between them the process sends some of its own, as whenever it renews its session.
    pub async fn priced(&self, user: &User, query: &str, variables: Value) -> (Value, u64) {
        let mut fewest = u64::MAX;
        let mut data = Value::Null;
        for _ in 0..3 {
            let before = self.deps.store.statements();
            data = self.data(user, query, variables.clone()).await;
            fewest = fewest.min(self.deps.store.statements() - before);
        }
        (data, fewest)
    }

    /// Code and field of the error of a document that must fail.
    pub async fn refusal(
        &self,
        user: Option<&User>,
        query: &str,
        variables: Value,
    ) -> (String, Option<String>) {
        let answer = self.answer(user, query, variables).await;
        let extensions = &answer["errors"][0]["extensions"];
        let code = extensions["code"].as_str();
        let code = code.unwrap_or_else(|| panic!("{query} was not refused: {answer}"));
        (
            code.to_owned(),
            extensions["field"].as_str().map(str::to_owned),
        )
    }

    /// What a mutation with this input, which must succeed, answers with in these fields.
    pub async fn mutate(&self, user: &User, name: &str, input: Value, fields: &str) -> Value {
        let query = mutation(name, fields);
        let mut data = self.data(user, &query, json!({ "input": input })).await;
        data[name].take()
    }

    /// Code and field of the refusal of a mutation with this input.
    pub async fn refused(&self, user: &User, name: &str, input: Value) -> (String, Option<String>) {
        let query = mutation(name, "{ id }");
        self.refusal(Some(user), &query, json!({ "input": input }))
            .await
    }

    /// A websocket of a user's, past its init.
    pub async fn socket(&self, user: &User) -> Socket {
        Socket::open(self.address, &user.token).await
    }

    /// The id of a model of the scripted provider, made by an administrator.
    pub async fn model(&self) -> String {
        let query = "mutation($input: UpsertModelInput!) { upsertModel(input: $input) { id } }";
        let input = json!({
            "name": "Scripted",
            "provider": "openai",
            "modelIdentifierForFlowise": "scripted",
        });
        let data = self
            .data(&self.admin(), query, json!({ "input": input }))
            .await;
        text(&data["upsertModel"]["id"])
    }

    /// The id of a workflow with these stages, each with the given model unless it names another.
    pub async fn workflow(&self, user: &User, model: &str, stages: Value) -> String {
        let query =
            "mutation($input: CreateWorkflowInput!) { createWorkflow(input: $input) { id } }";
        let mut stages = stages;
        for (index, stage) in stages.as_array_mut().unwrap().iter_mut().enumerate() {
            let stage = stage.as_object_mut().unwrap();
            stage.entry("stageOrder").or_insert(json!(index + 1));
            stage.entry("modelId").or_insert(json!(model));
            stage
                .entry("promptTemplate")
                .or_insert(json!("say {{word}}"));
        }
        let input = json!({ "name": "Under test", "stages": stages });
        let data = self.data(user, query, json!({ "input": input })).await;
        text(&data["createWorkflow"]["id"])
    }

    /// The id of a run of a workflow with the input `word`.
    pub async fn run(&self, user: &User, workflow: &str) -> String {
        let query =
            "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";
        let input = json!({ "workflowId": workflow, "inputs": { "word": "hello" } });
        let data = self.data(user, query, json!({ "input": input })).await;
        text(&data["startExecution"]["id"])
    }

    /// The id of a run of a new workflow with these stages, with the one model of the server.
    pub async fn run_of(&self, user: &User, stages: Value) -> String {
        let model = self.model().await;
        let workflow = self.workflow(user, &model, stages).await;
        self.run(user, &workflow).await
    }

    /// Watches a run until it has this status.
    pub async fn until(&self, user: &User, run: &str, status: &str) {
        let query = "subscription($id: ID!) { executionEvents(executionId: $id) {
            ... on ExecutionStatusChanged { status } } }";
        let mut socket = self.socket(user).await;
        socket.subscribe(query, json!({ "id": run })).await;
        while let Some(told) = socket.next().await {
            if told["data"]["executionEvents"]["status"] == status {
                return;
            }
        }
        panic!("the run ended without being {status}");
    }

    /// Stops the server as SIGTERM does, and fails when it does not end well.
    pub async fn stop(self) {
        self.shutdown.cancel();
        self.running.await.unwrap().unwrap();
    }
}

/// The refusal of bad input at a field.
pub fn bad_input(field: &str) -> (String, Option<String>) {
    ("BAD_USER_INPUT".to_owned(), Some(field.to_owned()))
}

/// The refusal of an input that is too large at a field.
pub fn too_large(field: &str) -> (String, Option<String>) {
    ("LIMIT_EXCEEDED".to_owned(), Some(field.to_owned()))
}

/// The document of a mutation with an input.
fn mutation(name: &str, fields: &str) -> String {
    let (first, rest) = name.split_at(1);
    let kind = first.to_uppercase() + rest;
    format!("mutation($input: {kind}Input!) {{ {name}(input: $input) {fields} }}")
}

/// The text of a JSON string.
pub fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is no text"))
        .to_owned()
}

fn settings(database: &str, key: &Key, provider: &Provider) -> Config {
    Config {
        database: DatabaseConfig {
            url: SecretString::from(database),
            max_connections: 4,
            migrate: true,
        },
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        auth: AuthConfig {
            jwt_secret: Some(key.secret()),
            jwks_url: None,
            issuer: None,
            audience: "authenticated".to_owned(),
            jwks_ttl: Duration::from_mins(10),
            jwks_cooldown: Duration::from_secs(30),
            leeway: Duration::from_secs(10),
            allow_anonymous: false,
        },
        engine: EngineConfig {
            max_concurrent_stages: 16,
            max_running_per_user: 16,
            max_pending_per_user: 100_000,
            max_stage_visits: 100,
            stage_timeout: Duration::from_secs(30),
            stage_max: Duration::from_mins(30),
            model_outage: Duration::from_mins(15),
            retain_runs: None,
            // An unoptimized build takes long for a large answer.
            check_timeout: Duration::from_mins(1),
        },
        websocket: WebsocketConfig {
            init_timeout: Duration::from_secs(10),
            max_operations: 100,
            max_sockets_per_user: 50,
        },
        rates: RateConfig {
            per_user: 0,
            per_address: 0,
        },
        trusted_proxies: Vec::new(),
        origins: Vec::new(),
        console: ConsoleConfig::default(),
        introspection: true,
        max_complexity: 20_000,
        providers: vec![ProviderConfig {
            name: "openai".to_owned(),
            api_key: Some(SecretString::from("sk-test")),
            base_url: Some(provider.base_url()),
            headers: None,
            query: None,
        }],
        demo: true,
        shutdown_grace: Duration::from_secs(5),
        shutdown_delay: Duration::ZERO,
        nats_url: None,
        metrics_listen: None,
        log: LogConfig {
            format: LogFormat::Text,
            filter: "warn".to_owned(),
        },
    }
}
