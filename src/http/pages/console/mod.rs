//! The console: the page at `/` and wherever it routes, what it loads, and the settings that it asks for.
//!
//! 1. A path of `web/console/dist` is that file. What is below `/assets` has its content in its name and is kept for
//!    ever; the rest is revalidated.
//! 2. What the page routes is the page.
//! 3. Whatever else a browser goes to is the page too, which says that there is nothing, with 404; but for the API,
//!    which answers programs as it does without a console.

use std::sync::Arc;

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use self::files::{File, Files};
use self::settings::{Example, Settings};
pub use self::settings::{Project, SignInBy};
use super::encoding::{self, Encoding};
use super::guard::{self, Guard};
use super::kind;
use super::known::unless_known;
use crate::error::Result;
use crate::http::compression::Ready;
use crate::http::{media, not_allowed, not_found};

mod files;
mod route;
mod settings;

/// What the page never has, whatever a browser asks for there.
const OF_OTHERS: [&str; 8] = [
    "/assets",
    "/console",
    "/graphiql",
    "/graphql",
    "/healthz",
    "/metrics",
    "/readyz",
    super::schema::PATH,
];

const NOT_BUILT: &str = "The console is not in this binary: web/console/dist was empty when it was built. \
    `npm ci && npm run build --workspace console` in web/ fills it. The API is at /graphql.\n";

/// How the console is served.
pub struct Console {
    sign_in: SignInBy,
    demo_model_id: Option<String>,
    files: Files,
}

impl Console {
    /// The console that is compiled in, to which people sign in like this.
    #[must_use]
    pub fn new(sign_in: SignInBy) -> Self {
        Self {
            sign_in,
            demo_model_id: None,
            files: Files::compiled_in(),
        }
    }

    /// What the page offers where a stage needs a model, to whoever has none yet.
    #[must_use]
    pub fn with_demo_model(mut self, id: Option<String>) -> Self {
        self.demo_model_id = id;
        self
    }

    /// Serves what is in this folder in the place of what is compiled in.
    #[cfg(debug_assertions)]
    #[must_use]
    pub fn from_folder(mut self, folder: Option<std::path::PathBuf>) -> Self {
        if let Some(folder) = folder {
            self.files = Files::Folder(folder);
        }
        self
    }
}

/// `/`, and every path that nothing else has.
///
/// # Errors
/// `Internal` when what is compiled in is not what it should be, which tests rule out.
pub(super) fn routes<S: Clone + Send + Sync + 'static>(console: Console) -> Result<Router<S>> {
    let site = Arc::new(Site {
        examples: settings::examples()?,
        console,
    });
    // Whoever cannot read what the page routes should not find out by a link that leads nowhere.
    site.console.files.routes()?;
    let asked = Arc::clone(&site);
    let settings = move |headers: HeaderMap| async move { asked.settings(&headers) };
    let asked = Arc::clone(&site);
    let page = move |uri: Uri, headers: HeaderMap| async move {
        match asked.answer(uri.path(), &headers) {
            Some(answer) => answer,
            None => not_found(headers).await,
        }
    };
    let refused = move |uri: Uri, headers: HeaderMap| async move {
        if site.has(uri.path()) {
            not_allowed(headers).await
        } else {
            not_found(headers).await
        }
    };
    Ok(Router::new()
        .route("/console/settings.json", get(settings))
        .route("/", get(page.clone()))
        .route("/{*path}", get(page).fallback(refused)))
}

struct Site {
    console: Console,
    examples: Vec<Example>,
}

impl Site {
    /// None for what is left to others.
    fn answer(&self, path: &str, headers: &HeaderMap) -> Option<Response> {
        let files = &self.console.files;
        if let Some(file) = files.loaded(path) {
            return Some(self.sent(&file, headers));
        }
        if is_of_others(path) {
            return None;
        }
        let index = files.index();
        if self.routes(path) {
            return Some(match index {
                Some(index) => self.sent(&index, headers),
                None => self.not_built(headers),
            });
        }
        if !media::is_browser(headers) {
            return None;
        }
        let page = match index {
            Some(index) => whole(&index, headers),
            None => self.not_built(headers),
        };
        let vary = [
            (VARY, "accept, accept-encoding"),
            (CACHE_CONTROL, "no-cache"),
        ];
        let refusal = (StatusCode::NOT_FOUND, self.guard(headers), vary, page);
        Some(refusal.into_response())
    }

    fn has(&self, path: &str) -> bool {
        self.console.files.loaded(path).is_some() || !is_of_others(path) && self.routes(path)
    }

    /// Does the page route it? A page that was not built has `/`.
    fn routes(&self, path: &str) -> bool {
        let routes = self.console.files.routes().unwrap_or_default();
        path == "/" || route::leads_to(&routes, path)
    }

    /// A file, unless the browser has it.
    fn sent(&self, file: &File, headers: &HeaderMap) -> Response {
        let cache = if file.path.starts_with("/assets/") {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        };
        let said = [(CACHE_CONTROL, cache), (VARY, "accept-encoding")];
        let answer = unless_known(headers, &file.digest, || whole(file, headers));
        (self.guard(headers), said, answer).into_response()
    }

    fn not_built(&self, headers: &HeaderMap) -> Response {
        let cache = [(CACHE_CONTROL, "no-store")];
        (StatusCode::NOT_FOUND, self.guard(headers), cache, NOT_BUILT).into_response()
    }

    fn settings(&self, headers: &HeaderMap) -> Response {
        let guard = self.guard(headers);
        if let Some(refused) = guard::to_others(headers) {
            return (guard, refused).into_response();
        }
        let Console {
            sign_in,
            demo_model_id,
            ..
        } = &self.console;
        let settings = Settings::now(sign_in, &self.examples, demo_model_id.as_deref());
        let cache = [(CACHE_CONTROL, "no-store")];
        (guard, cache, axum::Json(settings)).into_response()
    }

    /// Nothing but this server's own files, its API, and whoever people sign in with; and no text becomes a script.
    fn guard(&self, headers: &HeaderMap) -> Guard {
        let own = guard::own_server(headers);
        let project = match &self.console.sign_in {
            SignInBy::Supabase(Project { url, .. }) => format!(" {}", origin(url)),
            SignInBy::Development(_) | SignInBy::Token => String::new(),
        };
        guard::guard(format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
             connect-src {own}{project}; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
             require-trusted-types-for 'script'"
        ))
    }
}

fn is_of_others(path: &str) -> bool {
    let below = |other: &str| path.strip_prefix(other);
    let mut rests = OF_OTHERS.into_iter().filter_map(below);
    rests.any(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// An address up to its path, by which a policy names a server.
fn origin(url: &str) -> &str {
    let start = url.find("://").map_or(0, |at| at + "://".len());
    let end = url[start..].find('/').map_or(url.len(), |at| start + at);
    &url[..end]
}

/// The content in the form that the browser likes best, which nobody compresses again.
fn whole(file: &File, headers: &HeaderMap) -> Response {
    let forms = [
        (Encoding::Br, file.br.as_ref()),
        (Encoding::Gzip, file.gzip.as_ref()),
        (Encoding::Identity, Some(&file.raw)),
    ];
    let there = forms.iter().filter(|(_, content)| content.is_some());
    let best = encoding::best(headers, there.map(|(encoding, _)| *encoding));
    let content = forms.iter().find(|(encoding, _)| *encoding == best);
    let content = content.and_then(|(_, content)| *content).cloned();
    let content_type = [(CONTENT_TYPE, kind::content_type(&file.path))];
    let mut answer = (content_type, content.unwrap_or_default()).into_response();
    answer.extensions_mut().insert(Ready);
    if let Some(name) = best.name() {
        let name = HeaderValue::from_static(name);
        answer.headers_mut().insert(CONTENT_ENCODING, name);
    }
    answer
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use axum::body::{Body, Bytes};
    use axum::http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_SECURITY_POLICY, HOST};
    use axum::http::{HeaderName, Request};
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    static BUILT: LazyLock<Vec<File>> = LazyLock::new(|| {
        let file = |path: &'static str, raw: &'static str, br: Option<&'static str>| File {
            path: path.into(),
            raw: raw.into(),
            br: br.map(Bytes::from),
            gzip: None,
            digest: "digest".into(),
        };
        vec![
            file("/index.html", "the page", Some("br")),
            file("/assets/a.js", "a script", Some("br")),
            file("/assets/b.png", "a picture", None),
        ]
    });

    fn with(files: &'static [File]) -> Console {
        Console {
            files: Files::CompiledIn(files),
            ..Console::new(SignInBy::Supabase(Project {
                url: "https://p.example/base".to_owned(),
                anon_key: "k".to_owned(),
            }))
        }
    }

    async fn ask(
        console: Console,
        path: &str,
        (name, value): (HeaderName, &'static str),
    ) -> (StatusCode, HeaderMap, String) {
        let request = Request::get(path).header(HOST, "h:1").header(name, value);
        let request = request.body(Body::empty()).unwrap();
        let answer = routes::<()>(console).unwrap().oneshot(request);
        let (parts, body) = answer.await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = String::from_utf8(body.to_vec()).unwrap();
        (parts.status, parts.headers, body)
    }

    #[tokio::test]
    async fn a_file_is_sent_in_the_form_in_which_it_lies_ready() {
        for (path, encoding, body) in [
            ("/", Some("br"), "br"),
            ("/assets/a.js", Some("br"), "br"),
            ("/assets/b.png", None, "a picture"),
        ] {
            let accepted = (ACCEPT_ENCODING, "gzip, br");
            let (status, headers, sent) = ask(with(&BUILT), path, accepted).await;
            assert_eq!((status, sent.as_str()), (StatusCode::OK, body), "{path}");
            let said = headers.get(CONTENT_ENCODING);
            assert_eq!(said.map(|it| it.to_str().unwrap()), encoding, "{path}");
            assert_eq!(headers[VARY], "accept-encoding", "{path}");
        }
    }

    #[tokio::test]
    async fn a_binary_without_the_page_says_so_where_it_would_be() {
        for path in ["/", "/nothing"] {
            let (status, _, said) = ask(with(&[]), path, (ACCEPT, "text/html")).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
            assert!(said.contains("web/console/dist"), "{path}: {said}");
        }
    }

    #[tokio::test]
    async fn only_the_server_of_the_project_is_named_in_the_policy() {
        let (_, headers, _) = ask(with(&BUILT), "/", (ACCEPT, "*/*")).await;
        let policy = headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
        let expected = "connect-src 'self' ws://h:1 wss://h:1 https://p.example; ";
        assert!(policy.contains(expected), "{policy}");
    }

    #[test]
    fn the_api_s_paths_are_left_to_it() {
        for (path, expected) in [
            ("/graphql", true),
            ("/graphql/ws", true),
            ("/assets/", true),
            ("/graphqlish", false),
            ("/runs", false),
        ] {
            assert_eq!(is_of_others(path), expected, "{path}");
        }
    }
}
