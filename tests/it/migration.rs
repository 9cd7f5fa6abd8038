//! The tables: up, down and up again, and who may touch them.

use footlight::error::Result;
use footlight::store::Store;
use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, Database as Connection, DatabaseConnection, DbBackend, Statement};

use crate::support::database::{self, Database};

/// Roles that Supabase's public key acts as.
const PUBLIC: [&str; 2] = ["anon", "authenticated"];

#[tokio::test]
async fn every_change_can_be_undone_and_done_again() {
    let database = Database::empty().await;
    let connection = Connection::connect(format!("{}{}", database.url, created(&database)))
        .await
        .unwrap();
    Migrator::up(&connection, None).await.unwrap();
    let after = shape(&connection).await;
    assert!(after.len() > 30, "{after:?}");
    Migrator::up(&connection, None).await.unwrap();
    Migrator::down(&connection, None).await.unwrap();
    let left = shape(&connection).await;
    assert!(
        left.iter().all(|thing| thing.contains("seaql_migrations")),
        "{left:?}"
    );
    Migrator::up(&connection, None).await.unwrap();
    assert_eq!(shape(&connection).await, after);
    connection.close().await.unwrap();
}

#[tokio::test]
async fn what_is_up_to_date_stays_as_it_is() {
    let database = Database::empty().await;
    let mut shapes = Vec::new();
    for _ in 0..2 {
        migrate(&database).await;
        let connection = Connection::connect(&database.url).await.unwrap();
        shapes.push(shape(&connection).await);
        connection.close().await.unwrap();
    }
    assert_eq!(shapes[0], shapes[1]);
}

#[tokio::test]
async fn replicas_that_start_together_migrate_once() {
    if database::server().is_none() {
        return eprintln!("left out: an SQLite file has one process");
    }
    let database = Database::empty().await;
    tokio::join!(migrate(&database), migrate(&database), migrate(&database));
    let connection = Connection::connect(&database.url).await.unwrap();
    let made = texts(
        &connection,
        "select version as thing from seaql_migrations order by applied_at, version",
    )
    .await;
    let all = Migrator::migrations();
    let all: Vec<_> = all.iter().map(|change| change.name()).collect();
    assert_eq!(made, all);
    connection.close().await.unwrap();
}

/// Brings a database up to date as a process does that starts on it.
async fn migrate(database: &Database) {
    try_to_migrate(database).await.unwrap();
}

async fn try_to_migrate(database: &Database) -> Result<()> {
    let store = Store::connect(&database.url, 2).await.unwrap();
    let migrated = store.migrate().await;
    store.close().await;
    migrated
}

#[tokio::test]
async fn a_change_that_was_cut_off_in_the_middle_is_made_again() {
    let database = Database::empty().await;
    let url = format!("{}{}", database.url, created(&database));
    let connection = Connection::connect(&url).await.unwrap();
    // The last statement of the change that makes the table of runs needs this name.
    let obstacle = "create table executions_ended (id integer)";
    connection.execute_unprepared(obstacle).await.unwrap();
    connection.close().await.unwrap();

    try_to_migrate(&database).await.unwrap_err();
    let connection = Connection::connect(&database.url).await.unwrap();
    let left = shape(&connection).await;
    assert!(
        !left.iter().any(|thing| thing.contains("executions_newest")),
        "a change is made as a whole: {left:?}"
    );
    let gone = "drop table executions_ended";
    connection.execute_unprepared(gone).await.unwrap();
    connection.close().await.unwrap();
    migrate(&database).await;

    let whole = Database::empty().await;
    migrate(&whole).await;
    let mut shapes = Vec::new();
    for database in [&database, &whole] {
        let connection = Connection::connect(&database.url).await.unwrap();
        shapes.push(shape(&connection).await);
        connection.close().await.unwrap();
    }
    assert_eq!(shapes[0], shapes[1]);
}

#[tokio::test]
async fn a_database_of_a_later_version_is_served() {
    let database = Database::empty().await;
    migrate(&database).await;
    let connection = Connection::connect(&database.url).await.unwrap();
    let later =
        "insert into seaql_migrations (version, applied_at) values ('m21000101_000001_later', 0)";
    connection.execute_unprepared(later).await.unwrap();
    connection.close().await.unwrap();
    migrate(&database).await;
}

#[tokio::test]
async fn the_public_key_reaches_no_table() {
    if database::server().is_none() {
        return eprintln!("left out: SQLite has no roles");
    }
    let database = Database::empty().await;
    let connection = Connection::connect(&database.url).await.unwrap();
    for role in PUBLIC {
        // Roles are the whole server's, and another test may be making the same one.
        let make = format!(
            "do $$ begin create role {role} nologin; exception when others then null; end $$;
            grant usage on schema public to {role};
            alter default privileges in schema public grant all on tables to {role};"
        );
        connection.execute_unprepared(&make).await.unwrap();
    }
    migrate(&database).await;

    let tables = texts(
        &connection,
        "select relname::text as thing from pg_class
        where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm')",
    )
    .await;
    assert!(tables.len() >= 11, "{tables:?}");
    let open = texts(
        &connection,
        "select relname::text as thing from pg_class
        where relnamespace = 'public'::regnamespace and relkind = 'r' and not relrowsecurity",
    )
    .await;
    assert_eq!(open, [""; 0], "tables without row-level security");

    for role in PUBLIC {
        let intruder = acting_as(&database, role).await;
        for table in &tables {
            let column = column_of(&connection, table).await;
            for statement in [
                format!("select * from {table}"),
                format!("insert into {table} default values"),
                format!("update {table} set {column} = {column}"),
                format!("delete from {table}"),
                format!("truncate {table}"),
            ] {
                let refusal = intruder.execute_unprepared(&statement).await.unwrap_err();
                let refusal = refusal.to_string();
                assert!(
                    refusal.contains("permission denied"),
                    "{role}: {statement}: {refusal}"
                );
            }
        }
        intruder.close().await.unwrap();
    }

    // Somebody grants it all again: row-level security still shows and takes nothing.
    let profile = "insert into user_profiles (id) values (gen_random_uuid())";
    connection.execute_unprepared(profile).await.unwrap();
    for role in PUBLIC {
        let grant = format!("grant all on all tables in schema public to {role}");
        connection.execute_unprepared(&grant).await.unwrap();
        let intruder = acting_as(&database, role).await;
        for table in &tables {
            let column = column_of(&connection, table).await;
            for statement in [
                format!("select * from {table}"),
                format!("update {table} set {column} = {column}"),
                format!("delete from {table}"),
            ] {
                let done = intruder.execute_unprepared(&statement).await.unwrap();
                assert_eq!(done.rows_affected(), 0, "{role}: {statement}");
            }
        }
        let refusal = intruder.execute_unprepared(profile).await.unwrap_err();
        let refusal = refusal.to_string();
        assert!(refusal.contains("row-level security"), "{role}: {refusal}");
        intruder.close().await.unwrap();
    }
    connection.close().await.unwrap();
}

/// A connection whose every statement is made in this role.
async fn acting_as(database: &Database, role: &str) -> DatabaseConnection {
    let url = format!("{}?options=-c%20role%3D{role}", database.url);
    Connection::connect(url).await.unwrap()
}

/// The first column of a table.
async fn column_of(connection: &DatabaseConnection, table: &str) -> String {
    let sql = format!(
        "select attname::text as thing from pg_attribute
        where attrelid = '{table}'::regclass and attnum = 1"
    );
    texts(connection, &sql).await.remove(0)
}

#[tokio::test]
async fn a_sign_up_trigger_can_add_a_profile() {
    if database::server().is_none() {
        return eprintln!("left out: Supabase is PostgreSQL");
    }
    for columns in [
        "(id) values (new.id)",
        "(id, email) values (new.id, new.email)",
    ] {
        let database = Database::fresh().await;
        let connection = Connection::connect(&database.url).await.unwrap();
        let trigger = format!(
            "create schema auth;
            create table auth.users (id uuid primary key, email text);
            create function public.handle_new_user() returns trigger
                language plpgsql security definer set search_path = '' as $$ begin
                insert into public.user_profiles {columns};
                return new;
            end $$;
            create trigger on_auth_user_created after insert on auth.users
                for each row execute function public.handle_new_user();
            insert into auth.users values (gen_random_uuid(), 'ada@example.com')"
        );
        connection.execute_unprepared(&trigger).await.unwrap();
        let profiles = texts(
            &connection,
            "select concat_ws(' ', preferences, saved_prompts, max_snapshots) as thing
            from user_profiles where created_at <= now()",
        )
        .await;
        assert_eq!(profiles, ["{} [] 50"], "{columns}");
        connection.close().await.unwrap();
    }
}

/// Has an SQLite file be made.
fn created(database: &Database) -> &'static str {
    if database.url.starts_with("sqlite") {
        "?mode=rwc"
    } else {
        ""
    }
}

/// Every column, index and constraint, as the database describes them.
async fn shape(connection: &DatabaseConnection) -> Vec<String> {
    let sql = match connection.get_database_backend() {
        DbBackend::Postgres => {
            "select concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default) as thing
                from information_schema.columns where table_schema = 'public'
            union all select indexdef from pg_indexes where schemaname = 'public'
            union all select conrelid::regclass || ' ' || pg_get_constraintdef(oid)
                from pg_constraint where connamespace = 'public'::regnamespace
            order by 1"
        }
        _ => "select name || ' ' || coalesce(sql, '') as thing from sqlite_master order by name",
    };
    texts(connection, sql).await
}

async fn texts(connection: &DatabaseConnection, sql: &str) -> Vec<String> {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let rows = connection.query_all_raw(statement).await.unwrap();
    rows.iter()
        .map(|row| row.try_get("", "thing").unwrap())
        .collect()
}
