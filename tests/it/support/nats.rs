//! A NATS server of a test's own.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::net::TcpStream;

use super::process::eventually;

/// A running `nats-server`, which ends with the test.
pub struct Nats {
    child: Child,
    port: u16,
}

impl Nats {
    /// Starts one on a free port. None, and a word about it, where it is not installed; where `CI` is
    /// set that is a failure.
    pub async fn start() -> Option<Self> {
        let free = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let Some(child) = spawn(port) else {
            assert!(!in_ci(), "nats-server is not installed");
            eprintln!("left out, for nats-server is not installed (a Debian package)");
            return None;
        };
        let nats = Self { child, port };
        nats.answers().await;
        Some(nats)
    }

    /// What goes into `NATS_URL`.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Kills it and starts it again, some time later.
    pub async fn restart(&mut self, pause: Duration) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        tokio::time::sleep(pause).await;
        self.child = spawn(self.port).unwrap();
        self.answers().await;
    }

    async fn answers(&self) {
        eventually("NATS", || async {
            TcpStream::connect(("127.0.0.1", self.port)).await.ok()
        })
        .await;
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(port: u16) -> Option<Child> {
    Command::new("nats-server")
        .args(["--addr", "127.0.0.1", "--port", &port.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .ok()
}

fn in_ci() -> bool {
    std::env::var_os("CI").is_some()
}
