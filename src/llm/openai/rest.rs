//! What is left of bodies whose answer was taken. It is read to its end in the background, so that the
//! connection can be used again, and the next call waits a little for that: a new connection
//! would cost it more.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use tokio::sync::oneshot::error::TryRecvError;
use tokio::sync::oneshot::{self, Receiver};
use tokio::time::{Instant, timeout};

/// What comes later than this, or beyond so many bytes, is not waited for.
const MAX_REST: (Duration, usize) = (Duration::from_secs(10), 1 << 20);
/// How long a call waits for a connection that is about to be free.
const WAIT: Duration = Duration::from_secs(1);

/// The rests of one provider's bodies.
#[derive(Clone, Default)]
pub(super) struct Rests(Arc<Inner>);

#[derive(Default)]
struct Inner {
    under_way: Mutex<Vec<Receiver<()>>>,
    /// The last body that was waited for did not end in time: this provider keeps them open.
    in_vain: AtomicBool,
}

impl Rests {
    /// Reads the rest of a body, or gives its connection up.
    pub(super) fn read<E>(
        &self,
        mut body: impl Stream<Item = Result<Bytes, E>> + Unpin + Send + 'static,
    ) {
        let (read, under_way) = oneshot::channel();
        self.under_way().push(under_way);
        let rests = self.clone();
        tokio::spawn(async move {
            let began = Instant::now();
            let (time, mut room) = MAX_REST;
            let to_its_end = async {
                while let Some(Ok(bytes)) = body.next().await {
                    room = room.saturating_sub(bytes.len());
                    if room == 0 {
                        break;
                    }
                }
            };
            // What is given up takes its connection with it.
            let _ = timeout(time, to_its_end).await;
            drop(body);
            if began.elapsed() < WAIT {
                rests.0.in_vain.store(false, Ordering::Relaxed);
            }
            // It fails when nobody waits.
            let _ = read.send(());
        });
    }

    /// Returns when a connection that was about to be free is, and at once if there is none.
    pub(super) async fn are_read(&self) {
        let first = {
            let mut under_way = self.under_way();
            let before = under_way.len();
            under_way.retain_mut(|rest| rest.try_recv() == Err(TryRecvError::Empty));
            let one_is_free = under_way.len() < before;
            let is_worth_it = !one_is_free && !self.0.in_vain.load(Ordering::Relaxed);
            (is_worth_it && !under_way.is_empty()).then(|| under_way.remove(0))
        };
        if let Some(first) = first {
            let is_free = timeout(WAIT, first).await.is_ok();
            self.0.in_vain.store(!is_free, Ordering::Relaxed);
        }
    }

    fn under_way(&self) -> MutexGuard<'_, Vec<Receiver<()>>> {
        let under_way = self.0.under_way.lock();
        under_way.unwrap_or_else(PoisonError::into_inner)
    }
}
