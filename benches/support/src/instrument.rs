//! How every instrument begins and ends.

use std::process::ExitCode;

use anyhow::Result;

use crate::options::Built;
use crate::provider;

/// Runs an instrument, or the part of it that this process was started to play. One thread is
/// enough for any of them, and leaves the machine to the server.
pub fn run(built: &Built, act: impl AsyncFnOnce(Option<&str>) -> Result<()>) -> ExitCode {
    let part = std::env::args().nth(1);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let done = runtime.map_err(Into::into).and_then(|runtime| {
        runtime.block_on(async {
            match part.as_deref() {
                Some(provider::PART) => provider::play().await,
                part => act(part).await,
            }
        })
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error:#}", built.name);
            ExitCode::FAILURE
        }
    }
}
