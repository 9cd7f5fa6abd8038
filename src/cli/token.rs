//! `footlight token`: an access token signed with the development key, alone on standard output.

use std::path::Path;
use std::time::Duration;

use crate::auth::development::{Key, Subject};
use crate::clock::Clock;
use crate::config::TokenArgs;
use crate::error::Result;

use super::developer;

/// The token that `args` ask for.
///
/// # Errors
///
/// `BadInput` when there is no usable key file.
pub fn token(args: TokenArgs, clock: &Clock) -> Result<String> {
    let hours = Duration::from_hours(args.hours.into());
    let key_file = args.key_file.clone();
    mint(&key_file, &subject(args), hours, clock)
}

/// A token for `subject`, signed with the key in `key_file`.
///
/// # Errors
///
/// `BadInput` when there is no usable key file.
pub fn mint(
    key_file: &Path,
    subject: &Subject,
    lifetime: Duration,
    clock: &Clock,
) -> Result<String> {
    Key::load(key_file)?.mint(subject, lifetime, clock.now())
}

/// Another user has no address unless one is given: an address belongs to one user.
fn subject(args: TokenArgs) -> Subject {
    let named = match args.user {
        Some(user_id) => Subject {
            user_id,
            email: None,
            admin: false,
        },
        None => developer(),
    };
    Subject {
        email: args.email.or(named.email),
        admin: args.admin,
        ..named
    }
}
