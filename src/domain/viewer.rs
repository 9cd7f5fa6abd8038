//! Who is calling: what a verified token says, and nothing more.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A signed-in person. Made by `auth` from a verified token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// The token's `sub`: the id of the user in Supabase's `auth.users`.
    pub user_id: Uuid,
    /// The token's `email`, if it has one that is not empty.
    pub email: Option<String>,
    /// `app_metadata.role` is `admin`: may manage models, sees nothing of other people's.
    pub admin: bool,
    /// When the token expires, at most a year ahead.
    pub expires_at: DateTime<Utc>,
}
