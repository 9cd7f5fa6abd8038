//! Hints over NATS, and with them the text of attempts. NATS keeps nothing: the tables are the truth.
//!
//! 1. Hints go to one subject, what gathered as one message. Whenever the connection was made or
//!    messages were dropped, this process hears [`Hint::Everything`].
//! 2. The text of a run's attempts goes to a subject of the run's, in pieces, by whoever makes them.
//! 3. Who listens to a run subscribes to its subject, then asks for the text so far, and asks again
//!    when a piece is missing. Whoever makes the attempt sends the text so far again, to all.

use std::sync::Arc;
use std::time::Duration;

use async_nats::{Client, ConnectOptions, Event};
use bytes::Bytes;
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use super::{Bus, Lag};
use crate::domain::event::Delta;
use crate::error::{Error, Result};
use crate::events::hint::{Hint, Message, Outgoing, outbox};
use crate::events::hub::{Carrier, Heard, Hub, Outputs};

const HINTS: &str = "footlight.hints";
const ASKS: &str = "footlight.asks";
/// Pieces of text that may wait for the connection.
const TEXTS: usize = 1024;
/// The longest piece of text in a message, in code points; NATS takes 1 MiB by default.
const LONGEST: usize = 128 * 1024;
/// The text so far is asked for at most so often.
const ASK_EVERY: Duration = Duration::from_millis(300);

/// Connects the hub to the hubs of the other processes on this NATS, at once or as soon as it can be
/// reached. `origin` names this process.
///
/// # Errors
/// `BadInput` when the address makes no sense.
pub async fn connect(hub: &Hub, url: &str, origin: Uuid) -> Result<Bus> {
    let news = Arc::new(Notify::new());
    let servers: Vec<&str> = url.split(',').collect();
    let client = options(Arc::clone(&news)).connect(servers).await;
    // What the library says of it may repeat the address, and with it a password.
    let client = client.map_err(|error| {
        Error::bad_input(
            "NATS_URL",
            format!("NATS_URL: cannot be connected to ({:?})", error.kind()),
        )
    })?;
    let (outbox, outgoing) = outbox();
    let (texts, pieces) = mpsc::channel(TEXTS);
    let wire = Wire { client, origin };
    let lag = Lag::default();
    let mut tasks = JoinSet::new();
    tasks.spawn(listen_anew(hub.clone(), lag.clone(), news));
    tasks.spawn(send_hints(wire.clone(), lag.clone(), outgoing));
    tasks.spawn(hear_hints(wire.clone(), lag, hub.clone()));
    tasks.spawn(send_texts(wire.clone(), pieces));
    tasks.spawn(hear_asks(wire.clone(), hub.outputs().clone()));
    hub.outputs().attach(Arc::new(Texts { wire, texts }));
    hub.attach(outbox);
    Ok(Bus(tasks))
}

/// The connection, and the name of this process on it.
#[derive(Clone, Debug)]
struct Wire {
    client: Client,
    origin: Uuid,
}

/// A piece of text on its way.
#[derive(Serialize, Deserialize)]
struct Piece {
    origin: Uuid,
    delta: Delta,
}

/// A connection that leaves three pings without an answer is taken for dead, and made anew.
const PING_EVERY: Duration = Duration::from_secs(10);

fn options(news: Arc<Notify>) -> ConnectOptions {
    ConnectOptions::new()
        .name("footlight")
        .ping_interval(PING_EVERY)
        .retry_on_initial_connect()
        .max_reconnects(None)
        .event_callback(move |event| {
            match event {
                Event::Connected => {
                    tracing::info!("connected to NATS");
                    news.notify_one();
                }
                Event::SlowConsumer(_) => news.notify_one(),
                Event::Disconnected => {
                    tracing::warn!("the connection to NATS is lost, trying again");
                }
                other => tracing::debug!(event = %other, "NATS"),
            }
            std::future::ready(())
        })
}

/// What was sent while this process could not hear is lost.
async fn listen_anew(hub: Hub, lag: Lag, news: Arc<Notify>) {
    loop {
        news.notified().await;
        lag.lost();
        hub.ring(&Hint::Everything);
    }
}

async fn send_hints(wire: Wire, lag: Lag, mut outgoing: Outgoing) {
    while let Some(hints) = outgoing.gather().await {
        for text in Message::write(wire.origin, &hints) {
            lag.sent();
            wire.publish(HINTS.to_owned(), text.into()).await;
        }
    }
}

async fn hear_hints(wire: Wire, lag: Lag, hub: Hub) {
    let Ok(mut messages) = wire.client.subscribe(HINTS).await else {
        return;
    };
    while let Some(message) = messages.next().await {
        let read = std::str::from_utf8(&message.payload)
            .ok()
            .and_then(Message::read);
        match read {
            Some(message) if message.origin == wire.origin => lag.heard(),
            Some(message) => message.hints.iter().for_each(|hint| hub.hear(hint)),
            None => tracing::debug!("a message on the subject of hints was not understood"),
        }
    }
}

async fn send_texts(wire: Wire, mut pieces: mpsc::Receiver<(Uuid, Arc<Delta>)>) {
    while let Some((execution_id, delta)) = pieces.recv().await {
        for delta in cut(&delta) {
            let piece = Piece {
                origin: wire.origin,
                delta,
            };
            if let Ok(payload) = serde_json::to_vec(&piece) {
                wire.publish(subject(execution_id), payload.into()).await;
            }
        }
    }
}

async fn hear_asks(wire: Wire, outputs: Outputs) {
    let Ok(mut messages) = wire.client.subscribe(ASKS).await else {
        return;
    };
    while let Some(message) = messages.next().await {
        let asked = std::str::from_utf8(&message.payload).ok();
        if let Some(execution_id) = asked.and_then(|id| Uuid::try_parse(id).ok()) {
            outputs.repeat(execution_id);
        }
    }
}

async fn follow(wire: Wire, execution_id: Uuid, outputs: Outputs) {
    let Ok(mut messages) = wire.client.subscribe(subject(execution_id)).await else {
        return;
    };
    let mut asked = wire.ask(execution_id).await;
    while let Some(message) = messages.next().await {
        let Ok(piece) = serde_json::from_slice::<Piece>(&message.payload) else {
            continue;
        };
        if piece.origin == wire.origin {
            continue;
        }
        let heard = outputs.hear(execution_id, &piece.delta);
        if heard == Heard::Gap && asked.elapsed() > ASK_EVERY {
            asked = wire.ask(execution_id).await;
        }
    }
}

impl Wire {
    async fn publish(&self, subject: String, payload: Bytes) {
        // It fails only when the client is gone, and this process with it.
        let _ = self.client.publish(subject, payload).await;
    }

    /// Asks for the text so far. Answers when.
    async fn ask(&self, execution_id: Uuid) -> Instant {
        let id = execution_id.simple().to_string();
        self.publish(ASKS.to_owned(), id.into()).await;
        Instant::now()
    }
}

#[derive(Debug)]
struct Texts {
    wire: Wire,
    texts: mpsc::Sender<(Uuid, Arc<Delta>)>,
}

impl Carrier for Texts {
    fn send(&self, execution_id: Uuid, delta: &Arc<Delta>) {
        // What does not fit is missed and asked for.
        let _ = self.texts.try_send((execution_id, Arc::clone(delta)));
    }

    fn follow(&self, execution_id: Uuid, outputs: &Outputs) -> AbortOnDropHandle<()> {
        let following = follow(self.wire.clone(), execution_id, outputs.clone());
        AbortOnDropHandle::new(tokio::spawn(following))
    }
}

fn subject(execution_id: Uuid) -> String {
    format!("footlight.text.{}", execution_id.simple())
}

/// A piece as pieces that fit into a message.
fn cut(delta: &Delta) -> Vec<Delta> {
    let mut pieces = Vec::new();
    let (mut rest, mut offset) = (delta.text.as_str(), delta.offset);
    loop {
        let end = rest
            .char_indices()
            .nth(LONGEST)
            .map_or(rest.len(), |(at, _)| at);
        let (text, after) = rest.split_at(end);
        pieces.push(Delta {
            offset,
            text: text.to_owned(),
            ..delta.clone()
        });
        offset += LONGEST;
        rest = after;
        if rest.is_empty() {
            return pieces;
        }
    }
}
