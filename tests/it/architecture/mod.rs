//! The layers hold: who may import whom, that nothing goes in circles, where a library may be named, how a
//! file opens, and how SQLite is compiled.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ConnectionTrait, Database, DbBackend, Statement};

use self::source::Sources;

mod source;

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
const CONFINED: &[(&[&str], &[&str])] = &[
    (&["sea_orm"], &["entity", "store", "service/tx", "app"]),
    (&["async_graphql"], &["graphql", "http", "app"]),
    (&["axum"], &["http", "app", "main"]),
    (&["std", "env"], &["config"]),
];

/// Where transactions are begun.
const BEGIN: (&str, &[&str]) = (".begin(", &["service/tx", "store"]);

/// Files of a folder that may import each other in a circle.
const CIRCLES: &[(&str, &[&str])] = &[
    // The schema is a graph: a workflow has stages and a stage its workflow, and each noun is a file.
    (
        "graphql",
        &[
            "connection",
            "event",
            "execution",
            "execution_log",
            "snapshot",
            "stage",
            "workflow",
        ],
    ),
];

#[test]
fn every_module_imports_only_the_layers_below_it() {
    let allowed: BTreeMap<_, _> = LAYERS.iter().copied().collect();
    let sources = Sources::read();
    let mut broken = Vec::new();
    for file in &sources.files {
        let Some((layer, allowed)) = file
            .module
            .first()
            .and_then(|layer| allowed.get_key_value(layer.as_str()))
        else {
            continue;
        };
        for module in sources.named(file) {
            let Some(imported) = module.first() else {
                continue;
            };
            let inside = imported == layer || allowed.contains(&imported.as_str());
            if !inside {
                broken.push(format!("{} imports {imported}", file.path));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// Within a folder: what a folder's own `mod.rs` shares with the files below it is the folder's.
#[test]
fn nothing_imports_in_a_circle() {
    let mut broken = Vec::new();
    for (folder, imports) in folders(&Sources::read()) {
        let allowed = CIRCLES.iter().find(|(name, _)| *name == folder);
        let allowed = allowed.map_or(&[][..], |(_, members)| members);
        for circle in circles(&imports) {
            if !circle.iter().all(|member| allowed.contains(member)) {
                let circle: Vec<_> = circle.into_iter().collect();
                broken.push(format!("{folder}/: {}", circle.join(" ↔ ")));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// For each folder which of its files and folders imports which other of them.
fn folders(sources: &Sources) -> BTreeMap<String, BTreeMap<&str, BTreeSet<&str>>> {
    let mut found = BTreeMap::<_, BTreeMap<_, BTreeSet<_>>>::new();
    for file in &sources.files {
        for imported in sources.imported(file) {
            let both = file.module.iter().zip(imported);
            let shared = both.take_while(|(one, other)| one == other).count();
            if let (Some(from), Some(to)) = (file.module.get(shared), imported.get(shared)) {
                let folder = found.entry(file.module[..shared].join("/")).or_default();
                folder.entry(from.as_str()).or_default().insert(to.as_str());
            }
        }
    }
    found
}

/// The largest sets of which each reaches each other.
fn circles<'a>(imports: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> BTreeSet<BTreeSet<&'a str>> {
    let reached = |from: &'a str| {
        let (mut seen, mut unread) = (BTreeSet::new(), vec![from]);
        while let Some(at) = unread.pop() {
            let next = imports.get(at).into_iter().flatten();
            unread.extend(next.copied().filter(|next| seen.insert(*next)));
        }
        seen
    };
    let reach: BTreeMap<_, _> = imports.keys().map(|from| (*from, reached(from))).collect();
    let in_circles = reach.iter().filter(|(from, seen)| seen.contains(*from));
    in_circles
        .map(|(from, seen)| {
            let back = |other: &&&str| reach.get(**other).is_some_and(|it| it.contains(from));
            seen.iter().filter(back).copied().collect()
        })
        .collect()
}

#[test]
fn a_circle_is_found_however_long_it_is() {
    let imports = [("a", "b"), ("b", "c"), ("c", "a"), ("d", "a"), ("c", "e")];
    let mut graph = BTreeMap::<_, BTreeSet<_>>::new();
    for (from, to) in imports {
        graph.entry(from).or_default().insert(to);
    }
    let expected = BTreeSet::from([BTreeSet::from(["a", "b", "c"])]);
    assert_eq!(circles(&graph), expected);
}

#[test]
fn libraries_stay_in_their_layers() {
    let mut broken = Vec::new();
    for file in Sources::read().files {
        let elsewhere = |places: &[&str]| !places.iter().any(|it| file.path.starts_with(it));
        for (library, places) in CONFINED {
            let begins = |path: &Vec<String>| path.iter().zip(*library).all(|(a, b)| a == b);
            let named = |path: &&Vec<String>| path.len() >= library.len() && begins(path);
            if elsewhere(places) && file.paths.iter().any(|path| named(&path)) {
                broken.push(format!("{} names {}", file.path, library.join("::")));
            }
        }
        let (begin, places) = BEGIN;
        let mut lines = file.code().lines();
        let begins = |line: &str| line.contains(begin) && !line.trim_start().starts_with("//");
        if elsewhere(places) && lines.any(begins) {
            broken.push(format!("{} has {begin}", file.path));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_file_says_what_belongs_in_it() {
    let files = Sources::read().files.into_iter();
    let silent: Vec<String> = files
        .filter(|file| !file.text.starts_with("//! "))
        .map(|file| file.path)
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
