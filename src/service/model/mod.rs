//! The models that stages choose from: shared by all users, managed by administrators.

mod catalogue;

use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;

use super::Deps;
use super::tx::{self, Tx};
use crate::domain::limit;
use crate::domain::patch::Patch;
use crate::domain::provider;
use crate::domain::setting;
use crate::domain::viewer::Viewer;
use crate::entity::model;
use crate::error::{Error, Result};
use crate::store;

/// How long another replica is given to fill the table.
const SEED_AGAIN: Duration = Duration::from_millis(100);

/// A model to add, or to change when it has an id.
#[derive(Clone, Debug)]
pub struct UpsertModel {
    pub id: Option<Uuid>,
    pub name: String,
    pub provider: String,
    pub model_identifier_for_flowise: String,
    pub context_length: Patch<i32>,
    pub config_defaults: Patch<Value>,
}

/// All models, by name, whatever the case: sorted here, for each database has an order of its own.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn list(deps: &Deps, _viewer: &Viewer) -> Result<Vec<model::Model>> {
    let mut models = store::model::list(deps.store.reader()).await?;
    models.sort_by_cached_key(|model| (model.name.to_lowercase(), model.id));
    Ok(models)
}

/// The model.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn find(deps: &Deps, _viewer: &Viewer, id: Uuid) -> Result<Option<model::Model>> {
    store::model::find(deps.store.reader(), id).await
}

/// Is the provider configured on this server?
#[must_use]
pub fn available(deps: &Deps, provider: &str) -> bool {
    deps.providers.contains(provider)
}

/// Adds or changes a model.
///
/// # Errors
/// `Forbidden` unless the viewer is an administrator, `BadInput` or `LimitExceeded` naming the
/// field, `NotFound` for an id that no model has, `Internal` when the database fails.
pub async fn upsert(deps: &Deps, viewer: &Viewer, input: UpsertModel) -> Result<model::Model> {
    require_admin(viewer)?;
    let input = &input;
    tx::write(deps, |tx| async move {
        let model = match input.id {
            Some(id) => store::model::find(&**tx, id)
                .await?
                .ok_or_else(|| Error::not_found("model", id))?,
            None => blank(deps),
        };
        let model = changed(deps, model, input.clone())?;
        refuse_taken(&tx, &model).await?;
        let written = if input.id.is_some() {
            store::model::update(&**tx, model.clone()).await?
        } else {
            store::model::insert(&**tx, model.clone()).await?
        };
        // Somebody else took it since we looked; which of the two the database does not say.
        if !written {
            return Err(taken("name", "name or identifier"));
        }
        Ok(model)
    })
    .await
}

/// Deletes a model; stages that used it have none then, and runs keep what they pinned.
///
/// # Errors
/// `Forbidden` unless the viewer is an administrator, `NotFound` for an id that no model has,
/// `Internal` when the database fails.
pub async fn delete(deps: &Deps, viewer: &Viewer, id: Uuid) -> Result<Uuid> {
    require_admin(viewer)?;
    tx::write(deps, |tx| async move {
        if store::model::delete(&**tx, id).await? {
            Ok(id)
        } else {
            Err(Error::not_found("model", id))
        }
    })
    .await
}

/// Fills a table that has no models with well-known ones of every provider.
///
/// # Errors
/// `Internal` when the database fails.
pub async fn seed(deps: &Deps) -> Result<()> {
    let try_once = || {
        tx::write(deps, |tx| async move {
            if !store::model::try_lock_catalogue(&**tx).await? {
                return Ok(false);
            }
            if store::model::is_empty(&**tx).await? {
                store::model::insert_absent(&**tx, catalogue::models(&deps.clock)).await?;
            }
            Ok(true)
        })
    };
    while !try_once().await? {
        tokio::time::sleep(SEED_AGAIN).await;
    }
    Ok(())
}

fn require_admin(viewer: &Viewer) -> Result<()> {
    if viewer.admin {
        return Ok(());
    }
    let message = "only administrators may manage models".to_owned();
    Err(Error::Forbidden(message))
}

fn blank(deps: &Deps) -> model::Model {
    model::Model {
        id: deps.clock.new_id(),
        name: String::new(),
        provider: String::new(),
        model_identifier_for_flowise: String::new(),
        context_length: None,
        config_defaults: json!({}),
        created_at: deps.clock.now(),
    }
}

fn changed(deps: &Deps, model: model::Model, input: UpsertModel) -> Result<model::Model> {
    check_provider(deps, &model, &input.provider)?;
    let context_length = input.context_length.apply(model.context_length);
    if context_length.is_some_and(|length| length < 1) {
        return Err(Error::bad_input(
            "contextLength",
            "contextLength must be at least 1",
        ));
    }
    let config_defaults = settings(input.config_defaults, model.config_defaults)?;
    Ok(model::Model {
        name: limit::name("name", &input.name)?,
        provider: input.provider,
        model_identifier_for_flowise: limit::name(
            "modelIdentifierForFlowise",
            &input.model_identifier_for_flowise,
        )?,
        context_length,
        config_defaults,
        ..model
    })
}

/// The settings as they are stored. What was not changed is not refused.
fn settings(patch: Patch<Value>, before: Value) -> Result<Value> {
    let config = match patch {
        Patch::Keep => return Ok(before),
        Patch::Clear => None,
        Patch::Set(config) => limit::optional_object("configDefaults", Some(config))?,
    };
    match config {
        None => Ok(json!({})),
        Some(config) if config == before || config == setting::shown(&before) => Ok(before),
        Some(config) => setting::of_model(&config).map_err(|fault| fault.at("configDefaults")),
    }
}

/// A provider is of the table or of the operator's own. One that is configured no more may stay.
fn check_provider(deps: &Deps, model: &model::Model, name: &str) -> Result<()> {
    let known = provider::named(name).is_some() || deps.providers.contains(name);
    if known || model.provider == name {
        return Ok(());
    }
    let own = deps.providers.iter().map(String::as_str);
    let own = own.filter(|name| provider::named(name).is_none());
    let mut names: Vec<&str> = provider::names().collect();
    names.extend(own);
    let message = format!("provider must be one of {}", names.join(", "));
    Err(Error::bad_input("provider", message))
}

async fn refuse_taken(tx: &Tx, model: &model::Model) -> Result<()> {
    let identifier = &model.model_identifier_for_flowise;
    let named = store::model::named(&**tx, &model.name, identifier).await?;
    match named.iter().find(|other| other.id != model.id) {
        None => Ok(()),
        Some(other) if other.name == model.name => Err(taken("name", "name")),
        Some(_) => Err(taken("modelIdentifierForFlowise", "identifier")),
    }
}

fn taken(field: &str, what: &str) -> Error {
    Error::bad_input(
        field,
        format!("another model has this {what}: choose another, or give that model's id"),
    )
}
