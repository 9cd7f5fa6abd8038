//! `/graphql`: POST and GET by the GraphQL-over-HTTP specification.
//!
//! 1. Agree on the media type of the answer, 406 if there is none.
//! 2. Believe the token, if there is one, before anything is read for its bearer.
//! 3. Read the parameters: 415, 413, 400.
//! 4. Parse once, select the operation; without a viewer it must be introspection, else 401.
//! 5. Run it. A refused request has no `data`, and the media type decides about its status.

use std::sync::Arc;

use async_graphql::Executor;
use async_graphql::parser::types::OperationType;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{FromRequest, Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::answer::{self, Refusal};
use super::document::{Document, Parameters};
use super::negotiation::{self, MediaType};
use super::{SOCKET_PATH, Server, SignIn, execution, viewer};
use crate::domain::viewer::Viewer;
use crate::error::Error;
use crate::graphql::context::RequestId;

/// The largest body that is read.
const MAX_BODY_BYTES: usize = 2 * 1024 * 1024;

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
    RequestError(async_graphql::ServerError),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Runs a query or mutation.
pub(super) async fn post<E: Executor, S: SignIn>(
    State(server): State<Arc<Server<E, S>>>,
    Extension(id): Extension<RequestId>,
    request: Request,
) -> Response {
    let Some(media_type) = MediaType::accepted(request.headers()) else {
        return not_acceptable();
    };
    let outcome = async {
        let viewer = sign_in(&server, request.headers()).await?;
        let parameters = read_body(request).await?;
        let document = parameters.parse().map_err(Stop::RequestError)?;
        execute(&server, document, viewer, id).await
    };
    respond(outcome.await, media_type)
}

/// Runs a query; a mutation is refused, because anything may repeat a GET.
pub(super) async fn get<E: Executor, S: SignIn>(
    State(server): State<Arc<Server<E, S>>>,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    query: Result<Query<QueryString>, QueryRejection>,
) -> Response {
    let Some(media_type) = MediaType::accepted(&headers) else {
        return not_acceptable();
    };
    let outcome = async {
        let viewer = sign_in(&server, &headers).await?;
        let Query(query) = query.map_err(|rejection| bad_request(rejection.body_text()))?;
        let document = query.parameters()?.parse().map_err(Stop::RequestError)?;
        if document.kind == OperationType::Mutation {
            return Err(Refusal::post_only("send mutations by POST").into());
        }
        execute(&server, document, viewer, id).await
    };
    respond(outcome.await, media_type)
}

async fn sign_in<E, S: SignIn>(
    server: &Server<E, S>,
    headers: &HeaderMap,
) -> Result<Option<Viewer>, Refusal> {
    viewer::of_headers(headers, &server.parts.sign_in)
        .await
        .map_err(|error| Refusal::of_sign_in(&error))
}

async fn read_body(request: Request) -> Result<Parameters, Refusal> {
    if !negotiation::sends_json(request.headers()) {
        return Err(Refusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "send the request as application/json in UTF-8",
        ));
    }
    let body = Bytes::from_request(request, &())
        .await
        .map_err(|rejection| unreadable(&rejection))?;
    let object: Map<String, Value> = serde_json::from_slice(&body)
        .map_err(|error| bad_request(format!("the body must be one JSON object: {error}")))?;
    Parameters::from_object(object).map_err(|error| bad_request(error.to_string()))
}

/// The limit is the route's [`axum::extract::DefaultBodyLimit`].
pub(super) const fn body_limit() -> axum::extract::DefaultBodyLimit {
    axum::extract::DefaultBodyLimit::max(MAX_BODY_BYTES)
}

fn unreadable(rejection: &BytesRejection) -> Refusal {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Refusal::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("the body is larger than {MAX_BODY_BYTES} bytes: send a smaller request"),
        ),
        status => Refusal::new(status, "the body could not be read to its end"),
    }
}

impl QueryString {
    fn parameters(self) -> Result<Parameters, Refusal> {
        let mut object = Map::new();
        if let Some(query) = self.query {
            object.insert("query".to_owned(), Value::String(query));
        }
        if let Some(name) = self.operation_name {
            object.insert("operationName".to_owned(), Value::String(name));
        }
        let in_text = [
            ("variables", self.variables),
            ("extensions", self.extensions),
        ];
        for (name, text) in in_text {
            let Some(text) = text else { continue };
            let value = serde_json::from_str(&text)
                .map_err(|error| bad_request(format!("{name} must be a JSON object: {error}")))?;
            object.insert(name.to_owned(), value);
        }
        Parameters::from_object(object).map_err(|error| bad_request(error.to_string()))
    }
}

async fn execute<E: Executor, S: SignIn>(
    server: &Server<E, S>,
    document: Document,
    viewer: Option<Viewer>,
    id: RequestId,
) -> Result<async_graphql::Response, Stop> {
    if viewer.is_none() && !document.introspects {
        return Err(Refusal::of_sign_in(&Error::Unauthenticated).into());
    }
    if document.kind == OperationType::Subscription {
        return Err(Stop::RequestError(async_graphql::ServerError::new(
            format!("subscriptions are served over a websocket at {SOCKET_PATH}"),
            None,
        )));
    }
    let mut request = document.request.data(id);
    if let Some(viewer) = viewer {
        request = request.data(viewer);
    }
    execution::run(&server.parts.executor, request)
        .await
        .map_err(|_| Refusal::of_panic().into())
}

fn respond(outcome: Result<async_graphql::Response, Stop>, media_type: MediaType) -> Response {
    match outcome {
        Ok(answer) => answer::of_execution(&answer, media_type),
        Err(Stop::Refused(refusal)) => refusal.into_response(media_type),
        Err(Stop::RequestError(error)) => answer::of_request_error(&[error], media_type),
    }
}

fn bad_request(message: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, message)
}

fn not_acceptable() -> Response {
    Refusal::new(
        StatusCode::NOT_ACCEPTABLE,
        "accept application/graphql-response+json or application/json",
    )
    .into_response(MediaType::Json)
}
