//! One websocket from handshake to close: the only task that reads and writes it.
//!
//! 1. Whatever happens first is dealt with: a message, a result, a token that was looked at, a
//!    deadline. `session` says what it means.
//! 2. Operations run in tasks of their own (`running`), with one bounded queue to here: a slow reader slows
//!    its own operations and nothing else.
//! 3. A peer that takes nothing for half a minute is left, with the number of the last event that was
//!    sent, which it goes on from elsewhere.
//! 4. When the connection ends, for whatever reason, its operations end with it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use async_graphql::{Executor, ServerError};
use axum::extract::ws::{Message, WebSocket};
use bytes::Bytes;
use futures_util::future::{BoxFuture, FutureExt, pending};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, timeout};

use super::close::Close;
use super::dialect::Dialect;
use super::farewell::{self, FAREWELL};
use super::message::ServerMessage;
use super::pace::Pace;
use super::running::{Operation, Output, Running};
use super::session::{Serial, Session, Step};
use crate::domain::viewer::Viewer;
use crate::error::{Code, Error, Result};
use crate::graphql::context::RequestId;
use crate::http::door::seats::Seat;
use crate::http::operation::{Caller, Outcome};
use crate::http::{Server, SignIn, error};

/// How a connection ends.
enum End {
    /// We hang up, saying why.
    Close(Close),
    /// The peer hangs up.
    Left,
    /// The peer has gone, or takes nothing any more.
    Gone,
}

impl From<Close> for End {
    fn from(close: Close) -> Self {
        Self::Close(close)
    }
}

pub(super) struct Connection<E, S> {
    socket: WebSocket,
    server: Arc<Server<E, S>>,
    session: Session,
    /// The token that is being looked at; one at a time.
    sign_in: Option<BoxFuture<'static, Result<Viewer>>>,
    seat: Option<Seat>,
    running: Running,
    init_deadline: Instant,
    pings: Interval,
    pace: Pace,
    /// The peer has said something since the last ping.
    alive: bool,
    /// The number of the last event that was sent.
    told: i64,
}

impl<E: Executor, S: SignIn> Connection<E, S> {
    pub(super) fn new(socket: WebSocket, server: Arc<Server<E, S>>, dialect: Dialect) -> Self {
        let settings = server.parts.settings.socket;
        let now = Instant::now();
        let mut pings = interval_at(now + settings.ping_every, settings.ping_every);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            socket,
            server,
            session: Session::new(dialect, settings.max_operations),
            sign_in: None,
            seat: None,
            running: Running::new(),
            init_deadline: now + settings.init_timeout,
            pings,
            pace: Pace::new(settings.messages_a_second, now),
            alive: true,
            told: 0,
        }
    }

    /// Serves the socket until either side ends it.
    pub(super) async fn run(mut self) {
        let shutdown = self.server.parts.settings.shutdown.clone();
        let end = tokio::select! {
            end = self.serve() => end,
            () = shutdown.cancelled() => Close::restart().into(),
        };
        self.running.stop_all();
        match end {
            End::Close(close) => {
                if let Some(refusal) = self.session.refusal(&close) {
                    // The close says it too.
                    let _ = timeout(FAREWELL, self.socket.send(Message::text(refusal))).await;
                }
                farewell::hang_up(&mut self.socket, close).await;
            }
            End::Left => farewell::part(&mut self.socket).await,
            End::Gone => {}
        }
    }

    async fn serve(&mut self) -> End {
        loop {
            if let Err(end) = self.turn().await {
                return end;
            }
        }
    }

    /// Waits for one thing to happen and deals with it.
    async fn turn(&mut self) -> std::result::Result<(), End> {
        let server = Arc::clone(&self.server);
        let expires_at = self.session.viewer().map(|viewer| viewer.expires_at);
        let expiry = async {
            match expires_at {
                Some(at) => server.parts.clock.sleep_until(at).await,
                None => pending().await,
            }
        };
        // While a ping's token is looked at its pong is owed, so nothing else is read. Old clients send
        // their operations without waiting to be let in; these stay with their system until then.
        let waits = expires_at.is_some() || self.session.dialect() == Dialect::Legacy;
        let reads = self.sign_in.is_none() || !waits;
        tokio::select! {
            message = next(&mut self.socket, self.pace.ready_at()), if reads => self.hear(message).await,
            output = self.running.next() => self.tell(output).await,
            viewer = answer_of(&mut self.sign_in) => self.signed_in(viewer).await,
            () = tokio::time::sleep_until(self.init_deadline), if self.session.awaits_init() => {
                Err(Close::init_timeout().into())
            }
            () = expiry => Err(Close::forbidden().into()),
            _ = self.pings.tick() => self.ping().await,
        }
    }

    async fn hear(
        &mut self,
        message: Option<std::result::Result<Message, axum::Error>>,
    ) -> std::result::Result<(), End> {
        self.alive = true;
        self.pace.spend(Instant::now());
        match message {
            Some(Ok(Message::Text(text))) => {
                let step = self.session.receive(text.as_str())?;
                self.take(step).await
            }
            Some(Ok(Message::Binary(_))) => {
                Err(Close::invalid_message("send text, not binary").into())
            }
            // The library answers pings by itself.
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
            Some(Ok(Message::Close(_))) => Err(End::Left),
            Some(Err(error)) => Err(Close::of_error(&error).map_or(End::Gone, End::Close)),
            None => Err(End::Gone),
        }
    }

    async fn take(&mut self, step: Step) -> std::result::Result<(), End> {
        match step {
            Step::Nothing => Ok(()),
            Step::Pong => self.say(&ServerMessage::Pong).await,
            Step::SignIn { token } => {
                self.look_at(token);
                Ok(())
            }
            Step::Refresh { token } => self.refresh(token).await,
            Step::Start {
                id,
                serial,
                viewer,
                parameters,
                replaces,
            } => {
                if let Some(replaced) = replaces {
                    self.running.stop(replaced);
                }
                if let Err(later) = self.server.rates.operation(viewer.user_id) {
                    self.session.ended(&id);
                    return self.refuse(id, later.shown()).await;
                }
                let request_id = RequestId::from(self.server.parts.clock.new_id());
                let operation = Operation {
                    id,
                    serial,
                    caller: Caller {
                        viewer: Some(viewer),
                        request_id,
                    },
                    parameters: *parameters,
                };
                self.running.start(&self.server, operation);
                Ok(())
            }
            Step::TooMany { id } => self.refuse(id, self.too_many()).await,
            Step::Stop { serial } => {
                self.running.stop(serial);
                Ok(())
            }
            Step::StopAloud { id, serial } => {
                self.running.stop(serial);
                self.say(&ServerMessage::Complete { id }).await
            }
            Step::Leave => Err(Close::normal().into()),
        }
    }

    /// Refuses an operation alone: the socket stays.
    async fn refuse(&mut self, id: String, error: ServerError) -> std::result::Result<(), End> {
        let payload = vec![error];
        error::count(&payload);
        self.say(&ServerMessage::Error { id, payload }).await
    }

    fn too_many(&self) -> ServerError {
        let limit = self.server.parts.settings.socket.max_operations;
        let message = format!("at most {limit} operations at once on one socket");
        error::coded(message, Code::LimitExceeded)
    }

    fn look_at(&mut self, token: String) {
        let sign_in = self.server.parts.sign_in.clone();
        let looking = async move {
            // Nothing of it is looked at again after a panic, which has told the log of itself.
            let looked = AssertUnwindSafe(sign_in.viewer(&token))
                .catch_unwind()
                .await;
            looked.unwrap_or_else(|_panic| Err(Error::internal("a look at a token panicked")))
        };
        self.sign_in = Some(looking.boxed());
    }

    /// Looking at a token costs as much as an operation, and is counted as one. Whoever does too much
    /// keeps the token that they have.
    async fn refresh(&mut self, token: String) -> std::result::Result<(), End> {
        let viewer = self.session.viewer();
        let counted = viewer.map(|viewer| self.server.rates.operation(viewer.user_id));
        if let Some(Err(later)) = counted {
            tracing::debug!(
                seconds = later.seconds,
                "the token of a ping is not looked at"
            );
            return self.say(&ServerMessage::Pong).await;
        }
        self.look_at(token);
        Ok(())
    }

    /// The token of `connection_init` or of a ping was looked at.
    async fn signed_in(&mut self, viewer: Result<Viewer>) -> std::result::Result<(), End> {
        self.sign_in = None;
        if self.session.viewer().is_some() {
            // A refused token takes nothing away: the one that we have holds until it expires.
            match viewer {
                Ok(fresh) => self.session.refreshed(fresh),
                Err(error) => tracing::debug!(%error, "the token of a ping is not believed"),
            }
            return self.say(&ServerMessage::Pong).await;
        }
        let viewer = viewer.map_err(|error| refusal(&error))?;
        let limit = self.server.parts.settings.socket.max_sockets_per_user;
        let seat = self.server.seats.take(viewer.user_id, limit);
        self.seat = Some(seat.ok_or_else(|| Close::too_many_sockets(limit))?);
        if viewer.expires_at <= self.server.parts.clock.now() {
            return Err(Close::forbidden().into());
        }
        self.session.signed_in(viewer);
        self.say(&ServerMessage::ConnectionAck).await
    }

    /// Passes on what came of an operation, unless the client has ended it meanwhile.
    async fn tell(&mut self, output: Output) -> std::result::Result<(), End> {
        let Output {
            id,
            serial,
            outcome,
        } = output;
        if !self.session.runs(&id, serial) {
            return Ok(());
        }
        match outcome {
            Outcome::Next(told) => {
                let payload = told.answer;
                self.say(&ServerMessage::Next { id, payload }).await?;
                self.told = told.seq.max(self.told);
                Ok(())
            }
            Outcome::Refused(payload) => {
                error::count(&payload);
                self.forget(&id, serial);
                self.say(&ServerMessage::Error { id, payload }).await
            }
            Outcome::Complete => {
                self.forget(&id, serial);
                self.say(&ServerMessage::Complete { id }).await
            }
        }
    }

    fn forget(&mut self, id: &str, serial: Serial) {
        self.session.ended(id);
        self.running.ended(serial);
    }

    async fn ping(&mut self) -> std::result::Result<(), End> {
        if !std::mem::replace(&mut self.alive, false) {
            return Err(End::Gone);
        }
        self.send(Message::Ping(Bytes::new())).await?;
        match self.session.dialect() {
            Dialect::Legacy if self.session.viewer().is_some() => {
                self.say(&ServerMessage::Pong).await
            }
            Dialect::Legacy | Dialect::Transport => Ok(()),
        }
    }

    async fn say(&mut self, message: &ServerMessage) -> std::result::Result<(), End> {
        let text = self.session.dialect().write(message).map_err(|error| {
            tracing::error!(%error, "a result cannot be written as JSON");
            Close::internal()
        })?;
        self.send(Message::text(text)).await
    }

    async fn send(&mut self, message: Message) -> std::result::Result<(), End> {
        let patience = self.server.parts.settings.socket.send_timeout;
        match timeout(patience, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => Err(Close::too_slow(self.told).into()),
        }
    }
}

/// The next message, not before `ready_at`.
async fn next(
    socket: &mut WebSocket,
    ready_at: Instant,
) -> Option<std::result::Result<Message, axum::Error>> {
    if ready_at > Instant::now() {
        tokio::time::sleep_until(ready_at).await;
    }
    socket.recv().await
}

async fn answer_of(sign_in: &mut Option<BoxFuture<'static, Result<Viewer>>>) -> Result<Viewer> {
    match sign_in {
        Some(sign_in) => sign_in.await,
        None => pending().await,
    }
}

/// A token that is not believed is the client's to mend; anything else is ours.
fn refusal(error: &Error) -> Close {
    if matches!(error, Error::Unauthenticated) {
        return Close::forbidden();
    }
    tracing::error!(error = error.chain(), "sign-in failed");
    Close::internal()
}
