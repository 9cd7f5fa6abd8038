//! `footlight serve` in processes of their own, which tests kill: a cluster of them shares a database,
//! a key and a model provider.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use footlight::auth::development::{Key, Subject};
use footlight::clock::Clock;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use uuid::Uuid;

use super::database::Database;
use super::provider::Provider;
use super::server::{User, text};
use super::socket::Socket;

/// How long a test waits for something that must happen, recovery from a death included.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// What the processes of a test share.
pub struct Cluster {
    pub database: Database,
    pub provider: Provider,
    key: Key,
    http: reqwest::Client,
    folder: TempDir,
}

/// A server in a process of its own. It is killed when dropped.
pub struct Process {
    pub address: SocketAddr,
    child: Child,
    log: watch::Receiver<String>,
}

impl Cluster {
    /// A cluster without processes, on a fresh database.
    pub async fn new() -> Self {
        Self::on(Database::fresh().await).await
    }

    /// A cluster without processes, on this database.
    pub async fn on(database: Database) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            database,
            provider: Provider::start().await,
            key: Key::load_or_create(&folder.path().join("key")).unwrap(),
            http: reqwest::Client::new(),
            folder,
        }
    }

    /// Starts a process with these variables on top. It serves when this returns.
    pub async fn start(&self, variables: &[(&str, &str)]) -> Process {
        let mut process = self.spawn(variables);
        process.serves().await;
        process
    }

    /// Starts a process with these variables on top.
    pub fn spawn(&self, variables: &[(&str, &str)]) -> Process {
        self.spawn_with(&[], variables)
    }

    /// The same with these arguments.
    pub fn spawn_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Process {
        let mut child = Command::new(env!("CARGO_BIN_EXE_footlight"))
            .arg("serve")
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("DATABASE_URL", &self.database.url)
            .env("DATABASE_MAX_CONNECTIONS", "6")
            .env("LISTEN", "127.0.0.1:0")
            .env("SUPABASE_JWT_SECRET", self.key.secret().expose_secret())
            .env("OPENAI_API_KEY", "sk-test")
            .env("OPENAI_BASE_URL", self.provider.base_url())
            .env("RATE_LIMIT_PER_USER", "0")
            // Nobody has to be told of an end beforehand.
            .env("SHUTDOWN_DELAY_SECONDS", "0")
            .env("RATE_LIMIT_PER_ADDRESS", "0")
            .envs(variables.iter().copied())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let (sender, log) = watch::channel(String::new());
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                sender.send_modify(|log| {
                    log.push_str(&line);
                    log.push('\n');
                });
            }
        });
        Process {
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            child,
            log,
        }
    }

    /// A new user.
    pub fn user(&self) -> User {
        self.sign_in(false)
    }

    /// A new administrator.
    pub fn admin(&self) -> User {
        self.sign_in(true)
    }

    /// A websocket of a user's to a process.
    pub async fn socket(&self, process: &Process, user: &User) -> Socket {
        Socket::open(process.address, &user.token).await
    }

    /// The answer to a document; none when the process went away meanwhile.
    pub async fn answer(
        &self,
        address: SocketAddr,
        user: &User,
        query: &str,
        variables: Value,
    ) -> Option<Value> {
        let request = self
            .http
            .post(format!("http://{address}/graphql"))
            .bearer_auth(&user.token)
            .json(&json!({ "query": query, "variables": variables }));
        request.send().await.ok()?.json().await.ok()
    }

    /// The data of a document that must succeed.
    pub async fn data(
        &self,
        process: &Process,
        user: &User,
        query: &str,
        variables: Value,
    ) -> Value {
        let answer = self.answer(process.address, user, query, variables).await;
        let mut answer =
            answer.unwrap_or_else(|| panic!("the process is gone:\n{}", process.log()));
        assert_eq!(answer.get("errors"), None, "{query}\n{}", process.log());
        answer["data"].take()
    }

    /// The id of a workflow with these stages, all with a model of the scripted provider.
    pub async fn workflow(&self, process: &Process, user: &User, stages: Value) -> String {
        let name = Clock::system().new_id().to_string();
        let model =
            json!({ "name": name, "provider": "openai", "modelIdentifierForFlowise": name });
        let query = "mutation($input: UpsertModelInput!) { upsertModel(input: $input) { id } }";
        let made = self
            .data(process, &self.admin(), query, json!({ "input": model }))
            .await;
        let mut stages = stages;
        for (index, stage) in stages.as_array_mut().unwrap().iter_mut().enumerate() {
            let stage = stage.as_object_mut().unwrap();
            stage.entry("stageOrder").or_insert(json!(index + 1));
            stage.insert("modelId".to_owned(), made["upsertModel"]["id"].clone());
        }
        let query =
            "mutation($input: CreateWorkflowInput!) { createWorkflow(input: $input) { id } }";
        let input = json!({ "name": "Under test", "stages": stages });
        let made = self
            .data(process, user, query, json!({ "input": input }))
            .await;
        text(&made["createWorkflow"]["id"])
    }

    /// A token of a user's that is good for so long.
    pub fn token(&self, user: &User, lifetime: Duration) -> String {
        self.mint(user.id, false, lifetime)
    }

    fn sign_in(&self, admin: bool) -> User {
        let id: Uuid = Clock::system().new_id();
        let token = self.mint(id, admin, Duration::from_hours(1));
        User { id, token }
    }

    fn mint(&self, user_id: Uuid, admin: bool, lifetime: Duration) -> String {
        let subject = Subject {
            user_id,
            email: None,
            admin,
        };
        let minted = self.key.mint(&subject, lifetime, Clock::system().now());
        minted.unwrap()
    }
}

impl Process {
    /// Waits until it serves.
    pub async fn serves(&mut self) {
        let line = self.says("serving").await;
        let from = line.find("127.0.0.1:").unwrap();
        let address = line[from..].split(|c: char| !(c.is_ascii_digit() || ".:".contains(c)));
        self.address = address.into_iter().next().unwrap().parse().unwrap();
    }

    /// Waits until it drives runs, too.
    pub async fn drives(&self) {
        let url = &format!("http://{}/readyz", self.address);
        eventually("a process that is ready", || async move {
            let answer = reqwest::get(url).await.ok()?;
            answer.status().is_success().then_some(())
        })
        .await;
    }

    /// Waits until the log has a line with this text. Answers the line.
    pub async fn says(&mut self, wanted: &str) -> String {
        let log = self.logs(wanted, |log| log.contains(wanted)).await;
        let line = log.lines().find(|line| line.contains(wanted));
        line.unwrap().to_owned()
    }

    /// Waits until the log is so. Answers all of it.
    pub async fn logs(&mut self, wanted: &str, is_so: impl Fn(&str) -> bool) -> String {
        let said = self.log.wait_for(|log| is_so(log));
        let said = tokio::time::timeout(PATIENCE, said).await;
        let Ok(Ok(log)) = said else {
            drop(said);
            panic!("{wanted:?} was never said:\n{}", self.log());
        };
        log.clone()
    }

    /// All that was logged so far.
    pub fn log(&self) -> String {
        self.log.borrow().clone()
    }

    /// The memory that it holds, in bytes; none where the system does not say so in `/proc`.
    pub fn resident(&self) -> Option<usize> {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()?)).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kib: usize = line.trim().strip_suffix(" kB")?.parse().ok()?;
        Some(kib * 1024)
    }

    /// How long its threads have been on a processor; none where the system does not say so in
    /// `/proc`. On a machine that does other things too this says more than a watch.
    pub fn worked(&self) -> Option<Duration> {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.child.id()?)).ok()?;
        // A thread that has just ended is not there to be asked.
        let times = threads.filter_map(|thread| {
            let text = std::fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
            text.split(' ').next()?.parse::<u64>().ok()
        });
        Some(Duration::from_nanos(times.sum()))
    }

    /// Kills it as `kill -9` does, and waits until it is gone.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// Sends a signal.
    pub fn signal(&self, name: &str) {
        let id = self.child.id().unwrap().to_string();
        let sent = std::process::Command::new("kill")
            .args(["-s", name, &id])
            .status();
        assert!(sent.unwrap().success());
    }

    /// Waits until it has ended by itself. Answers its exit code.
    pub async fn ended(mut self) -> Option<i32> {
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        ended.expect("the process does not end").unwrap().code()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the process at {} said:\n{}", self.address, self.log());
        }
    }
}

/// Waits until `look` finds something, looking often.
pub async fn eventually<T, F>(what: &str, mut look: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, looking)
        .await
        .unwrap_or_else(|_| panic!("waited in vain for {what}"))
}
