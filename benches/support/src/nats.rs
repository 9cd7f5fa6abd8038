//! A NATS server of an instrument's own.

use std::process::Stdio;

use anyhow::{Context, Result};
use tokio::process::{Child, Command};

use crate::process::free_address;

/// A running `nats-server`, which ends when dropped.
pub struct Nats {
    _child: Child,
    url: String,
}

impl Nats {
    /// Starts one on a free port. The servers that use it wait for it.
    ///
    /// # Errors
    /// When it is not installed.
    pub async fn start() -> Result<Self> {
        let address = free_address()?;
        let child = Command::new("nats-server")
            .args(["--addr", "127.0.0.1", "--port", &address.port().to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("nats-server is not installed (a Debian package)")?;
        while tokio::net::TcpStream::connect(address).await.is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        Ok(Self {
            _child: child,
            url: format!("nats://{address}"),
        })
    }

    /// What goes into `NATS_URL`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}
