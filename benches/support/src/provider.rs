//! A model provider that speaks OpenAI's chat completions, streamed, at the pace that it is told.
//!
//! 1. A request waits while answers are held back.
//! 2. Its answer comes in pieces, evenly over the latency: the last one ends it. Without latency
//!    it is one write.
//!
//! It reads nothing of a request, for its own cost must be small beside the server's.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::serve::ListenerExt;
use bytes::Bytes;
use futures_util::stream;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::process::{Orders, Part};

/// The part of an instrument that is the provider.
pub const PART: &str = "provider";

/// The text of every answer, by the pieces that it comes in.
const PIECES: [&str; 4] = [
    "The lamps along the stage ",
    "are lit before the curtain rises, ",
    "and whoever sits in the last row ",
    "sees as much as the first.",
];

/// How answers come.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Pace {
    /// No answer begins.
    pub held: bool,
    /// From request to the end of the answer.
    pub latency_ms: u64,
    /// Each answer's latency is that much longer or shorter at most, evenly spread.
    pub spread_percent: u64,
    /// So many bytes of text, without latency; 0 is the usual answer.
    pub answer_bytes: usize,
    /// That text is JSON: an object with a list `rows` of small objects.
    pub of_rows: bool,
    /// So many characters, a or b by chance, without latency; 0 is the usual answer.
    pub by_chance: usize,
}

/// A provider in a process of its own, which ends when dropped.
pub struct Provider {
    part: Part,
    address: SocketAddr,
}

impl Provider {
    /// Starts one that answers without latency.
    ///
    /// # Errors
    /// When this program cannot be started again.
    pub async fn start() -> Result<Self> {
        let mut part = Part::start(PART)?;
        let address = part.says().await?;
        Ok(Self { part, address })
    }

    /// Answers at this pace from now on.
    ///
    /// # Errors
    /// When it has ended.
    pub async fn set(&mut self, pace: Pace) -> Result<()> {
        self.part.tell(&pace).await?;
        self.part.says().await
    }

    /// What goes into `OPENAI_BASE_URL`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Its number.
    ///
    /// # Errors
    /// When it has ended.
    pub fn pid(&self) -> Result<u32> {
        self.part.pid()
    }
}

struct Shared {
    pace: watch::Receiver<Pace>,
    requests: AtomicU64,
    pieces: Vec<Bytes>,
    whole: Bytes,
}

/// Plays the provider until whoever started it has gone.
///
/// # Errors
/// When it cannot listen.
pub async fn play() -> Result<()> {
    let (sender, pace) = watch::channel(Pace::default());
    let pieces = pieces();
    let shared = Shared {
        pace,
        requests: AtomicU64::new(0),
        whole: pieces.concat().into(),
        pieces,
    };
    let router = Router::new()
        .route("/v1/chat/completions", post(complete))
        .with_state(Arc::new(shared));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let listener = listener.tap_io(|connection| {
        // A small write must not wait for the acknowledgement of the one before.
        let _ = connection.set_nodelay(true);
    });
    tokio::spawn(async move { axum::serve(listener, router).await });

    let mut orders = Orders::default();
    orders.answer(&address)?;
    while let Some(pace) = orders.next().await? {
        sender.send(pace).context("the server has ended")?;
        orders.answer(&())?;
    }
    Ok(())
}

async fn complete(State(shared): State<Arc<Shared>>, _request: Bytes) -> Response {
    let began = Instant::now();
    let mut pace = shared.pace.clone();
    let held = pace.wait_for(|pace| !pace.held).await.map(|pace| *pace);
    let pace = held.unwrap_or_default();
    let number = shared.requests.fetch_add(1, Ordering::Relaxed);
    let body = if pace.answer_bytes > 0 {
        Body::from(long(&text(pace)))
    } else if pace.by_chance > 0 {
        Body::from(by_chance(pace.by_chance))
    } else if pace.latency_ms == 0 {
        Body::from(shared.whole.clone())
    } else {
        // What was held back begins now; else the latency counts from the request.
        let began = if began.elapsed() > Duration::from_secs(1) {
            Instant::now()
        } else {
            began
        };
        paced(shared.pieces.clone(), began, latency(pace, number))
    };
    ([(CONTENT_TYPE, "text/event-stream")], body).into_response()
}

fn paced(pieces: Vec<Bytes>, began: Instant, latency: Duration) -> Body {
    let count = u32::try_from(pieces.len()).unwrap_or(1);
    let pieces = (1..).zip(pieces);
    Body::from_stream(stream::unfold(pieces, move |mut pieces| async move {
        let (index, piece) = pieces.next()?;
        sleep_until(began + latency * index / count).await;
        Some((Ok::<_, Infallible>(piece), pieces))
    }))
}

/// The latency of the `number`th answer: scattered, and the same in every measurement.
fn latency(pace: Pace, number: u64) -> Duration {
    // The fractional parts of multiples of the golden ratio are evenly spread; here in 1024ths.
    let fraction = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 54;
    let widest = pace.latency_ms * 1000 * pace.spread_percent / 100;
    let micros = pace.latency_ms * 1000 + widest * fraction / 512;
    Duration::from_micros(micros.saturating_sub(widest))
}

/// The answer as server-sent events; the last piece ends it.
fn pieces() -> Vec<Bytes> {
    let [start @ .., last] = PIECES.map(|text| event(text, None));
    let usage = json!({"choices": [], "usage":
        {"prompt_tokens": 20, "completion_tokens": 24, "total_tokens": 44}});
    let stop = event("", Some("stop"));
    let end = format!("{last}{stop}data: {usage}\n\ndata: [DONE]\n\n");
    start.into_iter().chain([end]).map(Bytes::from).collect()
}

/// A text of as many bytes as it is to have, up to the end of a piece.
fn text(pace: Pace) -> String {
    let (start, piece, end) = if pace.of_rows {
        (
            r#"{"rows":["#,
            r#"{"lamp":12,"lit":true},"#.to_owned(),
            "null]}",
        )
    } else {
        ("", PIECES.concat(), "")
    };
    let whole = pace.answer_bytes.div_ceil(piece.len());
    format!("{start}{}{end}", piece.repeat(whole))
}

/// The answer as server-sent events of as much as a model says in one.
fn long(text: &str) -> String {
    let mut answer = String::new();
    for words in text.as_bytes().chunks(PIECES.concat().len()) {
        // The texts here are ASCII.
        answer.push_str(&event(&String::from_utf8_lossy(words), None));
    }
    answer.push_str(&event("", Some("stop")));
    answer.push_str("data: [DONE]\n\n");
    answer
}

/// An answer in which no two places look alike to a pattern that counts.
fn by_chance(characters: usize) -> String {
    let mut state: u64 = 0x2545_f491_4f6c_dd1d;
    let letters = std::iter::repeat_with(|| {
        // Marsaglia's xorshift.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        if state & 1 == 0 { 'a' } else { 'b' }
    });
    let text: String = letters.take(characters).collect();
    let (text, stop) = (event(&text, None), event("", Some("stop")));
    format!("{text}{stop}data: [DONE]\n\n")
}

fn event(text: &str, finish_reason: Option<&str>) -> String {
    let event = json!({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "bench",
        "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish_reason}],
    });
    format!("data: {event}\n\n")
}
