//! The catalogue of models that stages choose from. Administrators keep it.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result};

use super::context::{self, caller, detached};
use super::id::id_of;
use super::scalar::{DateTime, Json, json_patch};
use crate::domain::setting;
use crate::entity;
use crate::error;
use crate::service::model;
use std::sync::Arc;

/// A model of a provider.
#[derive(Clone, Debug)]
pub struct Model(pub(super) Arc<entity::model::Model>);

impl From<entity::model::Model> for Model {
    fn from(row: entity::model::Model) -> Self {
        Self(Arc::new(row))
    }
}

/// A model of a provider, as the catalogue lists it for everybody.
#[Object]
impl Model {
    /// Identifies the model here.
    fn id(&self) -> ID {
        self.0.id.into()
    }

    /// The name for people, unique: `GPT-4 Turbo`.
    fn name(&self) -> &str {
        &self.0.name
    }

    /// The provider that serves it: `openai`, `anthropic`, `gemini`, `mistral`, `groq`,
    /// `openrouter`, `ollama`, `demo`, or one that this server's operator has named.
    fn provider(&self) -> &str {
        &self.0.provider
    }

    /// What is sent to the provider as the model's name, unique: `gpt-4-turbo-preview`.
    fn model_identifier_for_flowise(&self) -> &str {
        &self.0.model_identifier_for_flowise
    }

    /// How many tokens fit into its context; null when that is not known. A prompt that surely does not
    /// fit fails its stage before it is sent: at a token for every word, or for every sixteen characters of
    /// Chinese, Japanese or Korean.
    fn context_length(&self) -> Option<i32> {
        self.0.context_length
    }

    /// Settings of every call, which a stage's `flowiseConfig` overlays: `{"temperature": 0.7}`, and under
    /// `extra` what else its provider takes, sent as it is.
    fn config_defaults(&self) -> Json {
        Json(setting::shown(&self.0.config_defaults))
    }

    /// Is its provider configured on this server? A run that needs another one is refused when it
    /// is started.
    fn available(&self, ctx: &Context<'_>) -> Result<bool> {
        let (deps, _) = caller(ctx)?;
        Ok(model::available(deps, &self.0.provider))
    }

    /// When it entered the catalogue.
    fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }
}

/// A model for the catalogue. Without an id a new one; with it, an update.
#[derive(Debug, InputObject)]
pub struct UpsertModelInput {
    /// The model to update; left out, a new one is made. `NOT_FOUND` when there is none.
    id: Option<ID>,
    /// The name for people, at most 200 characters. `BAD_USER_INPUT` when another model has it.
    name: String,
    /// The name of a provider that this server knows, configured or not; `BAD_USER_INPUT`
    /// otherwise.
    provider: String,
    /// What is sent to the provider as the model's name. `BAD_USER_INPUT` when another model has
    /// it.
    model_identifier_for_flowise: String,
    /// How many tokens fit into its context. Null: not known. Left out of an update: as it is.
    context_length: MaybeUndefined<i32>,
    /// Settings of every call, by the names of `StageInput.flowiseConfig`, and `extra`, an object of what
    /// else its provider takes, which is sent as it is. `BAD_USER_INPUT` for any other name. Null: `{}`.
    /// Left out of an update: as it is.
    config_defaults: MaybeUndefined<Json>,
}

impl UpsertModelInput {
    fn parse(self) -> error::Result<model::UpsertModel> {
        Ok(model::UpsertModel {
            id: self.id.map(|id| id_of("model", &id)).transpose()?,
            name: self.name,
            provider: self.provider,
            model_identifier_for_flowise: self.model_identifier_for_flowise,
            context_length: self.context_length.into(),
            config_defaults: json_patch(self.config_defaults),
        })
    }
}

/// What can be asked about models.
#[derive(Debug, Default)]
pub struct ModelQuery;

#[Object]
impl ModelQuery {
    /// The whole catalogue, by name.
    async fn models(&self, ctx: &Context<'_>) -> Result<Vec<Model>> {
        let (deps, viewer) = caller(ctx)?;
        let rows = model::list(deps, viewer).await?;
        Ok(rows.into_iter().map(Model::from).collect())
    }

    /// The model of that id; null when there is none.
    async fn model(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The model's id.")] id: ID,
    ) -> Option<Result<Model>> {
        context::find(ctx, &id, model::find).await
    }
}

/// What administrators can do to models.
#[derive(Debug, Default)]
pub struct ModelMutation;

#[Object]
impl ModelMutation {
    /// Makes a model, or updates the one of that id. For administrators; `FORBIDDEN` for others.
    /// Runs under way keep the model as it was when they started.
    async fn upsert_model(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The model.")] input: UpsertModelInput,
    ) -> Result<Model> {
        let saved = detached(ctx, |deps, viewer| async move {
            model::upsert(&deps, &viewer, input.parse()?).await
        });
        Ok(saved.await?.into())
    }

    /// Deletes a model, and answers its id. Stages that used it have none then; runs under way keep
    /// it. For administrators; `FORBIDDEN` for others.
    async fn delete_model(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The model's id.")] id: ID,
    ) -> Result<ID> {
        let deleted = detached(ctx, |deps, viewer| async move {
            model::delete(&deps, &viewer, id_of("model", &id)?).await
        });
        Ok(deleted.await?.into())
    }
}
