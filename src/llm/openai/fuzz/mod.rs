//! Twenty thousand bodies of every shape. Two things hold of each: text that came with a valid end is never
//! lost, whatever stands beside it, and text without one never passes.

mod shape;

use std::cell::Cell;
use std::future::{pending, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use tokio::runtime::Runtime;

use self::shape::{Act, Expected, Shape, shape};
use super::stream::{Outcome, read};
use crate::clock::Clock;
use crate::llm::{OnPiece, Piece};

const SHAPES: u32 = 20_000;
/// Whoever says nothing for this long says nothing more.
const SILENCE: Duration = Duration::from_hours(1);

#[test]
fn text_with_a_valid_end_is_never_lost_and_text_without_one_never_passes() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let config = Config {
        cases: SHAPES,
        failure_persistence: None,
        ..Config::default()
    };
    let seed = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, seed);
    let answers = Cell::new(0);
    let found = runner.run(&(shape(), 1..80_usize), |(shape, size)| {
        let is_answer = matches!(shape.expected(), Expected::Answer(_));
        answers.set(answers.get() + u32::from(is_answer));
        check(&runtime, &shape, size)
    });
    if let Err(failure) = found {
        panic!("{failure}");
    }
    let both = SHAPES / 5..SHAPES * 4 / 5;
    assert!(
        both.contains(&answers.get()),
        "{answers:?} of them are answers"
    );
}

fn check(runtime: &Runtime, shape: &Shape, size: usize) -> Result<(), TestCaseError> {
    met(runtime, shape, shape.acts(size))?;
    if shape.is_plain() {
        // Nothing may then depend on how fast it comes.
        let acts = shape.acts(size.max(20)).into_iter();
        let slowly = acts.flat_map(|act| [Act::Pause(1), act]);
        met(runtime, shape, slowly.collect())?;
    }
    Ok(())
}

fn met(runtime: &Runtime, shape: &Shape, acts: Vec<Act>) -> Result<(), TestCaseError> {
    let mut heard = String::new();
    let mut has_ended = false;
    let mut on_piece = |piece: Piece<'_>| match piece {
        Piece::Text(text) => heard.push_str(text),
        Piece::End => has_ended = true,
        Piece::Thought(_) | Piece::Refusal | Piece::Silence => {}
    };
    let outcome = runtime.block_on(came_of(acts, &mut on_piece));
    match (shape.expected(), outcome.map(|outcome| outcome.answer)) {
        (Expected::Answer(text), Some(Ok(answer))) => {
            prop_assert_eq!(&answer.text, &text);
            prop_assert_eq!(heard, text);
            prop_assert!(has_ended);
        }
        (Expected::Nothing, Some(Err(_))) | (Expected::Waiting, None) => {}
        (expected, outcome) => prop_assert!(false, "{:?} became {:?}", expected, outcome),
    }
    Ok(())
}

/// What a body comes to; none while more of it is waited for.
async fn came_of(acts: Vec<Act>, on_piece: OnPiece<'_>) -> Option<Outcome> {
    let clock = Clock::manual("2026-03-01T12:00:00Z".parse().unwrap());
    let is_silent = Cell::new(false);
    let mut body = pin!(body(acts, &clock, &is_silent));
    let mut reading = pin!(read(&mut body, on_piece, &clock));
    poll_fn(|cx| match reading.as_mut().poll(cx) {
        Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
        Poll::Pending if is_silent.get() => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    })
    .await
}

/// A pause moves the clock, and whoever waits has a look at it.
fn body(
    acts: Vec<Act>,
    clock: &Clock,
    is_silent: &Cell<bool>,
) -> impl Stream<Item = Result<Bytes, ()>> {
    stream::iter(acts).filter_map(async |act| match act {
        Act::Bytes(bytes) => Some(Ok(Bytes::from(bytes))),
        Act::Pause(ms) => {
            clock.advance(Duration::from_millis(ms));
            tokio::task::yield_now().await;
            None
        }
        Act::Lose => Some(Err(())),
        Act::Stay => {
            clock.advance(SILENCE);
            is_silent.set(true);
            pending().await
        }
    })
}
