//! The layers hold: who may import whom, where a library may be named, how a file opens, and how
//! SQLite is compiled.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use sea_orm::{ConnectionTrait, Database, DbBackend, Statement};

/// What each module may import of this crate, beside itself.
const LAYERS: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("clock", &[]),
    ("config", &["faults"]),
    ("telemetry", &[]),
    ("faults", &[]),
    ("domain", &["error"]),
    ("entity", &["domain"]),
    ("auth", &["error", "clock", "domain"]),
    ("llm", &["error", "clock", "domain"]),
    ("store", &["error", "domain", "entity"]),
    ("events", &["error", "faults", "domain", "entity", "store"]),
    (
        "service",
        &[
            "error", "clock", "faults", "domain", "entity", "auth", "store", "events",
        ],
    ),
    (
        "engine",
        &["error", "clock", "domain", "entity", "service", "llm"],
    ),
    ("graphql", &["error", "domain", "entity", "service"]),
    (
        "http",
        &["error", "clock", "domain", "auth", "service", "graphql"],
    ),
    (
        "cli",
        &["error", "clock", "config", "domain", "auth", "service"],
    ),
];

/// Where each of these may be named.
const CONFINED: &[(&str, &[&str])] = &[
    ("sea_orm::", &["entity", "store", "service/tx", "app"]),
    ("async_graphql::", &["graphql", "http", "app"]),
    ("axum::", &["http", "app", "main"]),
    ("std::env", &["config"]),
    (".begin(", &["service/tx", "store"]),
];

#[test]
fn every_module_imports_only_the_layers_below_it() {
    let allowed: BTreeMap<_, _> = LAYERS.iter().copied().collect();
    let mut broken = Vec::new();
    for (path, text) in sources() {
        let layer = layer(&path);
        let Some(allowed) = allowed.get(layer.as_str()) else {
            continue;
        };
        for imported in imports(&text) {
            let inside = imported == layer || allowed.contains(&imported.as_str());
            if !inside && LAYERS.iter().any(|(name, _)| *name == imported) {
                broken.push(format!("{path} imports {imported}"));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn libraries_stay_in_their_layers() {
    let mut broken = Vec::new();
    for (path, text) in sources() {
        for (name, places) in CONFINED {
            let at_home = places.iter().any(|place| path.starts_with(place));
            if !at_home && code(&text).any(|line| names(line, name)) {
                broken.push(format!("{path} names {name}"));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_file_says_what_belongs_in_it() {
    let silent: Vec<String> = sources()
        .into_iter()
        .filter(|(_, text)| !text.starts_with("//! "))
        .map(|(path, _)| path)
        .collect();
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}

/// `.cargo/config.toml` sets the options; a `LIBSQLITE3_FLAGS` of the environment would replace them.
#[tokio::test]
async fn connections_of_sqlite_share_no_lock_and_keep_their_statements() {
    let connection = Database::connect("sqlite::memory:").await.unwrap();
    for (option, used) in [
        ("DEFAULT_MEMSTATUS=0", true),
        ("ENABLE_MEMORY_MANAGEMENT", false),
        ("ENABLE_QPSG", true),
    ] {
        let query = format!("select sqlite_compileoption_used('{option}')");
        let query = Statement::from_string(DbBackend::Sqlite, query);
        let answer = connection.query_one_raw(query).await.unwrap().unwrap();
        assert_eq!(
            answer.try_get_by_index::<bool>(0).unwrap(),
            used,
            "{option}"
        );
    }
}

/// Is `name` used here on its own, not as the end of a longer path?
fn names(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        name.starts_with('.') || !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}

/// The lines of code before the file's own tests.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .take_while(|line| !line.starts_with("#[cfg(test)]"))
        .filter(|line| !line.trim_start().starts_with("//"))
}

fn imports(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in code(text) {
        for (at, marker) in line.match_indices("crate::") {
            let rest = &line[at + marker.len()..];
            let names = match rest.strip_prefix('{') {
                Some(list) => list.trim_end_matches(['}', ';', ',']),
                None => rest,
            };
            for name in names.split(',') {
                let end = name
                    .trim_start()
                    .find(|c: char| !c.is_alphanumeric() && c != '_')
                    .unwrap_or(name.trim_start().len());
                found.push(name.trim_start()[..end].to_owned());
            }
        }
    }
    found
}

fn layer(path: &str) -> String {
    let first = path.split('/').next().unwrap_or(path);
    first.trim_end_matches(".rs").to_owned()
}

/// Every source file, by its path below `src`.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    walk(&root, &mut |path| {
        let name = path.strip_prefix(&root).unwrap().to_string_lossy();
        found.push((name.into_owned(), fs::read_to_string(&path).unwrap()));
    });
    assert!(found.len() > 40, "the sources were not found");
    found
}

fn walk(folder: &Path, visit: &mut dyn FnMut(PathBuf)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, visit);
        } else if path.extension().is_some_and(|end| end == "rs") {
            visit(path);
        }
    }
}
