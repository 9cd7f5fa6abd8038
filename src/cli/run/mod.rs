//! `footlight run`: a client of the public API that starts a run, follows it, and asks at the
//! keyboard when a stage waits for a person.

mod client;
mod event;
mod file;
mod inputs;
mod output;
mod prompt;
mod saved;
mod screen;
mod terminal;
mod watch;

use std::future::pending;
use std::process::ExitCode;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use reqwest::Url;
use secrecy::SecretString;
use serde_json::Map;
use tokio::signal::ctrl_c;
use uuid::Uuid;

use self::client::{Server, Trouble};
use self::event::{Attempt, Event, Status, Verdict};
use self::prompt::{Decision, Prompt};
use self::screen::Screen;
use self::terminal::printable;
use self::watch::{Notice, watch};
use super::{developer, token};
use crate::clock::Clock;
use crate::config::RunArgs;

/// Longer than most runs take.
const TOKEN_LIFETIME: Duration = Duration::from_hours(12);

/// Starts or follows a run to its end; the codes are those that `--help` names.
pub async fn run(args: RunArgs, clock: &Clock) -> ExitCode {
    match to_the_end(args, clock).await {
        Ok(Ending::Completed) => ExitCode::SUCCESS,
        Ok(Ending::FailedOrCancelled) => ExitCode::from(1),
        Ok(Ending::Left) => ExitCode::from(130),
        Err(trouble) => {
            eprintln!("error: {}", printable(&trouble.to_string()));
            ExitCode::from(2)
        }
    }
}

/// How following a run ended.
enum Ending {
    Completed,
    FailedOrCancelled,
    /// The person has gone; the run goes on.
    Left,
}

async fn to_the_end(args: RunArgs, clock: &Clock) -> Result<Ending, Trouble> {
    let base = base_of(&args.url)?;
    let token = access_token(&args, &base, clock)?;
    let server = Server::new(base, token)?;
    let execution_id = match args.follow {
        Some(execution_id) => execution_id,
        None => start(&args, &server, clock).await?,
    };
    let story = Story {
        prompt: Prompt::new(args.given_editor()),
        screen: Screen::new(args.quiet),
        approve: args.approve,
        wait: args.wait,
        server,
        execution_id,
        asking: None,
    };
    let how_to_go_on = story.how_to_go_on();
    story.follow().await.map_err(|trouble| match trouble {
        Trouble::TokenRefused => Trouble::usage(format!("{trouble}. {how_to_go_on}")),
        other => other,
    })
}

/// Starts a run of the workflow that is named, or of that in a file.
async fn start(args: &RunArgs, server: &Server, clock: &Clock) -> Result<Uuid, Trouble> {
    let inputs = |given| inputs::read(given, args.inputs_file.as_deref(), &args.input);
    let (workflow_id, inputs) = match (args.workflow_id, &args.from.file) {
        (Some(workflow_id), _) => (workflow_id, inputs(Map::new())?),
        (None, Some(path)) => {
            let file = file::Workflow::read(path)?;
            let inputs = inputs(file.inputs())?;
            let saved = save(args, server, &file).await;
            (saved.map_err(|trouble| file.refused(trouble))?, inputs)
        }
        (None, None) => return Err(Trouble::usage("name a workflow to run")),
    };
    server.start(workflow_id, &inputs, clock.new_id()).await
}

/// Makes the workflow that the file describes, or changes the one that has its name, if that is asked for.
async fn save(args: &RunArgs, server: &Server, file: &file::Workflow) -> Result<Uuid, Trouble> {
    let input = file.input(&server.models().await?, args.from.model.as_deref())?;
    let saved = match input["name"].as_str() {
        Some(name) if args.from.update => server.named(name).await?,
        Some(_) | None => None,
    };
    let (done, id) = match saved {
        Some(saved) => {
            server.update(&saved, &input).await?;
            ("changed", saved.id)
        }
        None => ("made", server.create(&input).await?),
    };
    eprintln!("{done} workflow {id} by {}", printable(file.name()));
    Ok(id)
}

/// The server's own address, also from that of its API, which people have at hand.
fn base_of(url: &str) -> Result<Url, Trouble> {
    let mut base =
        Url::parse(url).map_err(|error| Trouble::usage(format!("--url {url}: {error}")))?;
    let path = base.path().trim_end_matches('/');
    if let Some(before) = path.strip_suffix("/graphql") {
        let before = before.to_owned();
        base.set_path(&before);
    }
    Ok(base)
}

/// The token that was given, else one signed with the development key. The latter never leaves this
/// machine.
fn access_token(args: &RunArgs, server: &Url, clock: &Clock) -> Result<SecretString, Trouble> {
    if let Some(token) = args.given_token() {
        return Ok(token);
    }
    let host = server.host_str().unwrap_or_default();
    let is_here = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    if !is_here || !args.key_file.exists() {
        return Err(Trouble::usage(
            "no access token: give --token or FOOTLIGHT_TOKEN, or name the key of `footlight dev` by --key-file for a server on this machine",
        ));
    }
    token::mint(&args.key_file, &developer(), TOKEN_LIFETIME, clock)
        .map(SecretString::from)
        .map_err(|error| Trouble::usage(error.to_string()))
}

/// A run that is being followed.
struct Story {
    server: Server,
    execution_id: Uuid,
    screen: Screen,
    prompt: Prompt,
    /// Pass what waits for a decision without asking.
    approve: bool,
    /// Leave it to others.
    wait: bool,
    /// The question that stands on the terminal.
    asking: Option<Question>,
}

struct Question {
    log: Attempt,
    answer: BoxFuture<'static, Option<Decision>>,
}

impl Story {
    /// What a person can do whose token has expired meanwhile.
    fn how_to_go_on(&self) -> String {
        let (id, server) = (self.execution_id, self.server.flag());
        format!(
            "The run goes on; follow it with a fresh token: FOOTLIGHT_TOKEN=… footlight run --follow {id}{server}"
        )
    }

    async fn follow(mut self) -> Result<Ending, Trouble> {
        self.screen.say(&format!("run {}", self.execution_id));
        let mut notices = watch(self.server.clone(), self.execution_id);
        loop {
            tokio::select! {
                notice = notices.recv() => {
                    let Some(notice) = notice else {
                        return Err(Trouble::Unexpected("the run's events ended".to_owned()));
                    };
                    if let Some(ending) = self.hear(notice).await? {
                        return Ok(ending);
                    }
                }
                answer = answer(&mut self.asking) => match answer {
                    Some(decision) => self.decided(decision).await?,
                    None => return Ok(self.leave()),
                },
                _ = ctrl_c() => {
                    if !self.prompt.is_editing() {
                        return Ok(self.leave());
                    }
                }
            }
        }
    }

    async fn hear(&mut self, notice: Notice) -> Result<Option<Ending>, Trouble> {
        match notice {
            Notice::Event(event) => {
                self.withdraw_question(&event);
                self.screen.show(&event);
                match event {
                    Event::ManualValidationRequested { log } => self.decide(log).await?,
                    Event::ExecutionStatusChanged { status, .. } => {
                        let ending = ending(status);
                        if let Some(Ending::Completed) = ending {
                            self.tell_output().await?;
                        }
                        return Ok(ending);
                    }
                    _ => {}
                }
            }
            Notice::Broken { cause, wait } => {
                let wait = wait.as_secs_f32();
                self.screen
                    .say(&format!("… {cause}; trying again in {wait:.1} s"));
            }
            Notice::Resumed => self.screen.say("… connected again"),
            Notice::Failed(trouble) => {
                self.screen.make_way();
                return Err(trouble);
            }
        }
        Ok(None)
    }

    /// Tells what the run came to. Where that is all that was asked for, nothing is worse than to leave it out.
    async fn tell_output(&self) -> Result<(), Trouble> {
        match self.server.output(self.execution_id).await {
            Ok(output) => self.screen.result(&output),
            Err(trouble) if self.screen.is_quiet() => return Err(trouble),
            // A server of a version before knows none.
            Err(trouble) => self.screen.say(&format!("! {trouble}")),
        }
        Ok(())
    }

    /// Brings about a decision on `log`, unless others are to, or there is one already: then this event is an
    /// old one, told again.
    async fn decide(&mut self, log: Attempt) -> Result<(), Trouble> {
        if log.validation_result != Verdict::Pending || self.wait {
            return Ok(());
        }
        if self.approve {
            return match self.server.record(&Decision::pass(log.id)).await {
                Err(trouble) if trouble.is_conflict() => Ok(()),
                done => done,
            };
        }
        if !self.screen.is_interactive() {
            let (id, server) = (self.execution_id, self.server.flag());
            return Err(Trouble::usage(format!(
                "stage {} waits for a decision and there is no terminal to ask on: decide it with `footlight run --follow {id}{server}` in a terminal, or add --approve to pass everything, or --wait to leave it to others",
                log.stage_order
            )));
        }
        self.ask(log);
        Ok(())
    }

    fn ask(&mut self, log: Attempt) {
        self.screen.make_way();
        let answer = self.prompt.clone().decide(log.clone()).boxed();
        self.asking = Some(Question { log, answer });
    }

    /// Records the decision; one that the server refuses is asked for again.
    async fn decided(&mut self, decision: Decision) -> Result<(), Trouble> {
        let Some(question) = self.asking.take() else {
            return Ok(());
        };
        let trouble = match self.server.record(&decision).await {
            Ok(()) => return Ok(()),
            // Nobody's answer would be taken.
            Err(Trouble::TokenRefused) => return Err(Trouble::TokenRefused),
            Err(trouble) => trouble,
        };
        self.screen.say(&format!("! {trouble}"));
        if !trouble.is_conflict() {
            self.ask(question.log);
        }
        Ok(())
    }

    /// Somebody has decided elsewhere, or the run has ended.
    fn withdraw_question(&mut self, event: &Event) {
        let Some(question) = &self.asking else {
            return;
        };
        let is_settled = match event {
            Event::ManualValidationRecorded { log } => log.id == question.log.id,
            Event::ExecutionStatusChanged { status, .. } => ending(*status).is_some(),
            _ => false,
        };
        if is_settled {
            self.asking = None;
            self.screen.say("\n… decided elsewhere");
        }
    }

    fn leave(&mut self) -> Ending {
        let id = self.execution_id;
        let server = self.server.flag();
        self.screen.make_way();
        self.screen.say(&format!(
            "\nthe run goes on without you\n  follow it: footlight run --follow {id}{server}\n  cancel it: mutation {{ cancelExecution(id: \"{id}\") {{ status }} }}"
        ));
        Ending::Left
    }
}

/// Waits for the answer to the question, forever when there is none.
async fn answer(asking: &mut Option<Question>) -> Option<Decision> {
    match asking {
        Some(question) => question.answer.as_mut().await,
        None => pending().await,
    }
}

const fn ending(status: Status) -> Option<Ending> {
    match status {
        Status::Completed => Some(Ending::Completed),
        Status::Failed | Status::Cancelled => Some(Ending::FailedOrCancelled),
        Status::Pending | Status::Running | Status::Paused => None,
    }
}
