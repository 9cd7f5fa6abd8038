//! One leased run, from its claim until it ends, rests, or is somebody else's.
//!
//! 1. Read the pinned definition, unless whoever claimed the run has begun it.
//! 2. Begin an attempt, or wait until it is due.
//! 3. Make it ([`super::stage`]), or ask the judge of the answer that it has ([`super::judge`]). A control hint in the meantime asks whether the lease still holds;
//!    when it does not, the call is dropped, and with it the HTTP request.
//!    Where the stage runs for each item of a list, several are made side by side ([`super::each`]).
//! 4. Finish it, which may begin the next one. A write that the fence refuses ends the worker, and so
//!    does the loss of the session that the run was claimed under, at once.
//!
//! What touches the database is boxed: a run waits for its model most of the time, and thousands that do
//! must not each keep room for the state of a write.

use std::pin::{Pin, pin};

use chrono::DateTime;

use super::attempt::call;
use super::stage::Judged;
use super::{Tools, each};
use crate::domain::progress::Next;
use crate::error::{Error, Result};
use crate::service::drive::{self, Claim, Control, Lease};

/// Drives a claimed run; its slot is free again afterwards.
pub async fn drive(tools: Tools, mut claim: Claim) {
    let id = claim.run.id;
    let lost = claim.lost.clone();
    tokio::select! {
        // The runs of a lost session are somebody else's: there is nothing left to write.
        () = lost.cancelled() => {}
        walked = walk(&tools, &mut claim) => {
            if let Err(error) = walked {
                // What was written is unknown. The run is found unattended, and taken up again.
                drive::given_up(&tools.deps, &claim.run, &error);
                tracing::error!(execution = %id, error = error.chain(), "a run was given up");
            }
        }
    }
}

async fn walk(tools: &Tools, claim: &mut Claim) -> Result<()> {
    let run = claim.take_run();
    let control = tools.deps.hub.control(run.id);
    let (mut lease, mut next) = match claim.first.take() {
        Some(first) => (Lease::begun(run, first), Next::Attempt),
        None => (Box::pin(Lease::load(&tools.deps, run)).await?, Next::Wait),
    };
    loop {
        let went_on = match next {
            Next::Attempt if lease.each.is_some() => {
                Box::pin(each::walk(tools, &mut lease, &control)).await?
            }
            Next::Attempt => attempt(tools, &mut lease, &control).await?,
            Next::Wait => wait(tools, &mut lease, &control).await?,
            Next::Queue | Next::Pause | Next::End(_) => return Ok(()),
        };
        match went_on {
            Some(after) => next = after,
            // The run is somebody else's now, or nobody's.
            None => return Ok(()),
        }
    }
}

/// Waits until the run is due, then begins an attempt. None when the run is not this worker's any more.
async fn wait(tools: &Tools, lease: &mut Lease, control: &Control) -> Result<Option<Next>> {
    let due = lease.run.next_run_at;
    if let Some(due) = due.and_then(DateTime::from_timestamp_millis) {
        let waiting = pin!(tools.deps.clock.sleep_until(due));
        if undisturbed(tools, lease, control, waiting).await?.is_none() {
            return Ok(None);
        }
    }
    Box::pin(drive::begin(&tools.deps, lease)).await
}

/// Makes the attempt that is open, or has its answer judged. None when the run is not this worker's any more.
async fn attempt(tools: &Tools, lease: &mut Lease, control: &Control) -> Result<Option<Next>> {
    let judged = {
        let attempt = lease.attempt.as_ref();
        let attempt = attempt.ok_or_else(|| Error::internal("no attempt is under way"))?;
        let scene = lease.scene();
        let judging = pin!(call(tools, &scene, attempt));
        undisturbed(tools, lease, control, judging).await?
    };
    let Some(judged) = judged else {
        return Ok(None);
    };
    match judged? {
        Judged::Finished(finished) => Box::pin(drive::finish(&tools.deps, lease, *finished)).await,
        Judged::ByPerson(log) => Box::pin(drive::await_decision(&tools.deps, lease, *log)).await,
        Judged::ByModel(log) => Box::pin(drive::judge::keep(&tools.deps, lease, *log)).await,
        Judged::NoVerdict(log, failure) => {
            Box::pin(drive::judge::ask_again(&tools.deps, lease, *log, failure)).await
        }
    }
}

/// Does `work` while the run is this worker's. None when it is not any more: somebody else has taken it,
/// or it was handed back because this process ends. The work stays where it was pinned: as a value it would
/// be kept twice, and moved.
async fn undisturbed<T>(
    tools: &Tools,
    lease: &Lease,
    control: &Control,
    mut work: Pin<&mut impl Future<Output = T>>,
) -> Result<Option<T>> {
    loop {
        tokio::select! {
            done = &mut work => return Ok(Some(done)),
            () = tools.hand_back.cancelled() => {
                Box::pin(drive::hand_back(&tools.deps, lease)).await?;
                return Ok(None);
            }
            () = control.rung() => {
                if !Box::pin(lease.holds(&tools.deps)).await? {
                    return Ok(None);
                }
            }
        }
    }
}
