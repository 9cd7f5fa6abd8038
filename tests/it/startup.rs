//! What a process does before it serves: it says what it waits for, warns of what is weak, and keeps its files
//! to itself. No setting that may hold a secret is repeated by any of it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::database::{self, Database};
use crate::support::process::Cluster;
use crate::support::proxy::{Fate, Proxy, server_of};

/// How soon the log says what a start waits for; a process takes a moment to begin.
const SOON: Duration = Duration::from_millis(1500);
const PASSWORD: &str = "hunter2";

#[tokio::test]
async fn a_postgres_that_is_not_there_is_named_and_waited_for() {
    let Some(server) = database::server() else {
        return eprintln!("left out: this is about PostgreSQL");
    };
    // A port that was free a moment ago.
    let free = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let database = Database::fresh().await;
    let name = database.url.rsplit_once('/').unwrap().1;
    let url = format!("postgres://footlight:{PASSWORD}@{address}/{name}");
    let cluster = Cluster::on(database).await;
    let began = Instant::now();
    let mut process = cluster.spawn(&[("DATABASE_URL", &url)]);
    let line = process.says("connection refused").await;
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    assert!(line.contains(&address.to_string()), "{line}");
    assert!(line.contains("waiting"), "{line}");

    let _proxy = Proxy::start_at(address, server_of(&server)).await;
    process.serves().await;
    process.says("is there").await;
    assert!(!process.log().contains(PASSWORD), "{}", process.log());
}

#[tokio::test]
async fn what_a_postgres_says_that_cannot_be_used_is_in_the_log() {
    let refuses = refusing(
        "28P01",
        "password authentication failed for user \"footlight\"",
    )
    .await;
    let starting = refusing("57P03", "the database system is starting up").await;
    let silent = Proxy::start(refuses).await;
    silent.meet(Fate::Silent);
    let silent = silent.in_front_of("postgres://footlight@127.0.0.1:1/d");
    let silent = silent.rsplit_once('@').unwrap().1.to_owned();
    let cluster = Cluster::new().await;
    for (place, said) in [
        (format!("{refuses}/d"), "password authentication failed"),
        (format!("{starting}/d"), "starting up"),
        (format!("{refuses}/d?sslmode=require"), "TLS failed"),
        ("nowhere.invalid:5432/d".to_owned(), "no such host"),
        (silent, "no answer"),
    ] {
        let url = format!("postgres://footlight:{PASSWORD}@{place}");
        let began = Instant::now();
        let mut process = cluster.spawn(&[("DATABASE_URL", &url)]);
        let line = process.says("cannot reach PostgreSQL").await;
        assert!(began.elapsed() < SOON, "{said}: {:?}", began.elapsed());
        assert!(line.contains(said), "{line}");
        let host = place.split('/').next().unwrap();
        assert!(line.contains(host), "{line}");
        assert!(!process.log().contains(PASSWORD), "{}", process.log());
    }
}

/// The first process of a container is told in no other way, and is killed when it does not hear.
#[tokio::test]
async fn a_start_that_waits_for_its_database_ends_when_it_is_asked_to() {
    let silent = Proxy::start(refusing("57P03", "the database system is starting up").await).await;
    let url = silent.in_front_of("postgres://footlight@127.0.0.1:1/d");
    let cluster = Cluster::new().await;
    let mut process = cluster.spawn(&[("DATABASE_URL", &url)]);
    process.says("cannot reach PostgreSQL").await;
    process.signal("TERM");
    assert_eq!(process.ended().await, Some(0));
}

#[tokio::test]
async fn a_short_secret_is_warned_of() {
    let cluster = Cluster::new().await;
    let mut process = cluster.spawn(&[("SUPABASE_JWT_SECRET", "thirty-one bytes are not enough")]);
    let line = process.says("RFC 7518").await;
    assert!(line.contains("31"), "{line}");
    assert!(!line.contains("thirty-one"), "{line}");
    process.serves().await;
    process.kill().await;
    let process = cluster.start(&[]).await;
    assert!(!process.log().contains("RFC 7518"), "{}", process.log());
}

#[cfg(unix)]
#[tokio::test]
async fn the_files_of_sqlite_are_their_owners_alone() {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let path = |end: &str| folder.path().join(format!("test.db{end}"));
    let url = format!("sqlite://{}", path("").display());
    let cluster = Cluster::on(Database::at(url)).await;
    for _ in ["new", "once open to others"] {
        let process = cluster.start(&[]).await;
        for end in ["", "-wal", "-shm", ".lock"] {
            let mode = fs::metadata(path(end)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{end}");
        }
        // Killed, it leaves its siblings.
        process.kill().await;
        for end in ["", "-wal", "-shm", ".lock"] {
            fs::set_permissions(path(end), Permissions::from_mode(0o644)).unwrap();
        }
    }
}

/// A server that speaks just enough of PostgreSQL's protocol to refuse whoever comes.
async fn refusing(code: &'static str, message: &'static str) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut client, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut request = [0; 8];
                if client.read_exact(&mut request).await.is_err() {
                    return;
                }
                // The request for TLS; this server has none.
                if request[4..] == 80_877_103_u32.to_be_bytes() {
                    client.write_all(b"N").await.unwrap();
                    if client.read_exact(&mut request).await.is_err() {
                        return;
                    }
                }
                let fields = format!("SFATAL\0VFATAL\0C{code}\0M{message}\0\0");
                let length = u32::try_from(fields.len() + 4).unwrap();
                let mut refusal = vec![b'E'];
                refusal.extend(length.to_be_bytes());
                refusal.extend(fields.as_bytes());
                // Whoever came may have gone.
                let _ = client.write_all(&refusal).await;
                let _ = client.shutdown().await;
            });
        }
    });
    address
}
