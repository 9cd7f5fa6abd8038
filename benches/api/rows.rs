//! Many runs in a database, made by SQL from one that was really driven. They have no attempts and no
//! events of their own. As those of a server, they were made one after the other, the oldest first, and their
//! ids are in that order.

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bench_support::scene::Database;

/// When the run with number `i` was made: runs are a second apart, the last one so many seconds before the
/// pattern.
const EARLIER_SQLITE: &str =
    "strftime('%Y-%m-%dT%H:%M:%f+00:00', pattern.created_at, '-' || ({age} + i) || ' seconds')";
const EARLIER_POSTGRES: &str = "pattern.created_at - ({age} + i) * interval '1 second'";

/// An id of that moment, as version 7 has it.
const ID_SQLITE: &str = "unhex(printf('%012x', (unixepoch(pattern.created_at) - {age} - i) * 1000)
    || '70008000' || hex(randomblob(6)))";
const ID_POSTGRES: &str =
    "(lpad(to_hex(((extract(epoch from pattern.created_at)::bigint - {age} - i) * 1000)), 12, '0')
    || '70008000' || substr(md5(random()::text), 1, 12))::uuid";

/// One in a thousand failed.
const STATUS: &str = "case when i % 1000 = 0 then 'FAILED' else 'COMPLETED' end";
/// All workflows have as many.
const ANY_SQLITE: &str = "(select id from all_workflows where number = i % total)";
const ANY_POSTGRES: &str = "(all_workflows.ids)[1 + i % array_length(all_workflows.ids, 1)]";

const PATTERN: &str = "select * from executions order by created_at desc, id desc limit 1";

/// What runs are added.
#[derive(Clone, Copy, Debug, Default)]
pub struct Kind<'a> {
    /// How long before the pattern the last of them ended.
    pub days_ago: u32,
    /// Whose they are, if not of all workflows in turn.
    pub workflow: Option<&'a str>,
}

/// Adds runs until there are so many. No server may be running on SQLite.
///
/// # Errors
/// When the database refuses.
pub async fn grow(database: &Database, size: usize, kind: Kind<'_>) -> Result<()> {
    let size = i64::try_from(size)?;
    let there = database.number("select count(*) from executions").await?;
    if there >= size {
        return Ok(());
    }
    let columns = columns(database).await?;
    let (names, last) = (columns.join(", "), size - 1);
    let age = (kind.days_ago * 24 * 60 * 60).to_string();
    let (earlier, id, any_workflow) = match database {
        Database::Sqlite(_) => (EARLIER_SQLITE, ID_SQLITE, ANY_SQLITE),
        Database::Postgres(_) => (EARLIER_POSTGRES, ID_POSTGRES, ANY_POSTGRES),
    };
    let (earlier, id) = (earlier.replace("{age}", &age), id.replace("{age}", &age));
    let workflow = kind.workflow.map(|workflow| id_of(database, workflow));
    let workflow = match (workflow, database) {
        (None, _) => any_workflow.to_owned(),
        (Some(id), Database::Sqlite(_)) => id,
        (Some(id), Database::Postgres(_)) => format!("{id}::uuid"),
    };
    let values = values(
        &columns,
        &[
            ("id", &id),
            ("client_key", "null"),
            ("status", STATUS),
            ("workflow_id", &workflow),
            ("created_at", &earlier),
            ("started_at", &earlier),
            ("completed_at", &earlier),
        ],
    );
    let sql = match database {
        Database::Sqlite(_) => format!(
            "with recursive pattern as ({PATTERN}),
                all_workflows as materialized (select id, row_number() over (order by id) - 1 as number,
                    count(*) over () as total from workflows),
                numbers (i) as (select {last} union all select i - 1 from numbers where i > {there})
            insert into executions ({names})
            select {values} from pattern, numbers"
        ),
        Database::Postgres(_) => format!(
            "insert into executions ({names})
            select {values} from ({PATTERN}) as pattern, generate_series({last}, {there}, -1) as i,
                (select array_agg(id order by id) as ids from workflows) as all_workflows"
        ),
    };
    fill(database, &sql).await
}

/// Runs a statement that adds very many rows. PostgreSQL looks up no foreign keys for it, which takes most of the
/// time: they are those of the pattern.
async fn fill(database: &Database, sql: &str) -> Result<()> {
    match database {
        Database::Sqlite(_) => database.run(sql).await,
        Database::Postgres(_) => {
            let without_keys = format!("set session_replication_role = replica; {sql}");
            database.run(&without_keys).await?;
            database.run("vacuum analyze").await
        }
    }
}

/// Adds users who have a revision each, a copy of the one of the run that was really driven, and pending runs of
/// theirs. No server may be running on SQLite.
///
/// # Errors
/// When the database refuses.
pub async fn wait_in_line(database: &Database, (users, runs): (usize, usize)) -> Result<()> {
    let columns = columns(database).await?;
    let names = columns.join(", ");
    let numbers = |count: usize| {
        format!("numbers (i) as (select 1 union all select i + 1 from numbers where i < {count})")
    };
    let user = |number: &str| match database {
        Database::Sqlite(_) => format!("unhex(printf('%032x', {number}))"),
        Database::Postgres(_) => format!("lpad(to_hex({number}), 32, '0')::uuid"),
    };
    let (id, earlier) = match database {
        Database::Sqlite(_) => ("randomblob(16)", EARLIER_SQLITE),
        Database::Postgres(_) => ("gen_random_uuid()", EARLIER_POSTGRES),
    };
    let earlier = earlier.replace("{age}", "0");
    let (one, owner) = (user("i"), user(&format!("(1 + i % {users})")));
    let pending = [
        ("id", id),
        ("user_id", &owner),
        ("revision_id", &owner),
        ("workflow_id", "null"),
        ("client_key", "null"),
        ("status", "'PENDING'"),
        ("next_seq", "1"),
        ("lease_epoch", "0"),
        ("stage_visits", "1"),
        ("current_stage_order", "1"),
        ("execution_context", "initial_context"),
        ("created_at", &earlier),
        ("started_at", "null"),
        ("completed_at", "null"),
    ];
    let people = format!(
        "with recursive {} insert into user_profiles (id, created_at)
        select {one}, (select max(created_at) from executions) from numbers",
        numbers(users)
    );
    let revisions = format!(
        "with recursive {} insert into workflow_revisions (id, user_id, version, digest, definition)
        select {one}, {one}, 1, 'copy', (select definition from workflow_revisions where id = (
            select revision_id from executions limit 1)) from numbers",
        numbers(users)
    );
    let backlog = format!(
        "with recursive pattern as ({PATTERN}), {}
        insert into executions ({names}) select {} from pattern, numbers",
        numbers(runs),
        values(&columns, &pending)
    );
    for sql in [people, revisions, backlog] {
        fill(database, &sql).await?;
    }
    Ok(())
}

/// The cursor after which the second half of all runs lies.
///
/// # Errors
/// When the database fails.
pub async fn cursor_in_the_middle(database: &Database, size: usize) -> Result<String> {
    let key = match database {
        Database::Sqlite(_) => {
            "cast(round(unixepoch(created_at, 'subsec') * 1000) as integer) || '.' || lower(hex(id))"
        }
        Database::Postgres(_) => {
            "(extract(epoch from created_at) * 1000)::bigint || '.' || replace(id::text, '-', '')"
        }
    };
    let key = in_the_middle(database, size, key).await?;
    Ok(URL_SAFE_NO_PAD.encode(key))
}

/// When the run in the middle of all was made, as RFC 3339 writes it.
///
/// # Errors
/// When the database fails.
pub async fn moment_in_the_middle(database: &Database, size: usize) -> Result<String> {
    let moment = match database {
        Database::Sqlite(_) => "strftime('%Y-%m-%dT%H:%M:%fZ', created_at)",
        Database::Postgres(_) => {
            "to_char(created_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
        }
    };
    in_the_middle(database, size, moment).await
}

async fn in_the_middle(database: &Database, size: usize, what: &str) -> Result<String> {
    let query = format!(
        "select {what} from executions order by created_at desc, id desc limit 1 offset {}",
        size / 2
    );
    database.text(&query).await
}

/// An id as the database writes it in SQL.
#[must_use]
pub fn id_of(database: &Database, id: &str) -> String {
    match database {
        Database::Sqlite(_) => format!("x'{}'", id.replace('-', "")),
        Database::Postgres(_) => format!("'{id}'"),
    }
}

async fn columns(database: &Database) -> Result<Vec<String>> {
    let query = match database {
        Database::Sqlite(_) => "select group_concat(name) from pragma_table_info('executions')",
        Database::Postgres(_) => {
            "select string_agg(column_name, ',') from information_schema.columns
             where table_name = 'executions'"
        }
    };
    let names = database.text(query).await.context("no columns")?;
    Ok(names.split(',').map(str::to_owned).collect())
}

fn values(columns: &[String], changed: &[(&str, &str)]) -> String {
    let value = |column: &String| {
        let change = changed.iter().find(|(name, _)| name == column);
        change.map_or(format!("pattern.{column}"), |(_, value)| {
            (*value).to_owned()
        })
    };
    let values: Vec<String> = columns.iter().map(value).collect();
    values.join(", ")
}
