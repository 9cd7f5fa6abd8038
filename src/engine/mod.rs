//! The engine: claims runs and drives each in a task of its own.
//!
//! 1. Open this process's session; what an earlier process left behind is taken up.
//! 2. Claim due runs when a hint says so, when a slot comes free, when the next wait ends, and at
//!    least every second while a slot is free.
//! 3. Drive every claimed run ([`worker`]), whoever claimed it.
//! 4. Renew the session, and take up the runs of dead ones.
//! 5. At shutdown claim nothing more; runs go on for a grace period, the rest is handed back.

pub mod stage;
pub mod worker;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::domain::definition::PinnedModel;
use crate::error::Result;
use crate::llm::Llm;
use crate::service::Deps;
use crate::service::drive::{self, Claimed, session};

/// A look for due work happens at least so often while a slot is free.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The pause after a look that failed.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);

/// What the engine drives runs with.
pub struct Engine {
    pub deps: Arc<Deps>,
    pub llm: Arc<dyn Llm>,
    pub settings: Settings,
    /// Runs that were claimed for this engine.
    pub claimed: mpsc::Receiver<Claimed>,
}

/// Limits of the engine that the operator sets.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Longest model call.
    pub stage_timeout: Duration,
    /// How long runs may go on after a shutdown was asked for.
    pub shutdown_grace: Duration,
}

/// What a worker drives its run with.
#[derive(Clone)]
pub struct Tools {
    pub deps: Arc<Deps>,
    pub llm: Arc<dyn Llm>,
    pub stage_timeout: Duration,
    /// Set when this process is about to end and runs have to be handed back.
    pub hand_back: CancellationToken,
}

/// The request to a model, as the pinned definition says.
fn request(
    model: &PinnedModel,
    overlay: Option<&serde_json::Value>,
    (system, prompt): (Option<String>, String),
) -> crate::llm::Request {
    crate::llm::Request {
        provider: model.provider.clone(),
        model: model.model_identifier_for_flowise.clone(),
        system,
        prompt,
        config: model.config(overlay),
    }
}

impl Engine {
    /// Runs until `shutdown`, then until its runs are finished or handed back.
    ///
    /// # Errors
    /// `Internal` when the first session cannot be opened.
    pub async fn run(mut self, shutdown: CancellationToken) -> Result<()> {
        let mut session = session::open(&self.deps).await?;
        let workers = TaskTracker::new();
        let tools = Tools {
            deps: Arc::clone(&self.deps),
            llm: Arc::clone(&self.llm),
            stage_timeout: self.settings.stage_timeout,
            hand_back: CancellationToken::new(),
        };
        let claiming = tokio::spawn(claim_until(Arc::clone(&self.deps), shutdown.clone()));
        let mut renewals = tokio::time::interval(session::RENEW_EVERY);
        renewals.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = shutdown.cancelled() => break,
                Some(claimed) = self.claimed.recv() => {
                    workers.spawn(worker::drive(tools.clone(), claimed));
                }
                _ = renewals.tick() => session = self.keep(session).await,
            }
        }
        self.drain(session, &workers, &tools).await;
        claiming.abort();
        Ok(())
    }

    /// Renews the session and takes up the runs of dead ones. Answers the session that is in force.
    async fn keep(&self, session: Uuid) -> Uuid {
        match session::renew(&self.deps, session).await {
            Ok(true) => {}
            Ok(false) => {
                tracing::warn!("this process was taken for dead: its runs go on elsewhere");
                self.deps.worker.set_session(None);
                match session::open(&self.deps).await {
                    Ok(fresh) => return fresh,
                    Err(error) => tracing::error!(error = ?error, "no new session"),
                }
            }
            // An error is no answer: the next renewal asks again.
            Err(error) => tracing::error!(error = ?error, "the session was not renewed"),
        }
        match session::rescue(&self.deps, session).await {
            Ok(0) => {}
            Ok(count) => tracing::warn!(count, "took up the runs of a dead process"),
            Err(error) => tracing::error!(error = ?error, "dead sessions were not looked for"),
        }
        session
    }

    /// Lets runs go on for the grace period, then has them handed back.
    async fn drain(mut self, session: Uuid, workers: &TaskTracker, tools: &Tools) {
        self.deps.worker.set_session(None);
        self.claimed.close();
        while let Some(claimed) = self.claimed.recv().await {
            workers.spawn(worker::drive(tools.clone(), claimed));
        }
        workers.close();
        if !workers.is_empty() {
            tracing::info!(runs = workers.len(), "finishing runs before the end");
        }
        let grace = self.settings.shutdown_grace;
        let renewing = async {
            loop {
                tokio::time::sleep(session::RENEW_EVERY).await;
                // A failed renewal costs a rescue, and the process ends anyway.
                let _ = session::renew(&self.deps, session).await;
            }
        };
        tokio::select! {
            () = workers.wait() => {}
            () = tokio::time::sleep(grace) => {}
            () = renewing => {}
        }
        tools.hand_back.cancel();
        workers.wait().await;
        if let Err(error) = session::close(&self.deps, session).await {
            tracing::error!(error = ?error, "the session was not closed");
        }
    }
}

/// Claims due work whenever there may be some and a slot is free.
async fn claim_until(deps: Arc<Deps>, shutdown: CancellationToken) {
    loop {
        let look = async {
            deps.worker.slot_free().await;
            let pause = match drive::claim(&deps).await {
                // There may be more: look again at once when slots are left.
                Ok(count) if count > 0 => return,
                Ok(_) => drive::next_look(&deps, LOOK_EVERY).await,
                Err(error) => {
                    tracing::error!(error = ?error, "looking for due runs failed");
                    PAUSE_AFTER_FAILURE
                }
            };
            tokio::select! {
                () = deps.hub.due() => {}
                () = tokio::time::sleep_until(Instant::now() + pause) => {}
            }
        };
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = look => {}
        }
    }
}
