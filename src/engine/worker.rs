//! One leased run, from its claim until it ends, rests, or is somebody else's.
//!
//! 1. Read the pinned definition, unless whoever claimed the run has begun it.
//! 2. Begin an attempt, or wait until it is due.
//! 3. Make it ([`super::stage`]). A control hint in the meantime asks whether the lease still holds;
//!    when it does not, the call is dropped, and with it the HTTP request.
//! 4. Finish it, which may begin the next one. A write that the fence refuses ends the worker, and so
//!    does the loss of the session that the run was claimed under, at once.
//!
//! What touches the database is boxed: a run waits for its model most of the time, and thousands that do
//! must not each keep room for the state of a write.

use chrono::DateTime;

use super::Tools;
use super::stage::{self, Made};
use crate::error::Result;
use crate::service::drive::{self, Begun, Claimed, Control, Leased, Next, Run, Started};

/// Drives a claimed run; its slot is free again afterwards.
pub async fn drive(tools: Tools, claimed: Claimed) {
    let id = claimed.run.id;
    tokio::select! {
        // The runs of a lost session are somebody else's: there is nothing left to write.
        () = claimed.lost.cancelled() => {}
        walked = walk(&tools, claimed.run.clone(), claimed.begun.clone()) => {
            if let Err(error) = walked {
                // What was written is unknown. The run is found unattended, and taken up again.
                tracing::error!(execution = %id, error = error.chain(), "a run was given up");
            }
        }
    }
}

async fn walk(tools: &Tools, run: Run, begun: Option<Begun>) -> Result<()> {
    let control = tools.deps.hub.control(run.id);
    let (mut leased, mut next) = match begun {
        Some(begun) => drive::begun(run, begun),
        None => (Box::pin(drive::load(&tools.deps, run)).await?, Next::Wait),
    };
    loop {
        next = match next {
            Next::Release => return Ok(()),
            Next::Wait => {
                if !wait(tools, &leased, &control).await? {
                    return Ok(());
                }
                Box::pin(drive::begin(&tools.deps, &mut leased)).await?
            }
            Next::Attempt(started) => {
                match attempt(tools, &mut leased, *started, &control).await? {
                    Some(next) => next,
                    None => return Ok(()),
                }
            }
        };
    }
}

/// Waits until the run is due. False when it is not this worker's any more.
async fn wait(tools: &Tools, leased: &Leased, control: &Control) -> Result<bool> {
    let Some(due) = drive::waits_until(leased).and_then(DateTime::from_timestamp_millis) else {
        return Ok(true);
    };
    loop {
        tokio::select! {
            () = tools.deps.clock.sleep_until(due) => return Ok(true),
            () = tools.hand_back.cancelled() => {
                Box::pin(drive::hand_back(&tools.deps, leased)).await?;
                return Ok(false);
            }
            () = control.rung() => {
                if !Box::pin(drive::holds(&tools.deps, leased)).await? {
                    return Ok(false);
                }
            }
        }
    }
}

/// Makes one attempt. None when the run is not this worker's any more.
async fn attempt(
    tools: &Tools,
    leased: &mut Leased,
    started: Started,
    control: &Control,
) -> Result<Option<Next>> {
    let made = {
        let making = stage::make(tools, leased, &started);
        tokio::pin!(making);
        loop {
            tokio::select! {
                made = &mut making => break made?,
                () = tools.hand_back.cancelled() => {
                    Box::pin(drive::hand_back(&tools.deps, leased)).await?;
                    return Ok(None);
                }
                () = control.rung() => {
                    if !Box::pin(drive::holds(&tools.deps, leased)).await? {
                        return Ok(None);
                    }
                }
            }
        }
    };
    let next = match made {
        Made::Ended(ended) => Box::pin(drive::finish(&tools.deps, leased, *ended)).await?,
        Made::Awaits(log) => Box::pin(drive::await_decision(&tools.deps, leased, *log)).await?,
    };
    Ok(Some(next))
}
