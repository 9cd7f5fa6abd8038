//! The commands that people type at a terminal, one file or folder each. They read their arguments
//! from `config` and answer with an exit code.

pub mod dev;
pub mod healthcheck;
pub mod run;
pub mod token;

use uuid::{Uuid, uuid};

use crate::auth::development::Subject;

/// The user of `footlight dev`, the same on every start so that its workflows are found again.
const DEVELOPER: Uuid = uuid!("0190d5c5-0000-7000-8000-000000000001");

/// Whom a development token speaks for unless told otherwise: an administrator, so that models can be
/// tried too.
#[must_use]
pub fn developer() -> Subject {
    Subject {
        user_id: DEVELOPER,
        email: Some("dev@localhost".to_owned()),
        admin: true,
    }
}
