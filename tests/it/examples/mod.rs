//! The workflows in `examples/`, each made and run by `footlight run --file` as a person would, against a provider
//! that answers so that the run goes where the example is interesting.

mod demo;
mod file;
mod model;
mod person;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::{Value, json};

use crate::support::process::PATIENCE;
use crate::support::provider::Reply;
use crate::support::server::{Server, User, text};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");

/// The command line beside a server, with a user's token and a model that says what the test scripted.
struct Terminal {
    server: Server,
    user: User,
}

impl Terminal {
    async fn open() -> Self {
        let server = Server::start().await;
        server.model().await;
        let user = server.user();
        Self { server, user }
    }

    /// The next answers of the model, in their order.
    fn answers(&self, answers: &[&str]) {
        for answer in answers {
            self.server.provider.reply(Reply::text(answer));
        }
    }

    /// `footlight run` with these words.
    async fn command(&self, words: &[&str]) -> Output {
        let command = tokio::process::Command::new(env!("CARGO_BIN_EXE_footlight"))
            .arg("run")
            .args(words)
            .args(["--url", &format!("http://{}", self.server.address)])
            .env_clear()
            .env("FOOTLIGHT_TOKEN", &self.user.token)
            .kill_on_drop(true)
            .output();
        let ended = tokio::time::timeout(PATIENCE, command).await;
        ended.expect("the command ends").unwrap()
    }

    /// Makes the workflow of a file and runs it, with these words on top.
    async fn start(&self, path: &Path, words: &[&str]) -> Output {
        let file = path.to_str().unwrap();
        let own = ["--file", file, "--model", "scripted", "--quiet"];
        self.command(&[&own[..], words].concat()).await
    }

    /// What the example of this name comes to.
    async fn run(&self, name: &str, words: &[&str]) -> Value {
        output_of(&self.start(&example(name), words).await)
    }

    /// What the latest run comes to.
    async fn follow(&self) -> Value {
        let run = self.latest("id").await;
        output_of(&self.command(&["--follow", &text(&run), "--quiet"]).await)
    }

    /// A field of the latest run.
    async fn latest(&self, field: &str) -> Value {
        let query = format!("{{ executions(first: 1) {{ nodes {{ {field} }} }} }}");
        let mut data = self.server.data(&self.user, &query, json!({})).await;
        let run = data["executions"]["nodes"][0].as_object_mut().unwrap();
        std::mem::take(run.values_mut().next().unwrap())
    }

    /// The system message and the prompt of every call so far.
    fn calls(&self) -> Vec<(String, String)> {
        let said = |body: &Value| {
            let messages = body["messages"].as_array().unwrap();
            let system = messages.iter().find(|it| it["role"] == "system");
            let system = system.map(|it| text(&it["content"]));
            (system.unwrap_or_default(), prompt(body))
        };
        let requests = self.server.provider.requests().into_iter();
        requests.map(|request| said(&request.body)).collect()
    }

    fn prompts(&self) -> Vec<String> {
        self.calls().into_iter().map(|(_, prompt)| prompt).collect()
    }
}

fn example(name: &str) -> PathBuf {
    Path::new(FOLDER).join(name)
}

fn prompt(body: &Value) -> String {
    let messages = body["messages"].as_array().unwrap();
    text(&messages.last().unwrap()["content"])
}

/// What a command that succeeded says.
fn output_of(ended: &Output) -> Value {
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    serde_json::from_slice(&ended.stdout).unwrap()
}

/// Why a command failed.
fn complaint_of(ended: &Output) -> String {
    assert_eq!(ended.status.code(), Some(2), "{ended:?}");
    assert!(ended.stdout.is_empty(), "{ended:?}");
    String::from_utf8(ended.stderr.clone()).unwrap()
}

fn assert_holds(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in {text:?}");
    }
}

fn file_names() -> BTreeSet<String> {
    let files = std::fs::read_dir(FOLDER).unwrap();
    files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// A test names the file that it is about.
#[test]
fn every_example_has_a_test_and_a_line_in_the_readme() {
    let rust = concat!(include_str!("model.rs"), include_str!("person.rs"));
    let script = include_str!("../../clients/examples.test.mjs");
    let readme = include_str!("../../../README.md");
    let files = file_names();
    assert!(files.len() > 7, "{files:?}");
    for file in files {
        let extension = Path::new(&file).extension().and_then(|it| it.to_str());
        let tests = match extension {
            Some("json") => rust,
            Some("mjs") => script,
            _ => panic!("examples/{file} is neither a workflow nor a program"),
        };
        assert!(tests.contains(&file), "examples/{file} has no test");
        let link = format!("(examples/{file})");
        assert!(readme.contains(&link), "README.md does not link {link}");
    }
}
