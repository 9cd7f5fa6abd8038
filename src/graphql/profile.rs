//! The signed-in person: their profile, and what they may change of it.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result, SimpleObject};
use serde::Deserialize;

use super::context::{caller, detached};
use super::id::reference;
use super::scalar::{DateTime, Json, json_patch};
use crate::domain::patch::Patch;
use crate::entity::user_profile;
use crate::error::{self, Error};
use crate::service::profile;

/// The signed-in person, as this service knows them.
#[derive(Debug)]
pub struct UserProfile(user_profile::Model);

impl From<user_profile::Model> for UserProfile {
    fn from(row: user_profile::Model) -> Self {
        Self(row)
    }
}

/// The signed-in person, as this service knows them.
#[Object]
impl UserProfile {
    /// The subject of the access token: the id of the user in Supabase Auth.
    fn id(&self) -> ID {
        self.0.id.into()
    }

    /// The address in the access token; null when the token has none.
    fn email(&self) -> Option<&str> {
        self.0.email.as_deref()
    }

    /// The name that the person gave; null when they gave none.
    fn full_name(&self) -> Option<&str> {
        self.0.full_name.as_deref()
    }

    /// Settings of the front end. The service only keeps them. `{}` by default.
    fn preferences(&self) -> Json {
        Json(self.0.preferences.clone())
    }

    /// Prompts that the person keeps for later, in the order in which they were saved.
    fn saved_prompts(&self) -> Result<Vec<SavedPrompt>> {
        let prompts = self.0.saved_prompts.clone();
        Ok(serde_json::from_value(prompts).map_err(Error::internal)?)
    }

    /// How many snapshots the person may have; automatic ones do not count. 50 by default.
    fn max_snapshots(&self) -> i32 {
        self.0.max_snapshots
    }

    /// May the person manage models? The access token says so: `app_metadata.role` is `admin`.
    fn is_admin(&self, ctx: &Context<'_>) -> Result<bool> {
        let (_, viewer) = caller(ctx)?;
        Ok(viewer.admin && viewer.user_id == self.0.id)
    }

    /// When the person was first seen here.
    fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }
}

/// A prompt that a person keeps for later.
#[derive(Debug, Deserialize, SimpleObject)]
pub struct SavedPrompt {
    /// Tells the person's saved prompts apart.
    id: ID,
    /// What the person calls it.
    name: String,
    /// The text of the prompt.
    prompt: String,
}

/// What to change of the profile. A field that is left out stays as it is.
#[derive(Debug, InputObject)]
pub struct UpdateProfileInput {
    /// The name, at most 200 characters; null removes it.
    full_name: MaybeUndefined<String>,
    /// Settings of the front end, a JSON object of at most 1 MiB; null makes it `{}`.
    preferences: MaybeUndefined<Json>,
    /// The whole new list, at most 200; null empties it.
    saved_prompts: MaybeUndefined<Vec<SavedPromptInput>>,
    /// How many snapshots the person may have; null makes it 50.
    max_snapshots: MaybeUndefined<i32>,
}

/// A prompt to keep for later.
#[derive(Debug, InputObject)]
pub struct SavedPromptInput {
    /// The id of the saved prompt, to keep it; left out, it gets a new one. A UUID.
    id: Option<ID>,
    /// What to call it, at most 200 characters.
    name: String,
    /// The text of the prompt, at most 256 KiB.
    prompt: String,
}

impl UpdateProfileInput {
    fn parse(self) -> error::Result<profile::UpdateProfile> {
        let saved_prompts = Patch::from(self.saved_prompts).try_map(|prompts| {
            let prompts = prompts.into_iter().enumerate();
            prompts.map(|(index, prompt)| prompt.parse(index)).collect()
        })?;
        Ok(profile::UpdateProfile {
            full_name: self.full_name.into(),
            preferences: json_patch(self.preferences),
            saved_prompts,
            max_snapshots: self.max_snapshots.into(),
        })
    }
}

impl SavedPromptInput {
    fn parse(self, index: usize) -> error::Result<profile::SavedPrompt> {
        let field = format!("savedPrompts[{index}].id");
        Ok(profile::SavedPrompt {
            id: self.id.map(|id| reference(&field, &id)).transpose()?,
            name: self.name,
            prompt: self.prompt,
        })
    }
}

/// What can be asked about the signed-in person.
#[derive(Debug, Default)]
pub struct ProfileQuery;

#[Object]
impl ProfileQuery {
    /// The signed-in person.
    async fn me(&self, ctx: &Context<'_>) -> Result<UserProfile> {
        let (deps, viewer) = caller(ctx)?;
        Ok(profile::get(deps, viewer).await?.into())
    }
}

/// What the signed-in person can change of their profile.
#[derive(Debug, Default)]
pub struct ProfileMutation;

#[Object]
impl ProfileMutation {
    /// Changes the profile of the signed-in person. `BAD_USER_INPUT` or `LIMIT_EXCEEDED` names the
    /// field that breaks a rule.
    async fn update_profile(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: UpdateProfileInput,
    ) -> Result<UserProfile> {
        let updated = detached(ctx, |deps, viewer| async move {
            profile::update(&deps, &viewer, input.parse()?).await
        });
        Ok(updated.await?.into())
    }
}
