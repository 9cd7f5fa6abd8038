//! An attempt that is open: made, or judged where it has an answer.

use super::Tools;
use super::judge;
use super::stage::{self, Judged};
use crate::error::Result;
use crate::service::drive::{Attempt, Scene};

/// Makes an attempt, or has its answer judged.
pub(super) async fn call(tools: &Tools, scene: &Scene, attempt: &Attempt) -> Result<Judged> {
    match attempt.log.raw_output {
        Some(_) => judge::ask(tools, scene, attempt).await,
        None => stage::make(tools, scene, attempt).await,
    }
}
