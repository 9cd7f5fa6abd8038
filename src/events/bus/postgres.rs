//! Hints over PostgreSQL's LISTEN and NOTIFY, never in a business transaction: a commit that notifies
//! waits for a lock that all of the server's share.
//!
//! 1. What gathered is sent over a connection of its own, at most once every [`FLUSH_EVERY`]. When
//!    that fails, [`Hint::Everything`] is sent as soon as it works again.
//! 2. Another connection listens. Whenever it had to be made, this process hears
//!    [`Hint::Everything`]: what was sent meanwhile is lost.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};
use uuid::Uuid;

use super::{Bus, Lag};
use crate::error::{Error, Result};
use crate::events::hint::{Hint, Message, Outgoing, outbox};
use crate::events::hub::Hub;
use crate::store::Store;
use crate::store::notify::{Listener, Notifier};

const FLUSH_EVERY: Duration = Duration::from_millis(10);
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(500);

/// Connects the hub to the hubs of the other processes on this database. `origin` names this one.
///
/// # Errors
/// `Internal` when the database's address makes no sense.
pub fn connect(hub: &Hub, store: &Store, origin: Uuid) -> Result<Bus> {
    let (outbox, outgoing) = outbox();
    let notifier = store.notifier()?;
    let mut tasks = JoinSet::new();
    let lag = Lag::default();
    tasks.spawn(send(outgoing, notifier, (origin, lag.clone())));
    tasks.spawn(listen(hub.clone(), store.clone(), (origin, lag)));
    hub.attach(outbox);
    Ok(Bus(tasks))
}

async fn send(mut outgoing: Outgoing, notifier: Notifier, (origin, lag): (Uuid, Lag)) {
    let mut flushes = tokio::time::interval(FLUSH_EVERY);
    flushes.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while let Some(mut hints) = outgoing.gather().await {
        let mut failed = false;
        while let Err(error) = notify(&notifier, (origin, &lag), &hints).await {
            lag.lost();
            if !failed {
                tracing::warn!(error = error.chain(), "hints cannot be sent, trying again");
            }
            failed = true;
            hints = vec![Hint::Everything];
            tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
        }
        flushes.tick().await;
    }
}

async fn notify(notifier: &Notifier, (origin, lag): (Uuid, &Lag), hints: &[Hint]) -> Result<()> {
    let began = Instant::now();
    for text in Message::write(origin, hints) {
        lag.sent();
        notifier.notify(&text).await?;
    }
    metrics::histogram!("footlight_hint_send_seconds").record(began.elapsed().as_secs_f64());
    Ok(())
}

async fn listen(hub: Hub, store: Store, (origin, lag): (Uuid, Lag)) {
    let mut warned = false;
    loop {
        let ended = match store.listener().await {
            Ok(listener) => {
                warned = false;
                tracing::info!("hearing the hints of other processes over PostgreSQL");
                hear(&hub, listener, (origin, &lag)).await
            }
            Err(error) => error,
        };
        if !warned {
            tracing::warn!(
                error = ended.chain(),
                "hints of other processes are not heard, trying again"
            );
        }
        warned = true;
        tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
    }
}

/// Hears hints until the connection is lost for good. Answers why.
async fn hear(hub: &Hub, mut listener: Listener, (origin, lag): (Uuid, &Lag)) -> Error {
    lag.lost();
    hub.hear(&Hint::Everything);
    loop {
        let payload = match listener.heard().await {
            Ok(Some(payload)) => payload,
            Ok(None) => {
                tracing::warn!(
                    "hints of other processes may be lost: the connection was made anew"
                );
                lag.lost();
                hub.hear(&Hint::Everything);
                continue;
            }
            Err(error) => return error,
        };
        match Message::read(&payload) {
            Some(message) if message.origin == origin => lag.heard(),
            Some(message) => message.hints.iter().for_each(|hint| hub.hear(hint)),
            None => tracing::debug!("a notification was not understood"),
        }
    }
}
