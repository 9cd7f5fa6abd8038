//! The body of a request: the settings with our own keys over them.

use async_openai::types::chat::{
    ChatCompletionRequestAssistantMessage, ChatCompletionRequestMessage,
    ChatCompletionRequestSystemMessage, ChatCompletionRequestUserMessage,
    ChatCompletionStreamOptions,
};
use serde_json::{Map, Value, json};

use super::form::response_format;
use crate::domain::provider::Forms;
use crate::domain::turns::Role;
use crate::llm::Request;

/// What is sent for `request`. One answer is all that a stage can take, and one is what every provider
/// gives unasked.
pub(super) fn body(request: &Request, asks_for_usage: bool, forms: Forms) -> Map<String, Value> {
    let settings = &request.settings;
    let streams = settings.streams();
    let mut body = settings.body(&request.provider, &request.model);
    if !streams {
        body.remove("stream_options");
    } else if asks_for_usage && !body.contains_key("stream_options") {
        let options = ChatCompletionStreamOptions {
            include_usage: Some(true),
            include_obfuscation: None,
        };
        body.insert("stream_options".into(), json!(options));
    }
    if !body.contains_key("response_format")
        && let Some(format) = response_format(request, forms)
    {
        body.insert("response_format".into(), format);
    }
    body.insert("model".into(), request.model.clone().into());
    body.insert("messages".into(), json!(messages(request)));
    body.insert("stream".into(), streams.into());
    body
}

fn messages(request: &Request) -> Vec<ChatCompletionRequestMessage> {
    let user = |content: &str| ChatCompletionRequestUserMessage::from(content).into();
    let mut head = None;
    let mut messages = Vec::with_capacity(request.turns.len() + 2);
    match request.system.as_deref() {
        Some(system) if request.settings.takes_system_messages() => {
            messages.push(ChatCompletionRequestSystemMessage::from(system).into());
        }
        system => head = system,
    }
    // Where there is no role for it, the system message stands at the head of the first of the user's.
    let mut said = |content: &str| match head.take() {
        None => user(content),
        // Its paragraphs end where the user's begin.
        Some(system) => user(&format!("{system}\n\n{content}")),
    };
    for turn in &request.turns {
        messages.push(match turn.role {
            Role::User => said(&turn.content),
            Role::Assistant => {
                ChatCompletionRequestAssistantMessage::from(turn.content.as_str()).into()
            }
        });
    }
    messages.push(said(&request.prompt));
    messages
}
