//! Processes that an instrument starts, and the parts that it plays itself in a process of its own,
//! so that what they cost can be told from what the server costs.

use std::env;
use std::net::{SocketAddr, TcpListener};
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines, Stdin};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// This program in another part, told what to do line by line. It ends when it is dropped.
pub struct Part {
    child: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Part {
    /// Starts this program again, as `part`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(part: &str) -> Result<Self> {
        let mut child = Command::new(env::current_exe()?)
            .arg(part)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start the {part}"))?;
        let orders = child.stdin.take().context("no standard input")?;
        let answers = child.stdout.take().context("no standard output")?;
        Ok(Self {
            child,
            orders,
            answers: BufReader::new(answers).lines(),
        })
    }

    /// Its number.
    ///
    /// # Errors
    /// When it has ended.
    pub fn pid(&self) -> Result<u32> {
        self.child.id().context("a part of this program has ended")
    }

    /// Tells it something.
    ///
    /// # Errors
    /// When it has ended.
    pub async fn tell<T: Serialize>(&mut self, order: &T) -> Result<()> {
        let line = serde_json::to_string(order)? + "\n";
        Ok(self.orders.write_all(line.as_bytes()).await?)
    }

    /// What it says next.
    ///
    /// # Errors
    /// When it has ended.
    pub async fn says<T: DeserializeOwned>(&mut self) -> Result<T> {
        let line = self.answers.next_line().await?;
        let line = line.context("a part of this program has ended")?;
        serde_json::from_str(&line).with_context(|| format!("unexpected answer {line}"))
    }
}

/// The other end of a [`Part`].
pub struct Orders(Lines<BufReader<Stdin>>);

impl Default for Orders {
    fn default() -> Self {
        Self(BufReader::new(tokio::io::stdin()).lines())
    }
}

impl Orders {
    /// The next order; none when whoever gave them has gone.
    ///
    /// # Errors
    /// When it makes no sense.
    pub async fn next<T: DeserializeOwned>(&mut self) -> Result<Option<T>> {
        let Some(line) = self.0.next_line().await? else {
            return Ok(None);
        };
        Ok(Some(serde_json::from_str(&line)?))
    }

    /// Says something to whoever gives the orders.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn answer<T: Serialize>(&self, answer: &T) -> Result<()> {
        println!("{}", serde_json::to_string(answer)?);
        Ok(())
    }
}

/// A port of the loopback address that nobody listens on.
///
/// # Errors
/// When there is none.
pub fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?)
}

/// Lets this process, and those that it starts, open so many files.
///
/// # Errors
/// When the machine does not allow as many.
pub fn allow_open_files(count: u64) -> Result<()> {
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= count) {
        return Ok(());
    }
    let wanted = Rlimit {
        current: Some(count),
        maximum: limit.maximum.map(|maximum| maximum.max(count)),
    };
    if let Err(error) = setrlimit(Resource::Nofile, wanted) {
        bail!("cannot raise the limit of open files to {count} (ulimit -n {count}): {error}");
    }
    Ok(())
}

/// Runs a program to its end.
///
/// # Errors
/// When it fails; with what it said.
pub async fn run(command: &mut Command) -> Result<String> {
    let shown = format!("{:?}", command.as_std());
    let output = command
        .stdin(Stdio::null())
        .output()
        .await
        .with_context(|| format!("cannot run {shown}"))?;
    if !output.status.success() {
        bail!("{shown}: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?)
}
