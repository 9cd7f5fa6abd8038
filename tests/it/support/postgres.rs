//! A PostgreSQL server of a test's own, which it may stop and start.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A running server, which ends with the test.
pub struct Postgres {
    folder: TempDir,
    programs: PathBuf,
    port: u16,
}

impl Postgres {
    /// Starts one on a free port.
    pub fn start() -> Self {
        let free = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let folder = tempfile::tempdir().unwrap();
        let server = Self {
            folder,
            programs: programs(),
            port,
        };
        if is_root() {
            let owned = Command::new("chown")
                .arg("postgres")
                .arg(server.folder.path())
                .status();
            assert!(owned.unwrap().success());
        }
        server.run(
            "initdb",
            &["--username=footlight", "--auth=trust", "--no-sync"],
        );
        server.up();
        server
    }

    /// What goes into `DATABASE_URL`.
    pub fn url(&self) -> String {
        format!("postgres://footlight@127.0.0.1:{}/postgres", self.port)
    }

    /// Stops it at once, as a crash would.
    pub fn down(&self) {
        self.run("pg_ctl", &["--mode=immediate", "--wait", "stop"]);
    }

    /// Starts it again.
    pub fn up(&self) {
        let options = format!(
            "-p {} -k {} -c listen_addresses=127.0.0.1",
            self.port,
            self.folder.path().display()
        );
        let log = format!("--log={}/log", self.folder.path().display());
        let options = format!("--options={options}");
        self.run("pg_ctl", &[&log, &options, "--wait", "start"]);
    }

    /// Runs one of its programs on its data, as another user where this is root's: PostgreSQL refuses
    /// to be root's.
    fn run(&self, program: &str, arguments: &[&str]) {
        let program = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
            command.arg(program);
            command
        } else {
            Command::new(program)
        };
        let data = self.folder.path().join("data");
        let status = command
            .arg("--pgdata")
            .arg(data)
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(status.unwrap().success(), "{command:?}");
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.down();
    }
}

/// Where the newest installed PostgreSQL keeps its programs: on Debian not on the path.
fn programs() -> PathBuf {
    let versions = Path::new("/usr/lib/postgresql").read_dir();
    let newest = versions
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .max();
    PathBuf::from(format!("/usr/lib/postgresql/{}/bin", newest.unwrap()))
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().unwrap();
    output.stdout == b"0\n"
}
