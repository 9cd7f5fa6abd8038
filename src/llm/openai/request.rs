//! The body of a request: the settings with our own keys over them.

use async_openai::types::chat::{
    ChatCompletionRequestMessage, ChatCompletionRequestSystemMessage,
    ChatCompletionRequestUserMessage, ChatCompletionStreamOptions,
};
use serde_json::{Map, Value, json};

use super::form::response_format;
use crate::domain::provider::Forms;
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
    match request.system.as_deref() {
        None => vec![user(&request.prompt)],
        Some(system) if request.settings.takes_system_messages() => {
            let system = ChatCompletionRequestSystemMessage::from(system).into();
            vec![system, user(&request.prompt)]
        }
        // Its paragraphs end where the user's begin.
        Some(system) => vec![user(&format!("{system}\n\n{}", request.prompt))],
    }
}
