//! The catalogue that a new installation begins with, as rows. Administrators change them as they
//! like; the table is never filled twice.

use serde_json::json;

use crate::clock::Clock;
use crate::domain::provider::PROVIDERS;
use crate::entity::model;

/// The well-known models of every provider.
pub(super) fn models(clock: &Clock) -> Vec<model::Model> {
    let entries = PROVIDERS
        .iter()
        .flat_map(|provider| provider.models.iter().map(|entry| (provider.name, entry)));
    entries
        .map(|(provider, entry)| model::Model {
            id: clock.new_id(),
            name: entry.name.to_owned(),
            provider: provider.to_owned(),
            model_identifier_for_flowise: entry.identifier.to_owned(),
            context_length: Some(entry.context_length),
            // Reasoning models refuse a temperature, and every other default is the provider's.
            config_defaults: json!({}),
            created_at: clock.now(),
        })
        .collect()
}
