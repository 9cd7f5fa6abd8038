//! Pending runs by the thousand, written by the database itself.

use sea_orm::{ConnectionTrait, DbBackend};
use uuid::Uuid;

/// The user with this number.
pub fn user(number: u32) -> Uuid {
    Uuid::from_u128((0x7000_8000 << 32) | u128::from(number))
}

/// Adds the users with the numbers from 1 on, each with a revision.
pub async fn add_users(db: &impl ConnectionTrait, count: u32) {
    let words = Words::of(db);
    let (numbers, id) = (numbers(count), words.user("n"));
    let now = words.seconds_ago("0");
    let profiles = format!(
        "with recursive {numbers} insert into user_profiles (id, created_at)
        select {id}, {now} from numbers"
    );
    db.execute_unprepared(&profiles).await.unwrap();
    let revisions = "insert into workflow_revisions (id, user_id, version, digest, definition)
        select id, id, 1, 'none', '[]' from user_profiles";
    db.execute_unprepared(revisions).await.unwrap();
}

/// Gives each of the users with these numbers so many pending runs, made a second after each other, the last one just
/// now. They are written as a version writes them that knows nothing of later columns.
pub async fn add_runs(db: &impl ConnectionTrait, (first, last): (u32, u32), runs: u32) {
    let words = Words::of(db);
    let users = last - first + 1;
    let owner = words.user(&format!("({first} + n % {users})"));
    let sql = format!(
        "with recursive {numbers}
        insert into executions (id, user_id, revision_id, status, current_stage_order, created_at)
        select {id}, {owner}, {owner}, 'PENDING', 1, {at} from numbers",
        numbers = numbers(users * runs),
        id = words.id,
        at = words.seconds_ago(&format!("(n / {users})")),
    );
    db.execute_unprepared(&sql).await.unwrap();
}

/// Gives each run that has none yet its first event.
pub async fn add_events(db: &impl ConnectionTrait) {
    let sql = "insert into execution_events
            (execution_id, seq, user_id, kind, payload, created_at)
        select id, 1, user_id, 'ExecutionStatusChanged', '{}', created_at from executions
        where not exists (
            select 1 from execution_events where execution_id = executions.id)";
    db.execute_unprepared(sql).await.unwrap();
}

fn numbers(count: u32) -> String {
    format!("numbers (n) as (select 1 union all select n + 1 from numbers where n < {count})")
}

/// What the databases call things.
struct Words {
    id: &'static str,
    backend: DbBackend,
}

impl Words {
    fn of(db: &impl ConnectionTrait) -> Self {
        let backend = db.get_database_backend();
        match backend {
            DbBackend::Postgres => Self {
                id: "gen_random_uuid()",
                backend,
            },
            _ => Self {
                id: "randomblob(16)",
                backend,
            },
        }
    }

    fn user(&self, number: &str) -> String {
        match self.backend {
            DbBackend::Postgres => {
                format!("('000000000000000070008000' || lpad(to_hex({number}), 8, '0'))::uuid")
            }
            _ => format!("unhex(printf('000000000000000070008000%08x', {number}))"),
        }
    }

    fn seconds_ago(&self, seconds: &str) -> String {
        match self.backend {
            DbBackend::Postgres => format!("now() - {seconds} * interval '1 second'"),
            _ => format!(
                "strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now', '-' || {seconds} || ' seconds')"
            ),
        }
    }
}
