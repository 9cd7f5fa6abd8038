//! Group commit: commands of one kind that come at the same time are written in one transaction, so
//! that they share its statements and its wait for the disk.
//!
//! 1. A command joins those that wait. When nobody writes, a writer is spawned.
//! 2. The writer lets tasks that could run before it have their turn, takes whatever waits then, and
//!    writes it in one transaction. In the meantime the next group gathers.
//! 3. Every command gets its own answer. One that is refused has written nothing, and the others
//!    are none the worse.
//! 4. When a statement fails, nothing of the group was written. Unless the database does not answer,
//!    each command is then written by itself, so that only the one that was at fault fails.
//! 5. When the commit fails it is unknown what was written, and every command of the group fails.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use tokio::sync::oneshot;

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
        while let Some(members) = self.next_group().await {
            write_group(&self.0, members).await;
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

async fn write_group<C: Command>(deps: &Deps, members: Vec<Member<C>>) {
    let (commands, answers): (Vec<C>, Vec<_>) = members
        .into_iter()
        .map(|member| (member.command, member.answer))
        .unzip();
    let outcomes = write_commands(deps, &commands).await;
    for ((command, answer), outcome) in commands.into_iter().zip(answers).zip(outcomes) {
        // Whoever does not wait any more needs no answer.
        let _ = answer.send((command, outcome));
    }
}

async fn write_commands<C: Command>(deps: &Deps, commands: &[C]) -> Vec<Result<C::Answer>> {
    let error = match attempt(deps, commands).await {
        Ok(answers) => return answers,
        Err(Failure::Undone(error)) if commands.len() > 1 && !store::is_outage(&error) => {
            return write_each(deps, commands).await;
        }
        Err(Failure::Undone(error) | Failure::Unknown(error)) => Arc::new(error),
    };
    commands.iter().map(|_| failed(&error)).collect()
}

/// Writes each command by itself, until the database does not answer any more.
async fn write_each<C: Command>(deps: &Deps, commands: &[C]) -> Vec<Result<C::Answer>> {
    let mut outage = None;
    let mut answers = Vec::with_capacity(commands.len());
    for command in commands {
        if let Some(error) = &outage {
            answers.push(failed(error));
            continue;
        }
        match attempt(deps, std::slice::from_ref(command)).await {
            Ok(answer) => answers.extend(answer),
            Err(Failure::Undone(error) | Failure::Unknown(error)) => {
                let is_outage = store::is_outage(&error);
                let error = Arc::new(error);
                answers.push(failed(&error));
                outage = is_outage.then_some(error);
            }
        }
    }
    answers
}

fn failed<T>(error: &Arc<Error>) -> Result<T> {
    Err(Error::internal(Arc::clone(error)))
}

async fn attempt<C: Command>(
    deps: &Deps,
    commands: &[C],
) -> std::result::Result<Vec<Result<C::Answer>>, Failure> {
    written(deps, Writers::Group, |tx| async move {
        let answers = C::write(deps, &tx, commands).await?;
        if answers.len() == commands.len() {
            Ok(answers)
        } else {
            Err(Error::internal("a command of a group has no answer"))
        }
    })
    .await
}
