//! The engine: claims runs and drives each in a task of its own.
//!
//! 1. Open this process's session; what an earlier process left behind is taken up.
//! 2. Claim due runs when a hint says so, when a slot comes free, when the next wait ends, and at
//!    least every second while a slot is free.
//! 3. Drive every claimed run ([`worker`]), whoever claimed it.
//! 4. Keep the session alive, and take up the runs of dead ones.
//! 5. Clear away what is deleted or old ([`keep`](crate::service::keep)).
//! 6. At shutdown claim nothing more; runs go on for a grace period, the rest is handed back.

mod attempt;
mod call;
mod each;
mod hearing;
mod judge;
mod limits;
pub mod stage;
mod unsent;
pub mod worker;

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::unsent::Unsent;
use crate::domain::definition::PinnedModel;
use crate::domain::form::Form;
use crate::domain::progress::Messages;
use crate::domain::setting;
use crate::error::Result;
use crate::llm::Llm;
use crate::service::Deps;
use crate::service::drive::claim::{Circle, Look};
use crate::service::drive::growth::{self, Growth};
use crate::service::drive::{Claim, claim, rescue, session};
use crate::service::keep::Keeper;

/// A look for due work happens at least so often while a slot is free.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Between two looks when the first has found nothing and other users have pending runs, too. Where all have as
/// much under way as they may, this takes some looks a second, not all that the database can do.
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);
/// The pause after a look that failed.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);

/// What the engine drives runs with.
pub struct Engine {
    pub deps: Arc<Deps>,
    pub llm: Arc<dyn Llm>,
    pub settings: Settings,
    /// Runs that were claimed for this engine.
    pub claimed: mpsc::Receiver<Claim>,
}

/// Limits of the engine that the operator sets.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The longest silence in a model call.
    pub stage_timeout: Duration,
    /// The longest model call.
    pub stage_max: Duration,
    /// How long runs are kept after they ended; none for ever.
    pub retain_runs: Option<TimeDelta>,
    /// How long runs may go on after a shutdown was asked for.
    pub shutdown_grace: Duration,
}

/// What a worker drives its run with.
#[derive(Clone)]
pub struct Tools {
    pub deps: Arc<Deps>,
    pub llm: Arc<dyn Llm>,
    pub stage_timeout: Duration,
    pub stage_max: Duration,
    pub unsent: Arc<Unsent>,
    /// Set when this process is about to end and runs have to be handed back.
    pub hand_back: CancellationToken,
}

/// The request to a model, as the pinned definition says.
fn request(
    model: &PinnedModel,
    overlay: Option<&serde_json::Value>,
    messages: Messages,
    schema: Option<Form>,
) -> crate::llm::Request {
    crate::llm::Request {
        provider: model.provider.clone(),
        model: model.model_identifier_for_flowise.clone(),
        system: messages.system,
        turns: messages.turns,
        prompt: messages.prompt,
        settings: setting::Settings::of(&model.config_defaults, overlay),
        schema,
    }
}

/// Every text that a request sends.
fn texts(request: &crate::llm::Request) -> Vec<&str> {
    let turns = request.turns.iter().map(|turn| turn.content.as_str());
    let system = request.system.as_deref();
    let ahead = system.into_iter().chain(turns);
    ahead.chain([request.prompt.as_str()]).collect()
}

/// Why a request surely does not fit into its model's context, before it is paid for.
fn too_long(model: &PinnedModel, request: &crate::llm::Request) -> Option<String> {
    model.too_long(&texts(request))
}

impl Engine {
    /// Runs until `shutdown`, then until its runs are finished or handed back.
    ///
    /// # Errors
    /// `Internal` when the first session cannot be opened.
    pub async fn run(mut self, shutdown: CancellationToken) -> Result<()> {
        tokio::select! {
            opened = session::open(&self.deps) => opened?,
            () = shutdown.cancelled() => return Ok(()),
        }
        let tools = Tools {
            deps: Arc::clone(&self.deps),
            llm: Arc::clone(&self.llm),
            stage_timeout: self.settings.stage_timeout,
            stage_max: self.settings.stage_max,
            unsent: Arc::default(),
            hand_back: CancellationToken::new(),
        };
        let beating = tokio::spawn(beat(Arc::clone(&self.deps)));
        let looking = TaskTracker::new();
        looking.spawn(look_for_due_runs(Arc::clone(&self.deps), shutdown.clone()));
        looking.spawn(look_for_the_dead(Arc::clone(&self.deps), shutdown.clone()));
        let retention = self.settings.retain_runs;
        looking.spawn(keep(Arc::clone(&self.deps), retention, shutdown.clone()));
        let mut growth = Growth::default();
        loop {
            tokio::select! {
                () = shutdown.cancelled() => break,
                Some(claim) = self.claimed.recv() => {
                    if let Some(runs) = growth.count() {
                        looking.spawn(growth::look(Arc::clone(&self.deps), runs));
                    }
                    tokio::spawn(worker::drive(tools.clone(), claim));
                }
            }
        }
        self.drain(&tools).await;
        looking.close();
        looking.wait().await;
        beating.abort();
        if let Err(error) = session::close(&self.deps).await {
            tracing::error!(error = error.chain(), "the session was not closed");
        }
        Ok(())
    }

    /// Lets runs go on for the grace period, then has them handed back. A claim under way when the
    /// shutdown was asked for still arrives here: it has a slot, and this waits for every slot.
    async fn drain(&mut self, tools: &Tools) {
        if let Err(error) = session::drain(&self.deps).await {
            tracing::warn!(
                error = error.chain(),
                "the session was not marked as draining"
            );
        }
        let driven = self.deps.slots.driven().len();
        if driven > 0 {
            tracing::info!(runs = driven, "finishing runs before the end");
        }
        let idle = self.deps.slots.idle();
        let end_of_grace = tokio::time::sleep(self.settings.shutdown_grace);
        tokio::pin!(idle, end_of_grace);
        loop {
            tokio::select! {
                () = &mut idle => return,
                Some(claim) = self.claimed.recv() => {
                    tokio::spawn(worker::drive(tools.clone(), claim));
                }
                () = &mut end_of_grace, if !tools.hand_back.is_cancelled() => {
                    tools.hand_back.cancel();
                }
            }
        }
    }
}

/// Keeps the session alive, until this task is ended.
async fn beat(deps: Arc<Deps>) {
    let mut unattended = session::Unattended::new();
    let mut ticks = tokio::time::interval(session::BEAT_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            // A new session is opened at once.
            () = deps.slots.abandons() => {}
        }
        if let Err(error) = session::beat(&deps, &mut unattended).await {
            tracing::error!(
                error = error.chain(),
                "the session was not renewed, trying again"
            );
        }
    }
}

/// Takes up the runs of processes that died, every few seconds, but not at the same moment as the
/// other replicas.
async fn look_for_the_dead(deps: Arc<Deps>, stop: CancellationToken) {
    loop {
        let pause = session::BEAT_EVERY.mul_f64(0.8 + 0.4 * deps.clock.jitter());
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        match rescue::rescue(&deps).await {
            Ok(0) => {}
            Ok(count) => tracing::warn!(count, "took up the runs of a dead process"),
            Err(error) => {
                tracing::error!(error = error.chain(), "dead processes were not looked for");
            }
        }
    }
}

/// Clears away what is deleted or old: when this process has deleted a workflow, and every few minutes.
async fn keep(deps: Arc<Deps>, retention: Option<TimeDelta>, stop: CancellationToken) {
    let mut keeper = Keeper::new(&deps, retention, &stop);
    while !stop.is_cancelled() {
        // From its beginning: what grew old meanwhile was not looked at.
        let began = deps.clock.now();
        let next = began + keeper.look().await;
        tokio::select! {
            () = stop.cancelled() => {}
            () = deps.hub.keeper_called() => {}
            () = deps.clock.sleep_until(next) => {}
        }
    }
}

/// Claims due work whenever there may be some and a slot is free. A claim is never cut off in the
/// middle: what it has committed must be driven.
async fn look_for_due_runs(deps: Arc<Deps>, stop: CancellationToken) {
    let mut pause = Duration::ZERO;
    let mut circle = Circle::default();
    loop {
        let may_be_due = async {
            tokio::select! {
                () = deps.hub.due() => {}
                () = deps.slots.given_back() => {}
                () = tokio::time::sleep(pause) => {}
            }
            deps.slots.slot_free().await;
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = may_be_due => {}
        }
        let looked = claim::due(&deps, &mut circle).await;
        pause = match looked {
            // Look again at once, and before further calls take what is left.
            Ok(Look::Claimed(_)) => Duration::ZERO,
            // Somebody else was faster: nobody was looked for.
            Ok(Look::Nothing) if deps.slots.free() == 0 => Duration::ZERO,
            Ok(Look::Onward) => BETWEEN_LOOKS,
            Ok(Look::Nothing) => claim::next_look(&deps, LOOK_EVERY).await,
            Err(error) => {
                tracing::error!(error = error.chain(), "looking for due runs failed");
                PAUSE_AFTER_FAILURE
            }
        };
        if !pause.is_zero() {
            deps.slots.looked();
        }
    }
}
