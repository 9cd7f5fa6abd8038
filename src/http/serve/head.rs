//! The deadline of a request's headers, as a clock that hyper asks.
//!
//! hyper starts its timer when it begins to wait for a request and has one duration for both the rest
//! before it and its headers. Here the rest may be longer: what it starts runs to the end of the rest,
//! and is moved up at the first byte.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::rt::{Sleep, Timer};

/// The timer of one connection.
pub(super) struct HeadTimer {
    head: Duration,
    idle: Duration,
    heard: Heard,
    /// A request has been waited for before.
    kept_alive: AtomicBool,
}

/// Whether a byte has come since the last time that somebody asked. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Heard(Arc<AtomicBool>);

impl Heard {
    /// A byte has come.
    pub(super) fn note(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn take(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }
}

/// Ends when the headers, or the rest before them, have lasted too long.
struct HeadDeadline {
    sleep: Pin<Box<tokio::time::Sleep>>,
    head: Duration,
    heard: Heard,
    /// The headers have begun.
    begun: bool,
}

impl HeadTimer {
    pub(super) fn new(head: Duration, idle: Duration) -> Self {
        Self {
            head,
            idle,
            heard: Heard::default(),
            kept_alive: AtomicBool::new(false),
        }
    }

    /// What the connection tells of its bytes.
    pub(super) fn listener(&self) -> Heard {
        self.heard.clone()
    }
}

impl Timer for HeadTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(self.now() + duration)
    }

    /// hyper sleeps for nothing but headers, so how long is ours to say.
    fn sleep_until(&self, _deadline: Instant) -> Pin<Box<dyn Sleep>> {
        self.heard.take();
        let rests = self.kept_alive.swap(true, Ordering::Relaxed);
        let patience = if rests { self.idle } else { self.head };
        Box::pin(HeadDeadline {
            sleep: Box::pin(tokio::time::sleep(patience)),
            head: self.head,
            heard: self.heard.clone(),
            begun: !rests,
        })
    }
}

impl Future for HeadDeadline {
    type Output = ();

    /// Polled by hyper after every read that leaves the headers incomplete.
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if !self.begun && self.heard.take() {
            self.begun = true;
            let deadline = tokio::time::Instant::now() + self.head;
            if deadline < self.sleep.deadline() {
                self.sleep.as_mut().reset(deadline);
            }
        }
        self.sleep.as_mut().poll(context)
    }
}

impl Sleep for HeadDeadline {}
