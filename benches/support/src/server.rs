//! The server in a process of its own.

use std::fs::File;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::process::free_address;
use crate::usage::Usage;

const PATIENCE: Duration = Duration::from_secs(30);

/// A variable of the server's environment.
pub type Variable = (String, String);

/// A running server. It is killed when dropped.
pub struct Server {
    pub address: SocketAddr,
    /// From its start until it was ready to serve.
    pub ready_after: Duration,
    child: Child,
}

impl Server {
    /// Starts the binary with these variables and no others, on a free port, its log in a file under
    /// `folder`. It serves when this returns.
    ///
    /// # Errors
    /// When it does not come to serve.
    pub async fn start(binary: &Path, folder: &Path, variables: &[Variable]) -> Result<Self> {
        let address = free_address()?;
        let log = folder.join(format!("server-{}.log", address.port()));
        let began = Instant::now();
        let mut child = Command::new(binary)
            .arg("serve")
            .current_dir(folder)
            .env_clear()
            .envs(variables.iter().cloned())
            .env("LISTEN", address.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log)?)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {}", binary.display()))?;
        while !is_ready(address).await {
            if child.try_wait()?.is_some() || began.elapsed() > PATIENCE {
                let said = std::fs::read_to_string(&log).unwrap_or_default();
                bail!("the server does not serve:\n{said}");
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(Self {
            address,
            ready_after: began.elapsed(),
            child,
        })
    }

    /// Its number.
    ///
    /// # Errors
    /// When it has ended.
    pub fn pid(&self) -> Result<u32> {
        self.child.id().context("the server has ended")
    }

    /// What it has used so far.
    ///
    /// # Errors
    /// When it has ended.
    pub fn usage(&self) -> Result<Usage> {
        Usage::of(self.pid()?)
    }

    /// Asks it to end, and waits until it has.
    ///
    /// # Errors
    /// When it ends in disorder.
    pub async fn stop(mut self) -> Result<()> {
        let pid = i32::try_from(self.pid()?)?;
        let pid = rustix::process::Pid::from_raw(pid).context("no such process")?;
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        let status = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        let status = status.context("the server does not end")??;
        if !status.success() {
            bail!("the server ended with {status}");
        }
        Ok(())
    }
}

async fn is_ready(address: SocketAddr) -> bool {
    let asked = async {
        let mut stream = TcpStream::connect(address).await?;
        let request = "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        std::io::Result::Ok(answer)
    };
    asked
        .await
        .is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}
