//! Accepts connections and serves them, with a deadline for whatever a peer can make us wait for.
//!
//! `line` is one connection as the operating system gives it, `head` the deadline of a request's
//! headers, `body` that of what follows them.
//!
//! 1. A connection needs a place before it is accepted, and keeps it until its socket is dropped,
//!    a websocket's too. While there is none, callers wait in the backlog.
//! 2. hyper's own builder for HTTP/1 serves it. The one of hyper-util that tells HTTP/1 from HTTP/2
//!    first waits for the bytes that tell, and that wait has no deadline.
//! 3. At shutdown nothing more is accepted, idle connections close, and the others end with the answer
//!    that they are about to give.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use self::head::HeadTimer;
use self::line::Line;

pub(super) mod body;
mod head;
mod line;

/// How long to wait after the system has refused a connection: it may take a while until another
/// one has given back its file descriptor.
const ACCEPT_AGAIN: Duration = Duration::from_secs(1);

/// How long a peer may keep us waiting, and how many may.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// From its first byte to the last one of its headers, a request takes no longer than this; nor does
    /// a new connection to send its first request.
    pub head: Duration,
    /// A body that has not come to its end after this is not waited for.
    pub body: Duration,
    /// A connection may rest between two requests for this long. Longer than proxies keep theirs, mostly
    /// a minute: the side that sends must be the one that closes, or a request meets a closed door.
    pub idle: Duration,
    /// A peer that takes nothing of its answer for this long has gone.
    pub write: Duration,
    /// Connections that are open at once, websockets included.
    pub max_connections: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            body: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            write: Duration::from_mins(1),
            max_connections: 20_000,
        }
    }
}

/// A connection that was accepted.
struct Caller {
    stream: TcpStream,
    address: SocketAddr,
    place: OwnedSemaphorePermit,
}

/// Serves `router` until `shutdown`, then finishes the requests under way. Websockets are not among
/// them: see [`super::Settings::open_sockets`]. Handlers find the peer's address in [`ConnectInfo`].
pub async fn serve(
    listener: TcpListener,
    router: Router,
    settings: Settings,
    shutdown: CancellationToken,
) {
    let places = Arc::new(Semaphore::new(settings.max_connections));
    let connections = TaskTracker::new();
    while let Some(caller) = shutdown
        .run_until_cancelled(next(&listener, &places, settings.max_connections))
        .await
    {
        connections.spawn(attend(caller, router.clone(), settings, shutdown.clone()));
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

/// The next connection, once there is a place for it.
async fn next(listener: &TcpListener, places: &Arc<Semaphore>, limit: usize) -> Caller {
    let place = if let Ok(place) = Arc::clone(places).try_acquire_owned() {
        place
    } else {
        tracing::warn!(limit, "no more connections are accepted until one closes");
        wait_for_place(places).await
    };
    loop {
        match listener.accept().await {
            Ok((stream, address)) => {
                return Caller {
                    stream,
                    address,
                    place,
                };
            }
            Err(error) if is_the_caller_s(&error) => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be accepted, trying again");
                tokio::time::sleep(ACCEPT_AGAIN).await;
            }
        }
    }
}

async fn wait_for_place(places: &Arc<Semaphore>) -> OwnedSemaphorePermit {
    match Arc::clone(places).acquire_owned().await {
        Ok(place) => place,
        // Nobody closes it.
        Err(_) => std::future::pending().await,
    }
}

/// The caller hung up before we answered, which says nothing about the next one.
fn is_the_caller_s(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}

/// Serves one connection until it closes or becomes a websocket.
async fn attend(caller: Caller, router: Router, settings: Settings, shutdown: CancellationToken) {
    let Caller {
        stream,
        address,
        place,
    } = caller;
    // Events are small and follow each other: Nagle's algorithm would hold each one back until the
    // watcher has acknowledged the one before, some 40 ms.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "small writes of a connection will wait for each other");
    }
    let timer = HeadTimer::new(settings.head, settings.idle);
    let line = Line::new(stream, timer.listener(), settings.write, place);
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(address));
        router.clone().oneshot(request)
    });
    let serving = http1::Builder::new()
        .timer(timer)
        .header_read_timeout(settings.head)
        .serve_connection(TokioIo::new(line), service)
        .with_upgrades();
    let mut serving = pin!(serving);
    let served = tokio::select! {
        served = serving.as_mut() => served,
        () = shutdown.cancelled() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = served {
        tracing::debug!(%error, peer = %address, "a connection broke");
    }
}
