//! The body of a request: the stage's config with our own keys over it.

use serde_json::{Map, Value, json};

use crate::llm::Request;

/// What is sent for `request`.
pub(super) fn body(request: &Request, asks_for_usage: bool) -> Map<String, Value> {
    let mut messages = Vec::with_capacity(2);
    if let Some(system) = &request.system {
        messages.push(json!({"role": "system", "content": system}));
    }
    messages.push(json!({"role": "user", "content": request.prompt}));

    let mut body = request.config.clone();
    // One answer is all that a stage can take, and one is what every provider gives unasked.
    body.remove("n");
    body.remove("stream_options");
    body.insert("model".into(), request.model.clone().into());
    body.insert("messages".into(), messages.into());
    body.insert("stream".into(), true.into());
    if asks_for_usage {
        body.insert("stream_options".into(), json!({"include_usage": true}));
    }
    body
}
