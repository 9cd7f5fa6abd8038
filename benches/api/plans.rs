//! How the databases carry out the statements behind each question.
//!
//! 1. PostgreSQL logs every statement with its plan (`auto_explain`). What is logged while nothing is
//!    asked is the server's own business and left out.
//! 2. Each question is asked once, and what is logged then is what it leads to.
//! 3. SQLite is asked how it carries out the same statements: the server writes one SQL for both.

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use bench_support::api::Api;
use bench_support::postgres::Postgres;
use bench_support::report::Row;
use bench_support::sqlite;
use serde_json::Value;

use super::questions::Question;

/// The table that is large here: reading it from end to end is a fault. Of the others, reading all
/// may well be the fastest.
const LARGE: &str = "executions";

/// In this time the server does all that it does on its own.
const OWN_BUSINESS: Duration = Duration::from_secs(7);

/// Makes PostgreSQL log the statements and plans of later connections to a database.
pub const LOGGING: [&str; 3] = [
    "session_preload_libraries = 'auto_explain'",
    "auto_explain.log_min_duration = 0",
    "auto_explain.log_format = 'json'",
];

/// A statement that a question leads to, with PostgreSQL's plan.
pub struct Statement {
    pub sql: String,
    plan: Value,
}

/// What each question leads to, on a server whose statements are logged.
///
/// # Errors
/// When a question is answered by an error.
pub async fn collect(
    postgres: &Postgres,
    api: &Api,
    questions: &[Question],
) -> Result<Vec<Vec<Statement>>> {
    tokio::time::sleep(OWN_BUSINESS).await;
    let log = postgres.log()?;
    let own: HashSet<String> = statements(&log).into_iter().map(|own| own.sql).collect();
    let mut from = log.len();
    let mut all = Vec::new();
    for question in questions {
        api.data(question.query, question.variables.clone()).await?;
        let log = postgres.log()?;
        let mut led_to = statements(&log[from..]);
        led_to.retain(|statement| !own.contains(&statement.sql));
        from = log.len();
        all.push(led_to);
    }
    Ok(all)
}

/// PostgreSQL's way with each question.
#[must_use]
pub fn on_postgres(questions: &[Question], statements: &[Vec<Statement>]) -> Vec<Row> {
    let rows = questions.iter().zip(statements);
    rows.map(|(question, statements)| {
        let mut nodes = Vec::new();
        for statement in statements {
            walk(&statement.plan, &mut nodes);
        }
        let of = |kind: &str, what: &str| {
            let found = nodes
                .iter()
                .filter(|node| node["Node Type"].as_str() == Some(kind));
            found
                .filter_map(|node| node[what].as_str())
                .collect::<Vec<_>>()
        };
        let indexes = nodes.iter().filter_map(|node| node["Index Name"].as_str());
        let mut whole = of("Seq Scan", "Relation Name");
        whole.retain(|table| *table == LARGE);
        Row::new()
            .with("question", question.name)
            .with("statements", statements.len())
            .with("runs read whole", listed(whole))
            .with(
                "sorts",
                of("Sort", "Node Type").len() + of("Incremental Sort", "Node Type").len(),
            )
            .with("indexes", listed(indexes.collect()))
    })
    .collect()
}

/// SQLite's way with the same statements, on the database in this file.
///
/// # Errors
/// When it does not understand one.
pub fn on_sqlite(
    file: &Path,
    questions: &[Question],
    statements: &[Vec<Statement>],
) -> Result<Vec<Row>> {
    let connection = sqlite::reader(file)?;
    let mut rows = Vec::new();
    for (question, statements) in questions.iter().zip(statements) {
        let mut steps = Vec::new();
        for statement in statements {
            steps.extend(sqlite::plan(&connection, &for_sqlite(&statement.sql))?);
        }
        let whole = steps.iter().filter_map(|step| step.strip_prefix("SCAN "));
        let whole = whole.filter(|table| *table == LARGE);
        let indexes = steps.iter().filter_map(|step| {
            let (_, index) = step.split_once("INDEX ")?;
            index.split_whitespace().next()
        });
        rows.push(
            Row::new()
                .with("question", question.name)
                .with("statements", statements.len())
                .with("runs read whole", listed(whole.collect()))
                .with(
                    "sorts",
                    steps.iter().filter(|step| step.contains("B-TREE")).count(),
                )
                .with("indexes", listed(indexes.collect())),
        );
    }
    Ok(rows)
}

/// SQLite knows no parentheses around the parts of a union: the server leaves them out for it.
fn for_sqlite(sql: &str) -> String {
    sql.replace("UNION ALL (", "UNION ALL ")
        .replace("AS \"page\")", "AS \"page\"")
}

/// The queries in a piece of PostgreSQL's log.
fn statements(log: &str) -> Vec<Statement> {
    let plans = log.split("  plan:\n").skip(1);
    let plans = plans.filter_map(|rest| {
        let lines: String = rest
            .lines()
            .take_while(|line| line.starts_with('\t'))
            .collect();
        let mut plan: Value = serde_json::from_str(&lines.replace('\t', " ")).ok()?;
        let sql = plan["Query Text"].as_str()?.to_owned();
        Some(Statement {
            sql,
            plan: plan["Plan"].take(),
        })
    });
    plans
        .filter(|statement| {
            statement
                .sql
                .trim_start()
                .to_lowercase()
                .starts_with("select")
        })
        .collect()
}

fn walk<'a>(node: &'a Value, nodes: &mut Vec<&'a Value>) {
    nodes.push(node);
    for child in node["Plans"].as_array().into_iter().flatten() {
        walk(child, nodes);
    }
}

fn listed(mut names: Vec<&str>) -> String {
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}
