//! What the scripted provider says to one request.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

/// What the provider does with one request.
#[derive(Clone)]
pub struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) content: Content,
}

#[derive(Clone)]
pub(super) enum Content {
    /// A body in one piece.
    Whole(String),
    /// Server-sent events.
    Stream(Vec<Step>),
}

#[derive(Clone)]
pub(super) enum Step {
    Event(Value),
    Raw(Bytes),
    /// Nothing more until the test releases it.
    Wait,
    /// Nothing more for a while.
    Pause(Duration),
    /// The connection ends here, without the proper end of a body.
    Break,
    /// Nothing more, and the body does not end.
    Stay,
}

impl Reply {
    /// An ordinary answer, word by word, with token counts at its end.
    pub fn text(text: &str) -> Self {
        Self::stream(words(text)).finish("stop")
    }

    /// An answer without any text.
    pub fn empty() -> Self {
        Self::text("")
    }

    /// The model declines in these words.
    pub fn refusal(text: &str) -> Self {
        let delta = json!({"choices": [{"index": 0, "delta": {"refusal": text}}]});
        Self::stream(vec![Step::Event(delta)]).finish("stop")
    }

    /// The provider's filter ends the answer after some text.
    pub fn content_filter() -> Self {
        Self::text("This is how you").finish("content_filter")
    }

    /// Half an answer, and nothing more until the test releases the rest.
    pub fn hang() -> Self {
        let mut steps = words("The first half ");
        steps.push(Step::Wait);
        steps.extend(words("and the second."));
        Self::stream(steps).finish("stop")
    }

    /// An answer that takes its time between the first word and the last.
    pub fn slow(text: &str, pause: Duration) -> Self {
        let mut steps = words(text);
        steps.insert(1, Step::Pause(pause));
        Self::stream(steps).finish("stop")
    }

    /// An answer whose words come one by one.
    pub fn paced(text: &str, pause: Duration) -> Self {
        let words = words(text).into_iter();
        Self::stream(words.flat_map(|word| [Step::Pause(pause), word]).collect()).finish("stop")
    }

    /// An answer before which signs of life come, one by one, that are no words.
    pub fn pinging(text: &str, times: usize, pause: Duration) -> Self {
        let empty =
            json!({"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]});
        let signs = [
            Step::Raw(": ping\n\n".into()),
            Step::Event(empty),
            Step::Raw("event: ping\ndata: {}\n\n".into()),
        ];
        let signs = signs.into_iter().cycle().take(times);
        let signs = signs.flat_map(|sign| [Step::Pause(pause), sign]);
        Self::stream(signs.chain(words(text)).collect()).finish("stop")
    }

    /// An answer of which not even the headers come before the test releases it.
    pub fn gated(text: &str) -> Self {
        let mut steps = vec![Step::Wait];
        steps.extend(words(text));
        Self::stream(steps).finish("stop")
    }

    /// A stream of just these bytes.
    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        Self::stream(vec![Step::Raw(bytes.into())])
    }

    /// A JSON that comes whole.
    pub fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            headers: Vec::new(),
            content: Content::Whole(body.to_string()),
        }
    }

    /// The same reply, and then these bytes.
    pub fn then(self, bytes: impl Into<Bytes>) -> Self {
        self.edit(|steps| steps.push(Step::Raw(bytes.into())))
    }

    /// The same reply, and then nothing for a while.
    pub fn pause(self, pause: Duration) -> Self {
        self.edit(|steps| steps.push(Step::Pause(pause)))
    }

    /// The same reply, and then the connection is lost.
    pub fn lose(self) -> Self {
        self.edit(|steps| steps.push(Step::Break))
    }

    /// The same reply, whose body does not end.
    pub fn stay(self) -> Self {
        self.edit(|steps| steps.push(Step::Stay))
    }

    /// An error with the body that OpenAI would send.
    pub fn status(status: u16) -> Self {
        Self::error(status, "server_error", "something went wrong")
    }

    /// An error with a code and a message of its own.
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        let body =
            json!({"error": {"message": message, "type": code, "param": null, "code": code}});
        Self {
            status,
            headers: Vec::new(),
            content: Content::Whole(body.to_string()),
        }
    }

    /// Some text, and then an event that is no JSON.
    pub fn malformed() -> Self {
        let mut steps = words("Some text ");
        steps.push(Step::raw("data: {\"choices\": [{\n\n"));
        Self::stream(steps)
    }

    /// Some text, and then an error in the place of the rest.
    pub fn error_in_stream(error: &Value) -> Self {
        let mut steps = words("Some text ");
        steps.push(Step::Event(json!({"error": error})));
        Self::stream(steps)
    }

    /// An answer of these deltas, each JSON as it is written here; nothing more comes where one is empty,
    /// before the test releases it.
    pub fn deltas(deltas: &[&str]) -> Self {
        let step = |delta: &&str| match *delta {
            "" => Step::Wait,
            delta => {
                let event =
                    format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{delta}}}]}}\n\n");
                Step::Raw(event.into())
            }
        };
        Self::stream(deltas.iter().map(step).collect()).finish("stop")
    }

    /// The same reply with another `finish_reason`.
    pub fn finish(self, reason: &str) -> Self {
        self.edit(|steps| {
            steps.retain(|step| !step.is_end());
            steps.push(Step::Event(
                json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}),
            ));
            steps.push(Step::Event(json!({
                "choices": [],
                "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
            })));
            steps.push(Step::raw("data: [DONE]\n\n"));
        })
    }

    /// The same reply, ending in good order but without a `finish_reason`.
    pub fn without_finish(self) -> Self {
        self.edit(|steps| steps.retain(|step| !step.is_end()))
    }

    /// The same reply, its connection lost after this many bytes of the body.
    pub fn cut_after(self, bytes: usize) -> Self {
        self.edit(|steps| {
            let all = steps.iter().filter_map(Step::bytes);
            let body: Vec<u8> = all.flatten().take(bytes).collect();
            *steps = vec![Step::Raw(body.into()), Step::Break];
        })
    }

    /// The same reply with a `Retry-After` header.
    pub fn retry_after(self, value: &str) -> Self {
        self.header("retry-after", value)
    }

    /// The same reply with one more header, or another content type.
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.to_owned()));
        self
    }

    fn stream(steps: Vec<Step>) -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            content: Content::Stream(steps),
        }
    }

    fn edit(mut self, change: impl FnOnce(&mut Vec<Step>)) -> Self {
        match &mut self.content {
            Content::Stream(steps) => change(steps),
            Content::Whole(_) => panic!("only a streamed reply can be changed like this"),
        }
        self
    }
}

impl Step {
    fn raw(text: &'static str) -> Self {
        Self::Raw(Bytes::from_static(text.as_bytes()))
    }

    pub(super) fn bytes(&self) -> Option<Bytes> {
        match self {
            Self::Event(event) => Some(format!("data: {event}\n\n").into()),
            Self::Raw(bytes) => Some(bytes.clone()),
            Self::Wait | Self::Pause(_) | Self::Break | Self::Stay => None,
        }
    }

    /// Part of how a good answer ends.
    fn is_end(&self) -> bool {
        match self {
            Self::Event(event) => {
                event["usage"].is_object() || event["choices"][0]["finish_reason"].is_string()
            }
            Self::Raw(bytes) => bytes.starts_with(b"data: [DONE]"),
            Self::Wait | Self::Pause(_) | Self::Break | Self::Stay => false,
        }
    }
}

fn words(text: &str) -> Vec<Step> {
    text.split_inclusive(' ')
        .map(|word| json!({"choices": [{"index": 0, "delta": {"content": word}}]}))
        .map(Step::Event)
        .collect()
}
