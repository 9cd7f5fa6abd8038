//! Users as this service knows them: made at first sight, edited by themselves.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Deps, tx};
use crate::domain::limit;
use crate::domain::patch::Patch;
use crate::domain::viewer::Viewer;
use crate::entity::user_profile;
use crate::error::{Error, Result};
use crate::store;

/// How many snapshots a user may keep who never said otherwise.
const DEFAULT_MAX_SNAPSHOTS: i32 = 50;
/// The largest `maxSnapshots`.
const MOST_SNAPSHOTS: i32 = 10_000;
/// How many arrivals a process remembers; whoever is forgotten is looked up again.
const MOST_ARRIVALS: usize = 10_000;

/// What a user changes of their profile.
#[derive(Clone, Debug, Default)]
pub struct UpdateProfile {
    pub full_name: Patch<String>,
    pub preferences: Patch<Value>,
    pub saved_prompts: Patch<Vec<SavedPrompt>>,
    pub max_snapshots: Patch<i32>,
}

/// A prompt that a user keeps at hand.
#[derive(Clone, Debug)]
pub struct SavedPrompt {
    /// None for one that is new.
    pub id: Option<Uuid>,
    pub name: String,
    pub prompt: String,
}

/// The users that this process has seen, each with the email of their token: bounded, and the
/// oldest go first.
#[derive(Debug, Default)]
pub struct Arrivals(Mutex<Seen>);

type Arrival = (Uuid, Option<String>);

#[derive(Debug, Default)]
struct Seen {
    known: HashSet<Arrival>,
    oldest_first: VecDeque<Arrival>,
}

/// Sees to it that the viewer has a profile, and the email of their token. To be called before
/// anything else is done for a viewer; costs nothing once this process has seen both.
///
/// # Errors
/// `Unauthenticated` when the user is deleted, `Internal` when the database fails.
pub async fn arrive(deps: &Deps, viewer: &Viewer) -> Result<()> {
    if deps.arrivals.has_seen(viewer) {
        return Ok(());
    }
    // Nearly everybody who is new to a process is known to the database: writing nothing then
    // leaves the writer of SQLite to those who need it.
    let profile = store::profile::find(deps.store.reader(), viewer.user_id).await?;
    if profile.is_none_or(|profile| has_stale_email(&profile, viewer)) {
        settle(deps, viewer).await?;
    }
    deps.arrivals.remember(viewer);
    Ok(())
}

/// The viewer's profile.
///
/// # Errors
/// `Unauthenticated` when the user is deleted, `Internal` when the database fails.
pub async fn get(deps: &Deps, viewer: &Viewer) -> Result<user_profile::Model> {
    store::profile::find(deps.store.reader(), viewer.user_id)
        .await?
        .ok_or(Error::Unauthenticated)
}

/// Changes the viewer's profile.
///
/// # Errors
/// `BadInput` or `LimitExceeded` naming the field, `Unauthenticated` when the user is deleted,
/// `Internal` when the database fails.
pub async fn update(
    deps: &Deps,
    viewer: &Viewer,
    input: UpdateProfile,
) -> Result<user_profile::Model> {
    let input = &input;
    tx::write(deps, |tx| async move {
        let profile = store::profile::lock(&**tx, viewer.user_id)
            .await?
            .ok_or(Error::Unauthenticated)?;
        let changed = changed(deps, profile, input.clone())?;
        store::profile::update(&**tx, changed).await
    })
    .await
}

impl Arrivals {
    fn has_seen(&self, viewer: &Viewer) -> bool {
        self.seen().known.contains(&arrival(viewer))
    }

    fn remember(&self, viewer: &Viewer) {
        let mut seen = self.seen();
        if !seen.known.insert(arrival(viewer)) {
            return;
        }
        seen.oldest_first.push_back(arrival(viewer));
        if seen.oldest_first.len() > MOST_ARRIVALS
            && let Some(oldest) = seen.oldest_first.pop_front()
        {
            seen.known.remove(&oldest);
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn arrival(viewer: &Viewer) -> Arrival {
    (viewer.user_id, viewer.email.clone())
}

fn has_stale_email(profile: &user_profile::Model, viewer: &Viewer) -> bool {
    viewer.email.is_some() && viewer.email != profile.email
}

/// Makes the profile if it is absent, and moves the email here: somebody who was deleted and signed
/// up again has a new `sub` and the old email.
async fn settle(deps: &Deps, viewer: &Viewer) -> Result<()> {
    tx::write(deps, |tx| async move {
        let newcomer = newcomer(deps, viewer.user_id);
        if !store::profile::insert_if_absent(&**tx, newcomer).await? {
            return Err(Error::Unauthenticated);
        }
        if let Some(email) = &viewer.email {
            store::profile::move_email(&**tx, viewer.user_id, email).await?;
        }
        Ok(())
    })
    .await
}

fn newcomer(deps: &Deps, id: Uuid) -> user_profile::Model {
    user_profile::Model {
        id,
        email: None,
        full_name: None,
        preferences: json!({}),
        saved_prompts: json!([]),
        max_snapshots: DEFAULT_MAX_SNAPSHOTS,
        created_at: deps.clock.now(),
    }
}

fn changed(
    deps: &Deps,
    profile: user_profile::Model,
    input: UpdateProfile,
) -> Result<user_profile::Model> {
    let full_name = input
        .full_name
        .try_map(|name| limit::name("fullName", &name))?;
    let preferences = input.preferences.apply(Some(profile.preferences));
    let saved_prompts = input
        .saved_prompts
        .try_map(|prompts| saved_prompts(deps, prompts))?;
    let max_snapshots = input
        .max_snapshots
        .apply_or(profile.max_snapshots, DEFAULT_MAX_SNAPSHOTS);
    if !(0..=MOST_SNAPSHOTS).contains(&max_snapshots) {
        return Err(Error::bad_input(
            "maxSnapshots",
            format!("maxSnapshots must be 0 to {MOST_SNAPSHOTS}"),
        ));
    }
    Ok(user_profile::Model {
        full_name: full_name.apply(profile.full_name),
        preferences: limit::optional_object("preferences", preferences)?
            .unwrap_or_else(|| json!({})),
        saved_prompts: saved_prompts.apply_or(profile.saved_prompts, json!([])),
        max_snapshots,
        ..profile
    })
}

/// The column's value: a list in which every prompt has an id of its own.
fn saved_prompts(deps: &Deps, prompts: Vec<SavedPrompt>) -> Result<Value> {
    limit::items("savedPrompts", &prompts, limit::SAVED_PROMPTS)?;
    let mut ids = HashSet::new();
    prompts
        .into_iter()
        .enumerate()
        .map(|(index, prompt)| {
            let id = prompt.id.unwrap_or_else(|| deps.clock.new_id());
            if !ids.insert(id) {
                return Err(Error::bad_input(
                    format!("savedPrompts[{index}].id"),
                    format!("saved prompt {id} is given twice: leave the id of a new one out"),
                ));
            }
            saved_prompt(id, prompt)
                .map_err(|error| error.within(&format!("savedPrompts[{index}]")))
        })
        .collect()
}

fn saved_prompt(id: Uuid, prompt: SavedPrompt) -> Result<Value> {
    Ok(json!({
        "id": id,
        "name": limit::name("name", &prompt.name)?,
        "prompt": limit::prompt("prompt", prompt.prompt)?,
    }))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn viewer(user_id: Uuid, email: Option<&str>) -> Viewer {
        Viewer {
            user_id,
            email: email.map(str::to_owned),
            admin: false,
            expires_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_user_with_another_email_arrives_anew() {
        let arrivals = Arrivals::default();
        let id = Uuid::from_u128(1);

        arrivals.remember(&viewer(id, Some("a@example.org")));

        assert!(arrivals.has_seen(&viewer(id, Some("a@example.org"))));
        assert!(!arrivals.has_seen(&viewer(id, Some("b@example.org"))));
        assert!(!arrivals.has_seen(&viewer(id, None)));
    }

    #[test]
    fn the_oldest_arrivals_are_forgotten_first() {
        let arrivals = Arrivals::default();
        for id in 0..=MOST_ARRIVALS as u128 {
            arrivals.remember(&viewer(Uuid::from_u128(id), None));
        }

        assert!(!arrivals.has_seen(&viewer(Uuid::from_u128(0), None)));
        assert!(arrivals.has_seen(&viewer(Uuid::from_u128(1), None)));
        assert_eq!(arrivals.seen().known.len(), MOST_ARRIVALS);
    }
}
