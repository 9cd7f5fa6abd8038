//! `/graphql`: POST and GET by the GraphQL-over-HTTP specification.
//!
//! 1. Agree on the media type of the answer, 406 if there is none.
//! 2. Believe the token, if there is one, before anything is read for its bearer.
//! 3. Read the parameters: 415, 413, 400.
//! 4. Parse once, select the operation; without a viewer it must be introspection, else 401.
//! 5. Run it. A refused request has no `data`, and the media type decides about its status. A
//!    subscription, and whatever is asked for as a stream, goes on in [`super::live`].

use std::sync::Arc;

use async_graphql::parser::types::OperationType;
use async_graphql::{Executor, ServerError};
use axum::Extension;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, FromRequest, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde::Deserialize;
use serde_json::Value;
use serde_json::error::Category;

use super::answer::{self, Refusal};
use super::door::viewer;
use super::live::{self, NoSeat};
use super::media::{self, Accepted, MediaType};
use super::operation::{self, Caller};
use super::request::document::{Document, Parameters};
use super::request::scan;
use super::request::sent::Sent;
use super::{SOCKET_PATH, Server, SignIn, error};
use crate::domain::limit;
use crate::domain::viewer::Viewer;
use crate::error::Code;
use crate::graphql::context::RequestId;

/// The largest body that is read: the longest text in it may be of any script, and be written in escapes alone,
/// of which a character takes two.
const MAX_BODY_BYTES: usize = 2 * r"\u0000".len() * limit::ANSWER + 1024 * 1024;
/// The largest that is read of somebody who has not signed in, and can ask for nothing but the API itself.
const MAX_BODY_BYTES_OF_STRANGERS: usize = 1024 * 1024;
/// What is larger is parsed where it keeps nobody else waiting.
const PARSED_AT_ONCE: usize = 256 * 1024;

/// The parameters of a GET, in the query string; two of them are JSON in text.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct QueryString {
    query: Option<String>,
    operation_name: Option<String>,
    variables: Option<String>,
    extensions: Option<String>,
}

/// Why an operation was not run, by who decides on the status.
enum Stop {
    /// The status is fixed.
    Refused(Refusal),
    /// The media type decides.
    RequestError(ServerError),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Runs an operation.
pub(super) async fn post<E: Executor, S: SignIn>(
    State(server): State<Arc<Server<E, S>>>,
    Extension(id): Extension<RequestId>,
    request: Request,
) -> Response {
    let Some(accepted) = Accepted::by(request.headers()) else {
        return not_acceptable();
    };
    let outcome = async {
        let viewer = sign_in(&server, request.headers(), &id).await?;
        let parameters = read_body(request, viewer.as_ref(), &id).await?;
        let caller = Caller {
            viewer,
            request_id: id,
        };
        let document = read(&server, parameters, &caller)?;
        execute(&server, document, caller, accepted).await
    };
    outcome.await.unwrap_or_else(|stop| stop.shown(accepted))
}

/// Runs a query or a subscription; a mutation is refused, because anything may repeat a GET.
pub(super) async fn get<E: Executor, S: SignIn>(
    State(server): State<Arc<Server<E, S>>>,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    query: Result<Query<QueryString>, QueryRejection>,
) -> Response {
    let Some(accepted) = Accepted::by(&headers) else {
        return not_acceptable();
    };
    let outcome = async {
        let viewer = sign_in(&server, &headers, &id).await?;
        let Query(query) = query.map_err(|_| {
            bad_request("the query string must give each parameter once, as text in UTF-8")
        })?;
        let caller = Caller {
            viewer,
            request_id: id,
        };
        let document = read(&server, query.parameters()?, &caller)?;
        if document.kind == OperationType::Mutation {
            return Err(Refusal::post_only("send mutations by POST").into());
        }
        execute(&server, document, caller, accepted).await
    };
    outcome.await.unwrap_or_else(|stop| stop.shown(accepted))
}

/// Who asks. Counts as an operation of theirs, whatever it turns out to be.
async fn sign_in<E, S: SignIn>(
    server: &Server<E, S>,
    headers: &HeaderMap,
    id: &RequestId,
) -> Result<Option<Viewer>, Refusal> {
    let viewer = viewer::of_headers(headers, &server.parts.sign_in)
        .await
        .map_err(|error| Refusal::of_sign_in(&error, id))?;
    if let Some(viewer) = &viewer {
        server.rates.operation(viewer.user_id)?;
    }
    Ok(viewer)
}

/// 405 for any other method, HEAD too, which would otherwise run what GET runs.
pub(super) async fn not_allowed(headers: HeaderMap) -> Response {
    Refusal::not_allowed("GET, POST", "send operations by POST, or queries by GET").to(&headers)
}

async fn read_body(
    mut request: Request,
    viewer: Option<&Viewer>,
    id: &RequestId,
) -> Result<Parameters, Refusal> {
    if !media::sends_json(request.headers()) {
        return Err(Refusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Code::BadUserInput,
            "send the request as application/json in UTF-8",
        ));
    }
    let most = match viewer {
        Some(_) => MAX_BODY_BYTES,
        None => MAX_BODY_BYTES_OF_STRANGERS,
    };
    // One that says how large it is need not be waited for.
    let size = request.headers().get(header::CONTENT_LENGTH);
    let size: Option<u64> = size.and_then(|size| size.to_str().ok()?.parse().ok());
    if size.is_some_and(|size| size > most as u64) {
        return Err(oversize(most));
    }
    DefaultBodyLimit::max(most).apply(&mut request);
    let body = Bytes::from_request(request, &())
        .await
        .map_err(|rejection| unreadable(&rejection, most))?;
    if body.len() <= PARSED_AT_ONCE {
        return parameters(&body);
    }
    let parsing = tokio::task::spawn_blocking(move || parameters(&body));
    parsing.await.map_err(|panicked| {
        tracing::error!(%panicked, "a body was not parsed");
        Refusal::of_ours(error::of_ours(id))
    })?
}

fn parameters(body: &[u8]) -> Result<Parameters, Refusal> {
    if scan::has_too_many_values(body) {
        return Err(Refusal::too_large(format!(
            "the body has too many values: at most {}",
            scan::VALUES
        )));
    }
    let sent = Sent::read(body).map_err(|error| no_object("the body", &error))?;
    Parameters::of(sent).map_err(bad_request)
}

fn unreadable(rejection: &BytesRejection, most: usize) -> Refusal {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => oversize(most),
        status => {
            let message = "the body could not be read to its end";
            Refusal::new(status, Code::BadUserInput, message)
        }
    }
}

fn oversize(most: usize) -> Refusal {
    Refusal::too_large(format!(
        "the body is larger than {most} bytes: send a smaller request"
    ))
}

impl QueryString {
    fn parameters(self) -> Result<Parameters, Refusal> {
        let mut sent = Sent::default();
        if let Some(query) = self.query {
            let query = Value::String(query);
            sent.object.insert("query".to_owned(), query);
        }
        if let Some(name) = self.operation_name {
            let name = Value::String(name);
            sent.object.insert("operationName".to_owned(), name);
        }
        let in_text = [
            ("variables", self.variables),
            ("extensions", self.extensions),
        ];
        for (name, text) in in_text {
            let Some(text) = text else { continue };
            let read = sent.insert(name, text.as_bytes());
            read.map_err(|error| no_object(name, &error))?;
        }
        Parameters::of(sent).map_err(bad_request)
    }
}

/// The document that the parameters name, which must be introspection when nobody has signed in.
fn read<E, S>(
    server: &Server<E, S>,
    parameters: Parameters,
    caller: &Caller,
) -> Result<Document, Stop> {
    let stranger = caller.viewer.is_none();
    // Strangers neither look up what others have sent, nor make it give way to theirs.
    if stranger && parameters.is_persisted() {
        return Err(Refusal::unauthenticated().into());
    }
    let document = parameters
        .parse(&server.documents)
        .map_err(Stop::RequestError)?;
    if stranger && !document.introspects {
        return Err(Refusal::unauthenticated().into());
    }
    Ok(document)
}

async fn execute<E: Executor, S: SignIn>(
    server: &Arc<Server<E, S>>,
    document: Document,
    caller: Caller,
    accepted: Accepted,
) -> Result<Response, Stop> {
    let streams = document.kind == OperationType::Subscription;
    match accepted {
        Accepted {
            framing: Some(framing),
            media_type,
        } if streams || media_type.is_none() => live::respond(server, framing, document, caller)
            .map_err(|NoSeat { limit }| Refusal::of_no_seat(limit).into()),
        _ if streams => Err(Stop::RequestError(without_stream())),
        Accepted { media_type, .. } => {
            let answer = operation::run(&server.parts.executor, document, caller)
                .await
                .map_err(|panicked| Refusal::of_ours(panicked.shown()))?;
            let media_type = media_type.unwrap_or(MediaType::Json);
            Ok(answer::of_execution(&answer, media_type))
        }
    }
}

fn without_stream() -> ServerError {
    let message = format!(
        "to subscribe, accept text/event-stream or multipart/mixed;subscriptionSpec=\"1.0\", or open a websocket at {SOCKET_PATH}"
    );
    error::coded(message, Code::BadUserInput)
}

impl Stop {
    /// As the client can read it.
    fn shown(self, accepted: Accepted) -> Response {
        let media_type = accepted.media_type.unwrap_or(MediaType::Json);
        match (self, accepted) {
            (Self::Refused(refusal), _) => refusal.into_response(media_type),
            (
                Self::RequestError(error),
                Accepted {
                    media_type: None,
                    framing: Some(framing),
                },
            ) => live::refuse(framing, &[error]),
            (Self::RequestError(error), _) => answer::of_request_error(&[error], media_type),
        }
    }
}

/// Where JSON ends to be JSON, in words of our own.
fn no_object(what: &str, error: &serde_json::Error) -> Refusal {
    let message = format!("{what} must be one JSON object");
    bad_request(match error.classify() {
        Category::Data => message,
        Category::Eof => format!("{message}: it ends too early"),
        Category::Syntax | Category::Io => {
            let (line, column) = (error.line(), error.column());
            format!("{message}: what stands at line {line}, column {column} is not JSON")
        }
    })
}

fn bad_request(message: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, Code::BadUserInput, message)
}

fn not_acceptable() -> Response {
    Refusal::new(
        StatusCode::NOT_ACCEPTABLE,
        Code::BadUserInput,
        "accept application/graphql-response+json, application/json, text/event-stream or multipart/mixed;subscriptionSpec=\"1.0\"",
    )
    .into_response(MediaType::Json)
}
