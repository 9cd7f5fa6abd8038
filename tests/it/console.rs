//! The pages that `serve` has beside the API, by HTTP: the console under its policy, where GraphiQL is, and the schema
//! for tools.

use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Client, Method, StatusCode};
use serde_json::Value;

use crate::support::process::{Cluster, Process};

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// Asks a process for a path with these headers.
async fn ask(process: &Process, path: &str, headers: &[(&str, &str)]) -> Answer {
    by(Method::GET, process, path, headers).await
}

async fn by(method: Method, process: &Process, path: &str, headers: &[(&str, &str)]) -> Answer {
    let client = Client::builder().redirect(Policy::none()).build().unwrap();
    let mut asking = client.request(method, format!("http://{}{path}", process.address));
    for (name, value) in headers {
        asking = asking.header(*name, *value);
    }
    let answer = asking.send().await.unwrap();
    Answer {
        status: answer.status(),
        headers: answer.headers().clone(),
        body: answer.bytes().await.unwrap().to_vec(),
    }
}

/// What a page names that begins with this.
fn named(page: &str, begin: &str) -> String {
    let mut words = page.split('"').filter(|word| word.starts_with(begin));
    words.next().unwrap().to_owned()
}

#[tokio::test]
async fn the_page_is_at_the_root_and_wherever_it_routes_and_says_elsewhere_that_nothing_is_there() {
    let cluster = Cluster::new().await;
    let process = cluster.start(&[]).await;
    let page = ask(&process, "/", &[]).await;
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(page.header("cache-control"), "no-cache");
    let known = [("if-none-match", page.header("etag"))];
    let again = ask(&process, "/", &known).await;
    assert_eq!(
        (again.status, again.body.len()),
        (StatusCode::NOT_MODIFIED, 0)
    );
    assert_eq!(
        again.header("content-security-policy"),
        page.header("content-security-policy")
    );

    let browser = [("accept", BROWSER)];
    for (path, headers, status, is_page) in [
        ("/inbox", &browser[..], 200, true),
        ("/inbox", &[], 200, true),
        (
            "/runs/0190d5c5-0000-7000-8000-000000000001?at=3",
            &browser,
            200,
            true,
        ),
        ("/nothing/here", &browser, 404, true),
        ("/nothing/here", &[], 404, false),
        ("/index.html", &[], 404, false),
        ("/routes.json", &[], 404, false),
        ("/../Cargo.toml", &[], 404, false),
        ("/assets/none.js", &browser, 404, false),
        ("/graphql/none", &browser, 404, false),
        ("/graphiql/none", &browser, 404, false),
        ("/metrics", &browser, 404, false),
        ("/console/none.json", &browser, 404, false),
    ] {
        let answer = ask(&process, path, headers).await;
        assert_eq!(answer.status, status, "{path}");
        if is_page {
            assert_eq!(answer.body, page.body, "{path}");
            assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        } else {
            assert_eq!(
                answer.json()["errors"][0]["extensions"]["code"],
                "NOT_FOUND",
                "{path}"
            );
        }
    }
    assert_eq!(ask(&process, "/healthz", &browser).await.text(), "ok");
    let api = ask(&process, "/graphql", &browser).await;
    assert!(api.header("content-type").starts_with("application/json"));
    for (path, status) in [("/", 405), ("/inbox", 405), ("/nothing", 404)] {
        let answer = by(Method::POST, &process, path, &browser).await;
        assert_eq!(answer.status, status, "{path}");
    }
}

#[tokio::test]
async fn what_the_page_loads_is_kept_for_ever_and_sent_as_the_browser_likes_it() {
    let cluster = Cluster::new().await;
    let process = cluster.start(&[]).await;
    let page = ask(&process, "/", &[]).await.text();
    let script = named(&page, "/assets/");
    let plain = ask(&process, &script, &[]).await;
    assert_eq!(plain.status, 200);
    assert_eq!(
        plain.header("content-type"),
        "text/javascript; charset=utf-8"
    );
    assert_eq!(
        plain.header("cache-control"),
        "public, max-age=31536000, immutable"
    );
    assert_eq!(plain.header("content-encoding"), "");
    for (accepted, encoding) in [
        ("gzip, deflate, br, zstd", "br"),
        ("br;q=0.5, gzip", "gzip"),
        ("gzip", "gzip"),
        // None of what lies ready, and nobody compresses it here.
        ("zstd", ""),
        ("identity", ""),
    ] {
        let headers = [("accept-encoding", accepted)];
        let answer = ask(&process, &script, &headers).await;
        assert_eq!(answer.status, 200, "{accepted}");
        assert_eq!(answer.header("content-encoding"), encoding, "{accepted}");
        assert_eq!(answer.header("vary"), "accept-encoding", "{accepted}");
        assert_eq!(answer.header("etag"), plain.header("etag"), "{accepted}");
        let is_smaller = answer.body.len() < plain.body.len();
        assert_eq!(is_smaller, !encoding.is_empty(), "{accepted}");
        let length = answer.body.len().to_string();
        assert_eq!(answer.header("content-length"), length, "{accepted}");

        let head = by(Method::HEAD, &process, &script, &headers).await;
        assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
        assert_eq!(head.header("content-encoding"), encoding, "{accepted}");
        assert_eq!(head.header("content-length"), length, "{accepted}");
    }
    let icon = ask(&process, &named(&page, "/icon"), &[]).await;
    assert_eq!(
        (icon.status, icon.header("cache-control")),
        (StatusCode::OK, "no-cache")
    );
}

#[tokio::test]
async fn the_page_may_talk_to_its_server_and_to_whom_people_sign_in_with() {
    let cluster = Cluster::new().await;
    let supabase = [
        ("SUPABASE_URL", "https://p.supabase.co/"),
        ("SUPABASE_ANON_KEY", "sb_publishable_x"),
    ];
    for (variables, project, settings) in [
        (&[][..], "", &[("signIn", "token")][..]),
        (&supabase[..1], "", &[("signIn", "token")]),
        (
            &supabase,
            " https://p.supabase.co",
            &[
                ("signIn", "supabase"),
                ("url", "https://p.supabase.co"),
                ("anonKey", "sb_publishable_x"),
            ],
        ),
    ] {
        let process = cluster.start(variables).await;
        let host = process.address;
        let expected = format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
             connect-src 'self' ws://{host} wss://{host}{project}; base-uri 'none'; form-action 'self'; \
             frame-ancestors 'none'; require-trusted-types-for 'script'"
        );
        let page = ask(&process, "/", &[]).await;
        assert_eq!(page.header("content-security-policy"), expected);
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        assert_eq!(page.header("cross-origin-resource-policy"), "same-origin");

        let said = ask(&process, "/console/settings.json", &[]).await;
        assert_eq!(said.header("cache-control"), "no-store");
        let said = said.json();
        for (name, value) in settings {
            assert_eq!(said[name], *value, "{said}");
        }
        assert_eq!(said["version"], env!("CARGO_PKG_VERSION"));
        assert_eq!(said.get("token"), None);
        assert_eq!(said.get("demoModelId"), None);
        let first = &said["examples"][0];
        let file: Value =
            serde_json::from_str(include_str!("../../examples/newsletter.json")).unwrap();
        assert_eq!(first["name"], file["name"]);
        assert_eq!(first["file"], file);
        for site in ["cross-site", "same-site"] {
            let headers = [("sec-fetch-site", site)];
            let refused = ask(&process, "/console/settings.json", &headers).await;
            assert_eq!(refused.status, 403, "{site}");
        }
        process.kill().await;
    }
}

#[tokio::test]
async fn without_the_console_graphiql_alone_is_left() {
    let cluster = Cluster::new().await;
    let process = cluster.start(&[("CONSOLE", "off")]).await;
    let home = ask(&process, "/", &[("accept", BROWSER)]).await;
    assert_eq!(
        (home.status, home.header("location")),
        (StatusCode::TEMPORARY_REDIRECT, "/graphiql")
    );
    let page = ask(&process, "/graphiql", &[]).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("graphiql/graphiql.js"));
    for path in ["/inbox", "/console/settings.json"] {
        let answer = ask(&process, path, &[("accept", BROWSER)]).await;
        assert_eq!(answer.status, 404, "{path}");
    }
    process.kill().await;

    // Which reads the schema, so that this leaves nothing.
    let process = cluster
        .start(&[("CONSOLE", "off"), ("INTROSPECTION", "off")])
        .await;
    for path in ["/", "/graphiql"] {
        assert_eq!(ask(&process, path, &[]).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn the_schema_is_for_whoever_may_ask_for_it_by_introspection() {
    let cluster = Cluster::new().await;
    let process = cluster.start(&[]).await;
    let schema = ask(&process, "/schema.graphql", &[]).await;
    assert_eq!(schema.status, 200);
    assert_eq!(
        schema.header("content-type"),
        "application/graphql; charset=utf-8"
    );
    assert_eq!(schema.text(), include_str!("../../schema.graphql"));
    let known = [("if-none-match", schema.header("etag"))];
    let again = ask(&process, "/schema.graphql", &known).await;
    assert_eq!(again.status, 304);
    process.kill().await;

    let process = cluster.start(&[("INTROSPECTION", "off")]).await;
    let kept_back = ask(&process, "/schema.graphql", &[("accept", BROWSER)]).await;
    assert_eq!(kept_back.status, 404);
    let message = &kept_back.json()["errors"][0]["message"];
    assert!(
        message.as_str().unwrap().contains("INTROSPECTION"),
        "{message}"
    );
    // The console needs no introspection.
    assert_eq!(ask(&process, "/", &[]).await.status, 200);
}

#[tokio::test]
async fn whoever_works_on_the_page_sees_its_next_build_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("index.html", "first");
    write("routes.json", "[\"/\", \"/mine/$id\"]");
    let cluster = Cluster::new().await;
    let place = folder.path().to_str().unwrap();
    let process = cluster.start(&[("FOOTLIGHT_CONSOLE_DIR", place)]).await;
    assert_eq!(ask(&process, "/mine/1", &[]).await.text(), "first");
    write("index.html", "second");
    let page = ask(&process, "/mine/1", &[]).await;
    assert_eq!(page.text(), "second");
    assert!(
        page.header("content-security-policy")
            .contains("require-trusted-types-for")
    );
}
