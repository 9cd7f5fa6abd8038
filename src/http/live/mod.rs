//! Operations over one HTTP response that stays open: `multipart/mixed` as Apollo's clients read it,
//! and `text/event-stream` as graphql-sse's do. The rules are those of websockets.
//!
//! 1. The stream takes one of its person's seats.
//! 2. A task of its own runs the operation and fills a bounded queue, from which the connection sends.
//!    In silence a heartbeat goes out, so that proxies keep the connection and the dead are noticed.
//! 3. A client that takes nothing for half a minute is left, and so is one whose token expires: the
//!    last word, whose place in the queue is kept from the start, says so and where to go on.
//! 4. When the client goes away the queue is closed, and the operation ends with it.

use std::convert::Infallible;
use std::sync::Arc;

use async_graphql::{Executor, ServerError};
use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use tokio::sync::mpsc;
use tokio::time::{Interval, MissedTickBehavior, interval_at, timeout};
use tokio_stream::wrappers::ReceiverStream;

use self::framing::Word;
use super::door::seats::Seat;
use super::media::Framing;
use super::operation::{self, Caller, Outcome};
use super::request::document::Document;
use super::{Server, SignIn, answer, error};
use crate::domain::viewer::Viewer;
use crate::error::{Code, Error};

mod framing;

/// Answers that may wait for a slow reader.
const QUEUE: usize = 32;

/// Too many streams of one person are open.
pub(super) struct NoSeat {
    pub limit: usize,
}

/// Starts the operation and answers with what comes of it.
///
/// # Errors
/// [`NoSeat`] when the person holds as many sockets and streams as they may.
pub(super) fn respond<E: Executor, S: SignIn>(
    server: &Arc<Server<E, S>>,
    framing: Framing,
    document: Document,
    caller: Caller,
) -> Result<Response, NoSeat> {
    let limit = server.parts.settings.socket.max_sockets_per_user;
    let seat = match &caller.viewer {
        Some(viewer) => Some(
            server
                .seats
                .take(viewer.user_id, limit)
                .ok_or(NoSeat { limit })?,
        ),
        None => None,
    };
    let (sender, receiver) = mpsc::channel(QUEUE);
    let Ok(last_word) = sender.clone().try_reserve_owned() else {
        return Err(NoSeat { limit });
    };
    let viewer = caller.viewer.clone();
    let executor = server.parts.executor.clone();
    let carrier = Carrier {
        outcomes: operation::outcomes(executor, document, caller),
        heartbeats: heartbeats(server),
        server: Arc::clone(server),
        framing,
        sender,
        told: 0,
        _seat: seat,
    };
    let open = server.parts.settings.open_sockets.clone();
    open.spawn(async move {
        if let Some(word) = carrier.run(viewer).await {
            last_word.send(word);
        }
    });
    Ok(stream_of(framing, receiver))
}

/// Answers an operation that was refused before it could run, in the form of its stream.
pub(super) fn refuse(framing: Framing, errors: &[ServerError]) -> Response {
    error::count(errors);
    let body = [framing.opening(), &*framing.write(&Word::Refused(errors))].concat();
    headed(framing, Body::from(body))
}

fn stream_of(framing: Framing, receiver: mpsc::Receiver<Bytes>) -> Response {
    let opening = futures_util::stream::iter([Bytes::from(framing.opening())]);
    let chunks = opening.chain(ReceiverStream::new(receiver));
    headed(framing, Body::from_stream(chunks.map(Ok::<_, Infallible>)))
}

fn headed(framing: Framing, body: Body) -> Response {
    let content_type = [(header::CONTENT_TYPE, framing.content_type())];
    (answer::HEADERS, content_type, body).into_response()
}

fn heartbeats<E, S>(server: &Server<E, S>) -> Interval {
    let every = server.parts.settings.heartbeat_every;
    let mut heartbeats = interval_at(tokio::time::Instant::now() + every, every);
    heartbeats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    heartbeats
}

/// The task behind a stream.
struct Carrier<E, S> {
    server: Arc<Server<E, S>>,
    framing: Framing,
    outcomes: BoxStream<'static, Outcome>,
    sender: mpsc::Sender<Bytes>,
    heartbeats: Interval,
    /// The number of the last event that was handed over.
    told: i64,
    _seat: Option<Seat>,
}

/// How a stream ends before its operation does.
enum End {
    /// Nobody reads it any more, or all is said.
    Over,
    /// The server stops: the client comes back to another.
    CutOff,
    /// The client has to know why.
    Told(ServerError),
}

impl<E: Executor, S: SignIn> Carrier<E, S> {
    /// Carries what comes of the operation. Answers the last word, if there is somebody to hear it.
    async fn run(mut self, viewer: Option<Viewer>) -> Option<Bytes> {
        let server = Arc::clone(&self.server);
        let expiry = async {
            match viewer {
                Some(viewer) => server.parts.clock.sleep_until(viewer.expires_at).await,
                None => std::future::pending().await,
            }
        };
        let sender = self.sender.clone();
        let end = tokio::select! {
            end = self.carry() => end,
            () = sender.closed() => End::Over,
            () = server.parts.settings.shutdown.cancelled() => End::CutOff,
            () = expiry => End::Told(error::shown(&Error::Unauthenticated)),
        };
        match end {
            End::Over | End::CutOff => None,
            End::Told(error) => Some(self.framing.write(&Word::Broken(&error)).into()),
        }
    }

    async fn carry(&mut self) -> End {
        loop {
            let outcome = tokio::select! {
                outcome = self.outcomes.next() => outcome,
                _ = self.heartbeats.tick() => {
                    // One that finds no place is not needed: there is more to send.
                    let _ = self.sender.try_send(Bytes::from_static(self.framing.heartbeat()));
                    continue;
                }
            };
            let told = match outcome {
                Some(outcome) => self.tell(outcome).await,
                None => Err(End::Over),
            };
            if let Err(end) = told {
                return end;
            }
        }
    }

    async fn tell(&mut self, outcome: Outcome) -> Result<(), End> {
        let (word, seq) = match &outcome {
            Outcome::Next(told) => (Word::Next(&told.answer), told.seq),
            Outcome::Refused(errors) => {
                error::count(errors);
                (Word::Refused(errors), 0)
            }
            Outcome::Complete => (Word::Complete, 0),
        };
        let chunk = Bytes::from(self.framing.write(&word));
        self.heartbeats.reset();
        let patience = self.server.parts.settings.socket.send_timeout;
        match timeout(patience, self.sender.send(chunk)).await {
            Ok(Ok(())) => {
                self.told = seq.max(self.told);
                Ok(())
            }
            Ok(Err(_)) => Err(End::Over),
            Err(_) => {
                let message = format!("too slow: the last event sent was {}", self.told);
                Err(End::Told(error::coded(message, Code::LimitExceeded)))
            }
        }
    }
}
