//! The GraphiQL page: its files, which are compiled in, the settings that it asks for, and the tabs
//! that it opens with.
//!
//! The files are built from `web/graphiql/` and name nothing outside this server, which the content
//! security policy holds them to. A browser revalidates them by `ETag`, a weak one, for they are compressed
//! on their way.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HOST, IF_NONE_MATCH,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::error::Code;
use crate::http::answer::Refusal;
use crate::http::media::MediaType;

/// How the page starts.
#[derive(Clone)]
pub struct Page {
    /// Mints the token that the page signs in with, afresh for every load. Without it the page asks
    /// the person for theirs.
    pub token: Option<Arc<dyn Fn() -> String + Send + Sync>>,
    /// The tabs it opens with: a list of `{"query", "variables", "headers"}`, as of [`starter_tabs`].
    pub tabs: Value,
}

/// `/` and what the page at `/` loads.
pub fn routes<S: Clone + Send + Sync + 'static>(page: Page) -> Router<S> {
    let settings = move |headers: HeaderMap| async move { settings(&page, &headers) };
    Router::new()
        .route("/graphiql/settings.json", get(settings))
        .merge(file(
            "/",
            "text/html; charset=utf-8",
            include_bytes!("../../../web/graphiql/dist/index.html"),
        ))
        .merge(file(
            "/graphiql/graphiql.js",
            "text/javascript; charset=utf-8",
            include_bytes!("../../../web/graphiql/dist/graphiql.js"),
        ))
        .merge(file(
            "/graphiql/graphiql.css",
            "text/css; charset=utf-8",
            include_bytes!("../../../web/graphiql/dist/graphiql.css"),
        ))
        .merge(file(
            "/graphiql/licences.txt",
            "text/plain; charset=utf-8",
            include_bytes!("../../../web/graphiql/dist/licences.txt"),
        ))
}

/// The tabs that create, start, watch and approve. A variable whose value is `"$NAME"` takes the
/// value that `fill` has for `NAME`: `SAMPLE_WORKFLOW_ID`, `SAMPLE_INPUTS` and `DEMO_MODEL_ID`.
///
/// # Errors
/// When the variables of a tab are not JSON, which a test rules out.
pub fn starter_tabs(fill: &Map<String, Value>) -> serde_json::Result<Value> {
    let tabs = TABS.iter().map(|(query, variables)| {
        let mut variables: Map<String, Value> = serde_json::from_str(variables)?;
        for value in variables.values_mut() {
            let name = value.as_str().and_then(|text| text.strip_prefix('$'));
            if let Some(known) = name.and_then(|name| fill.get(name)) {
                *value = known.clone();
            }
        }
        Ok(json!({ "query": query, "variables": variables, "headers": null }))
    });
    tabs.collect::<serde_json::Result<Vec<_>>>()
        .map(Value::from)
}

macro_rules! tab {
    ($name:literal) => {
        (
            include_str!(concat!("../../../web/graphiql/tabs/", $name, ".graphql")),
            include_str!(concat!("../../../web/graphiql/tabs/", $name, ".json")),
        )
    };
}

/// Operations and variables, in the order of the tabs.
const TABS: [(&str, &str); 6] = [
    tab!("1-create"),
    tab!("2-start"),
    tab!("3-watch"),
    tab!("4-approve"),
    tab!("5-understand"),
    tab!("6-look-around"),
];

fn file<S: Clone + Send + Sync + 'static>(
    path: &str,
    content_type: &'static str,
    content: &'static [u8],
) -> Router<S> {
    let etag = format!("W/\"{:x}\"", Sha256::digest(content));
    let answer = move |headers: HeaderMap| {
        let cache = [(ETAG, etag.clone()), (CACHE_CONTROL, "no-cache".to_owned())];
        let guard = guard(&headers);
        async move {
            if is_current(&headers, &cache[0].1) {
                return (StatusCode::NOT_MODIFIED, guard, cache).into_response();
            }
            let body = Bytes::from_static(content);
            (guard, cache, [(CONTENT_TYPE, content_type)], body).into_response()
        }
    };
    Router::new().route(path, get(answer))
}

/// `If-None-Match` names this content, by the weak comparison (RFC 9110, section 13.1.2).
fn is_current(headers: &HeaderMap, etag: &str) -> bool {
    let tags = headers.get_all(IF_NONE_MATCH).iter();
    tags.filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|tag| tag.trim().trim_start_matches("W/"))
        .any(|tag| tag == etag.trim_start_matches("W/") || tag == "*")
}

/// Holds a token, so no page of another origin may load it, whatever CORS allows elsewhere.
fn settings(page: &Page, headers: &HeaderMap) -> Response {
    let from = headers.get("sec-fetch-site");
    if from.is_some_and(|site| site != "same-origin" && site != "none") {
        let message = "the settings of this page are for the page alone";
        let refusal = Refusal::new(StatusCode::FORBIDDEN, Code::Forbidden, message);
        return (guard(headers), refusal.into_response(MediaType::Json)).into_response();
    }
    let token = page.token.as_ref().map(|mint| mint());
    let body = json!({ "token": token, "tabs": page.tabs });
    let cache = [(CACHE_CONTROL, "no-store")];
    (guard(headers), cache, axum::Json(body)).into_response()
}

/// What every answer says to the browser.
fn guard(headers: &HeaderMap) -> [(HeaderName, HeaderValue); 5] {
    [
        (CONTENT_SECURITY_POLICY, policy(headers.get(HOST))),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            HeaderValue::from_static("same-origin"),
        ),
    ]
}

/// Nothing but this server's own files and its API. Inline styles are GraphiQL's: its menus and
/// dialogs write style elements. Older browsers do not count a websocket to the same host as `'self'`,
/// so the host is named, unless it holds a character that could end the directive.
fn policy(host: Option<&HeaderValue>) -> HeaderValue {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:".contains(&byte);
    let sockets = host
        .and_then(|host| host.to_str().ok())
        .filter(|host| host.bytes().all(plain))
        .map(|host| format!(" ws://{host} wss://{host}"))
        .unwrap_or_default();
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
         img-src 'self' data:; connect-src 'self'{sockets}; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy)
        .unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    fn page() -> Page {
        Page {
            token: Some(Arc::new(|| "fresh".to_owned())),
            tabs: json!([]),
        }
    }

    async fn ask(path: &str, header: Option<(&str, &str)>) -> (StatusCode, HeaderMap, Bytes) {
        let mut request = Request::get(path).header(HOST, "127.0.0.1:8080");
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        let request = request.body(Body::empty()).unwrap();
        let (parts, body) = routes::<()>(page())
            .oneshot(request)
            .await
            .unwrap()
            .into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (parts.status, parts.headers, body)
    }

    #[tokio::test]
    async fn every_file_that_the_page_names_is_served_under_its_policy() {
        let (_, _, html) = ask("/", None).await;
        let html = String::from_utf8(html.to_vec()).unwrap();
        let named = html
            .split(['"', ' '])
            .filter(|word| word.starts_with("graphiql/"));
        let named: Vec<_> = named.map(|path| format!("/{path}")).collect();
        assert_eq!(named, ["/graphiql/graphiql.css", "/graphiql/graphiql.js"]);
        for path in named {
            let (status, headers, _) = ask(&path, None).await;
            assert_eq!(status, StatusCode::OK);
            let policy = headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
            assert!(policy.contains("script-src 'self';"), "{policy}");
            assert!(
                policy.contains("connect-src 'self' ws://127.0.0.1:8080 wss://127.0.0.1:8080;")
            );
        }
    }

    #[tokio::test]
    async fn a_file_that_the_browser_has_is_not_sent_again() {
        let (_, headers, _) = ask("/graphiql/graphiql.css", None).await;
        let etag = headers[ETAG].to_str().unwrap();
        for known in [
            etag.to_owned(),
            format!("\"other\", {}", etag.trim_start_matches("W/")),
        ] {
            let (status, _, body) =
                ask("/graphiql/graphiql.css", Some(("if-none-match", &known))).await;
            assert_eq!((status, body.len()), (StatusCode::NOT_MODIFIED, 0));
        }
        let (status, ..) = ask(
            "/graphiql/graphiql.css",
            Some(("if-none-match", "\"other\"")),
        )
        .await;
        assert_eq!(status, StatusCode::OK);
    }

    #[tokio::test]
    async fn the_token_goes_to_the_page_alone_and_into_no_cache() {
        let own = ask(
            "/graphiql/settings.json",
            Some(("sec-fetch-site", "same-origin")),
        )
        .await;
        assert_eq!(own.0, StatusCode::OK);
        assert_eq!(own.1[CACHE_CONTROL], "no-store");
        assert_eq!(own.2, r#"{"tabs":[],"token":"fresh"}"#);
        for site in ["cross-site", "same-site"] {
            let (status, _, body) =
                ask("/graphiql/settings.json", Some(("sec-fetch-site", site))).await;
            assert_eq!(status, StatusCode::FORBIDDEN);
            let body = String::from_utf8(body.to_vec()).unwrap();
            assert!(
                body.contains("FORBIDDEN") && !body.contains("fresh"),
                "{body}"
            );
        }
    }

    #[test]
    fn a_host_that_could_end_the_directive_is_left_out_of_the_policy() {
        for host in ["a; script-src *", "a b", "[::1]:8080"] {
            let policy = policy(Some(&HeaderValue::from_static(host)));
            assert!(policy.to_str().unwrap().contains("connect-src 'self';"));
        }
    }

    #[test]
    fn starter_tabs_take_the_ids_of_this_server() {
        let names = ["SAMPLE_WORKFLOW_ID", "SAMPLE_INPUTS", "DEMO_MODEL_ID"];
        let fill = names.map(|name| (name.to_owned(), json!({ "is": name })));
        let tabs = starter_tabs(&fill.into_iter().collect()).unwrap();
        assert_eq!(tabs[0]["variables"]["modelId"]["is"], "DEMO_MODEL_ID");
        assert_eq!(
            tabs[1]["variables"]["workflowId"]["is"],
            "SAMPLE_WORKFLOW_ID"
        );
        assert_eq!(tabs[1]["variables"]["inputs"]["is"], "SAMPLE_INPUTS");
        assert!(!tabs.to_string().contains("\"$"), "a placeholder was left");
    }
}
