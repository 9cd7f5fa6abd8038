//! Reads a body to the end of its answer, and no further.
//!
//! Once the answer has ended, token counts, `[DONE]` and the body's end are waited for, whichever is
//! first, but not for long: some keep a connection open, with heartbeats or without.

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{FutureExt, Stream, StreamExt};

use super::events::{Events, TooLong};
use super::piece::said;
use super::reading::{Reading, State, Trouble};
use crate::clock::Clock;
use crate::llm::{Answer, OnPiece};

/// How long a provider may take from the end of its answer to what it says after it.
const AFTER_END: TimeDelta = TimeDelta::seconds(2);

/// What came of a body.
pub(super) struct Outcome {
    pub answer: Result<Answer, Trouble>,
    /// Something of the body may still come.
    pub has_more: bool,
}

const LOST: &str = "the connection was lost in the middle of the answer";
const ENDED: &str = "the stream ended before the answer did";

/// Reads `body` until its answer is whole, or none.
pub(super) async fn read<E>(
    body: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin),
    on_piece: OnPiece<'_>,
    clock: &Clock,
) -> Outcome {
    let mut events = Events::default();
    let mut reading = Reading::new(on_piece);
    let mut deadline = Deadline {
        clock,
        end: 0,
        at: None,
    };
    let has_more = loop {
        match await_more(body, reading.state(), &mut deadline).await {
            More::Bytes(bytes) => {
                let taken = events.push(&bytes).map_err(|TooLong| Trouble::TooLong);
                if let Err(trouble) = taken.and_then(|()| take(&mut events, &mut reading)) {
                    let has_more = trouble != Trouble::TooLong;
                    let answer = Err(trouble);
                    return Outcome { answer, has_more };
                }
            }
            More::Nothing => break true,
            More::Lost => {
                events.end();
                // What was whole counts, what was torn apart does not.
                let answer = match take(&mut events, &mut reading) {
                    Ok(()) | Err(Trouble::Broken(_)) => reading.into_answer(LOST),
                    Err(told) => Err(told),
                };
                return Outcome {
                    answer,
                    has_more: false,
                };
            }
            More::End => {
                events.end();
                if let Err(trouble) = take(&mut events, &mut reading) {
                    let answer = Err(trouble);
                    return Outcome {
                        answer,
                        has_more: false,
                    };
                }
                reading.close();
                break false;
            }
        }
    };
    if let Some(words) = events.stray() {
        reading.keep_stray(&words);
    }
    let answer = reading.into_answer(ENDED);
    Outcome { answer, has_more }
}

/// What comes next of a body.
enum More<B> {
    Bytes(B),
    /// Nothing that is worth waiting for.
    Nothing,
    Lost,
    End,
}

/// When an answer that has ended is taken.
struct Deadline<'a> {
    clock: &'a Clock,
    end: usize,
    at: Option<DateTime<Utc>>,
}

impl Deadline<'_> {
    /// Each end is waited after anew.
    fn after(&mut self, end: usize) -> DateTime<Utc> {
        if self.end != end {
            self.end = end;
            self.at = None;
        }
        let from_now = || self.clock.now() + AFTER_END;
        *self.at.get_or_insert_with(from_now)
    }
}

async fn await_more<E>(
    body: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin),
    state: State,
    deadline: &mut Deadline<'_>,
) -> More<Bytes> {
    let next = match state {
        State::Open => Some(body.next().await),
        State::Ended(end) => {
            let until = deadline.after(end);
            let clock = deadline.clock;
            let next = tokio::select! {
                biased;
                next = body.next() => Some(next),
                () = clock.sleep_until(until) => None,
            };
            // One who never stops talking never lets the time run out by itself.
            next.filter(|_| clock.now() < until)
        }
        // What has arrived already is looked at: it may be text after all.
        State::Settled => body.next().now_or_never(),
        State::Over => None,
    };
    match next {
        None => More::Nothing,
        Some(Some(Ok(bytes))) => More::Bytes(bytes),
        Some(Some(Err(_))) => More::Lost,
        Some(None) => More::End,
    }
}

fn take(events: &mut Events, reading: &mut Reading<'_>) -> Result<(), Trouble> {
    while let Some(event) = events.next() {
        for said in said(&event) {
            reading.take(said)?;
        }
    }
    Ok(())
}
