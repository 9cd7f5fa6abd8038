//! Group commit: commands of one kind that come at the same time are written in one transaction, so
//! that they share its statements and its wait for the disk.
//!
//! 1. A command joins those that wait. When nobody writes, a writer is spawned.
//! 2. The writer lets tasks that could run before it have their turn, takes whatever waits then, and
//!    writes it in one transaction. In the meantime the next group gathers.
//! 3. Every command gets its own answer. One that is refused has written nothing, and the others
//!    are none the worse.
//! 4. When a statement fails, nothing of the group was written. Each command is then written by itself, so
//!    that only the one that was at fault fails.
//! 5. When the database does not answer before the commit, nothing was written either. What a worker has to
//!    write has been paid for: it waits with those that come until the database answers, or until the worker
//!    is gone, which it is as soon as its lease is known to be lost. Everybody else is told of the failure.
//! 6. A statement that runs over its limit is worse than a refusal: the connection is silent, and so may be
//!    the next. This process leaves its session, so that its runs are taken up.
//! 7. When the commit fails it is unknown what was written, and every command of the group fails.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use tokio::sync::oneshot;

use super::outage::Pauses;
use super::{Failure, Tx, Writers, locked, written};
use crate::error::{Error, Result};
use crate::service::Deps;
use crate::store;

/// Commands of one transaction at most.
const MOST: usize = 64;
/// Turns that a writer leaves to others before it takes what waits. Where nobody has anything to do they take no
/// time; where all have, the groups get larger and fewer.
const TURNS: usize = 8;

/// A command that can be written together with others of its kind.
pub trait Command: Debug + Sized + Send + Sync + 'static {
    type Answer: Debug + Send + 'static;

    /// Does it wait while the database does not answer? Whoever asked for it then gives up by going away.
    const OUTLASTS: bool;

    /// Where commands of this kind gather.
    fn group(deps: &Deps) -> &Group<Self>;

    /// Writes the commands, and answers each, in their order. May be called again with the same
    /// commands after the transaction was undone.
    fn write(
        deps: &Deps,
        tx: &Tx,
        commands: &[Self],
    ) -> impl Future<Output = Result<Vec<Result<Self::Answer>>>> + Send;
}

/// Commands that wait for their transaction. Each is a worker's, which has a slot, or a request's: so no
/// more gather than there may be of these.
#[derive(Debug)]
pub struct Group<C: Command>(Mutex<Waiting<C>>);

#[derive(Debug)]
struct Waiting<C: Command> {
    members: Vec<Member<C>>,
    /// Is there a writer?
    writing: bool,
}

#[derive(Debug)]
struct Member<C: Command> {
    command: C,
    answer: oneshot::Sender<(C, Result<C::Answer>)>,
}

/// What came of a command.
enum Outcome<A> {
    Answered(Result<A>),
    /// Nothing was written, and it is to be tried again.
    Waits,
}

/// The right to write, until it is dropped.
struct Turn<C: Command>(Arc<Deps>, std::marker::PhantomData<C>);

impl<C: Command> Default for Group<C> {
    fn default() -> Self {
        Self(Mutex::new(Waiting {
            members: Vec::new(),
            writing: false,
        }))
    }
}

/// Writes a command in one transaction with those that come at the same time. Gives the command back
/// with its answer.
///
/// # Errors
/// What the command answers, or `Internal` when the database fails; whether it was written is unknown
/// then.
pub async fn write_together<C: Command>(deps: &Arc<Deps>, command: C) -> Result<(C, C::Answer)> {
    let (answer, answered) = oneshot::channel();
    let member = Member { command, answer };
    let starts_writer = {
        let mut waiting = locked(&C::group(deps).0);
        waiting.members.push(member);
        !std::mem::replace(&mut waiting.writing, true)
    };
    if starts_writer {
        let turn = Turn(Arc::clone(deps), std::marker::PhantomData::<C>);
        tokio::spawn(turn.write_all());
    }
    let (command, answer) = answered
        .await
        .map_err(|_| Error::internal("the writer of a group has panicked"))?;
    Ok((command, answer?))
}

impl<C: Command> Turn<C> {
    async fn write_all(self) {
        let mut pauses = Pauses::default();
        while let Some(members) = self.next_group().await {
            let waiting = write_group(&self.0, members).await;
            if waiting.is_empty() {
                pauses = Pauses::default();
                continue;
            }
            locked(&C::group(&self.0).0).members.splice(0..0, waiting);
            pauses.pause(&self.0.clock).await;
        }
    }

    async fn next_group(&self) -> Option<Vec<Member<C>>> {
        for _ in 0..TURNS {
            tokio::task::yield_now().await;
        }
        self.take_group()
    }

    /// Those that wait, as many as one transaction takes. None when nobody does; then the turn is over.
    fn take_group(&self) -> Option<Vec<Member<C>>> {
        let mut waiting = locked(&C::group(&self.0).0);
        // Whoever is gone, as a worker is that has lost its session, has nothing to write any more.
        waiting.members.retain(|member| !member.answer.is_closed());
        let count = waiting.members.len().min(MOST);
        let members: Vec<_> = waiting.members.drain(..count).collect();
        waiting.writing = !members.is_empty();
        waiting.writing.then_some(members)
    }
}

impl<C: Command> Drop for Turn<C> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // Those that wait would wait for ever; without an answer they fail.
            let mut waiting = locked(&C::group(&self.0).0);
            waiting.members.clear();
            waiting.writing = false;
        }
    }
}

/// Writes commands and answers them. Gives back those that have to wait.
async fn write_group<C: Command>(deps: &Deps, members: Vec<Member<C>>) -> Vec<Member<C>> {
    let (commands, answers): (Vec<C>, Vec<_>) = members
        .into_iter()
        .map(|member| (member.command, member.answer))
        .unzip();
    let outcomes = write_commands(deps, &commands).await;
    let mut waiting = Vec::new();
    for ((command, answer), outcome) in commands.into_iter().zip(answers).zip(outcomes) {
        match outcome {
            // Whoever does not wait any more needs no answer.
            Outcome::Answered(outcome) => drop(answer.send((command, outcome))),
            Outcome::Waits => waiting.push(Member { command, answer }),
        }
    }
    waiting
}

async fn write_commands<C: Command>(deps: &Deps, commands: &[C]) -> Vec<Outcome<C::Answer>> {
    match attempt(deps, commands).await {
        Ok(answers) => answers.into_iter().map(Outcome::Answered).collect(),
        Err(Failure::Undone(error)) if commands.len() > 1 && !store::is_outage(&error) => {
            write_each(deps, commands).await
        }
        Err(failure) => all_failed(failure, commands),
    }
}

/// Writes each command by itself, until the database does not answer any more.
async fn write_each<C: Command>(deps: &Deps, commands: &[C]) -> Vec<Outcome<C::Answer>> {
    let mut outcomes = Vec::with_capacity(commands.len());
    for (written, command) in commands.iter().enumerate() {
        match attempt(deps, std::slice::from_ref(command)).await {
            Ok(answers) => outcomes.extend(answers.into_iter().map(Outcome::Answered)),
            Err(Failure::Unknown(error)) => outcomes.push(Outcome::Answered(Err(error))),
            Err(Failure::Unbegun(error) | Failure::Undone(error)) if !store::is_outage(&error) => {
                outcomes.push(Outcome::Answered(Err(error)));
            }
            Err(failure) => {
                outcomes.extend(all_failed(failure, &commands[written..]));
                break;
            }
        }
    }
    outcomes
}

/// What becomes of commands none of which was written, or none of which is known to be.
fn all_failed<C: Command>(failure: Failure, commands: &[C]) -> Vec<Outcome<C::Answer>> {
    let waits = match &failure {
        Failure::Unbegun(error) => store::is_outage(error),
        Failure::Undone(error) => store::is_outage(error) && !store::is_overrun(error),
        Failure::Unknown(_) => false,
    };
    if C::OUTLASTS && waits {
        return commands.iter().map(|_| Outcome::Waits).collect();
    }
    let error = Error::from(failure);
    if commands.len() == 1 {
        return vec![Outcome::Answered(Err(error))];
    }
    let error = Arc::new(error);
    let failed = || Outcome::Answered(Err(Error::internal(Arc::clone(&error))));
    commands.iter().map(|_| failed()).collect()
}

/// One try. A statement that runs over ends this process's session.
async fn attempt<C: Command>(
    deps: &Deps,
    commands: &[C],
) -> std::result::Result<Vec<Result<C::Answer>>, Failure> {
    let session = deps.slots.session();
    let attempt = written(deps, Writers::Group, |tx| async move {
        let answers = C::write(deps, &tx, commands).await?;
        if answers.len() == commands.len() {
            Ok(answers)
        } else {
            Err(Error::internal("a command of a group has no answer"))
        }
    });
    let attempt = attempt.await;
    if let Err(Failure::Undone(error)) = &attempt
        && store::is_overrun(error)
    {
        deps.slots.abandon(session);
    }
    attempt
}
