//! The GraphiQL page: its files, which are compiled in, the settings that it asks for, and the tabs
//! that it opens with.
//!
//! The files are built from `web/graphiql/`. A browser revalidates them.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::guard::{self, Guard};
use super::kind;
use super::known::unless_known;

/// Where the page is.
pub(super) const PATH: &str = "/graphiql";

/// How the page starts.
#[derive(Clone)]
pub struct Page {
    /// Mints the token that the page signs in with, afresh for every load. Without it the page asks
    /// the person for theirs.
    pub token: Option<Arc<dyn Fn() -> String + Send + Sync>>,
    /// The tabs it opens with: a list of `{"query", "variables", "headers"}`, as of [`starter_tabs`].
    pub tabs: Value,
}

/// The page and what it loads, which it names from where it is, without a slash at its end.
pub(super) fn routes<S: Clone + Send + Sync + 'static>(page: Page) -> Router<S> {
    let settings = move |headers: HeaderMap| async move { settings(&page, &headers) };
    let mut router = Router::new()
        .route("/graphiql/settings.json", get(settings))
        .route("/graphiql/", get(Redirect::temporary(PATH)));
    for (path, name, content) in FILES {
        router = router.merge(file(path, kind::content_type(name), content));
    }
    router
}

macro_rules! built {
    ($path:literal, $name:literal) => {
        (
            $path,
            $name,
            include_bytes!(concat!("../../../web/graphiql/dist/", $name)),
        )
    };
}

/// Where each is served, and what it is called in `web/graphiql/dist`.
const FILES: [(&str, &str, &[u8]); 4] = [
    built!("/graphiql", "index.html"),
    built!("/graphiql/graphiql.js", "graphiql.js"),
    built!("/graphiql/graphiql.css", "graphiql.css"),
    built!("/graphiql/licences.txt", "licences.txt"),
];

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
    let digest = format!("{:x}", Sha256::digest(content));
    let answer = move |headers: HeaderMap| async move {
        let content = || {
            let body = Bytes::from_static(content);
            ([(CONTENT_TYPE, content_type)], body).into_response()
        };
        let answer = unless_known(&headers, &digest, content);
        let cache = [(CACHE_CONTROL, "no-cache")];
        (guard(&headers), cache, answer).into_response()
    };
    Router::new().route(path, get(answer))
}

fn settings(page: &Page, headers: &HeaderMap) -> Response {
    if let Some(refused) = guard::to_others(headers) {
        return (guard(headers), refused).into_response();
    }
    let token = page.token.as_ref().map(|mint| mint());
    let body = json!({ "token": token, "tabs": page.tabs });
    let cache = [(CACHE_CONTROL, "no-store")];
    (guard(headers), cache, axum::Json(body)).into_response()
}

/// Nothing but this server's own files and its API. Inline styles are GraphiQL's: its menus and dialogs write
/// style elements.
fn guard(headers: &HeaderMap) -> Guard {
    let own = guard::own_server(headers);
    guard::guard(format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
         img-src 'self' data:; connect-src {own}; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    ))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::header::{CONTENT_SECURITY_POLICY, ETAG, HOST, LOCATION};
    use axum::http::{Request, StatusCode};
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
        let (_, _, html) = ask("/graphiql", None).await;
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

    #[tokio::test]
    async fn a_slash_at_the_end_leads_to_the_page() {
        let (status, headers, _) = ask("/graphiql/", None).await;
        assert_eq!(status, StatusCode::TEMPORARY_REDIRECT);
        assert_eq!(headers[LOCATION], "/graphiql");
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
