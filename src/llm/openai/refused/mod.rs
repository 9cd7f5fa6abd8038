//! Fields that we added to a request and a provider refuses: the request is made again without, and
//! so are those of the next hour.
//!
//! A refusal has to name the field, by `param`, by its place in a list of faults, or quoted as unsupported or unknown. One that speaks
//! of a schema's content speaks of what a user wrote.

mod fault;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value};

use self::fault::Fault;
use super::details::Details;
use crate::clock::Clock;
use crate::llm::Request;

/// Words that say of a field that it is none.
const UNKNOWN: [&str; 5] = [
    "unsupported",
    "unknown",
    "not supported",
    "unrecognized",
    "extra inputs are not permitted",
];
const REMEMBERED: Duration = Duration::from_hours(1);
/// So many models are remembered at most.
const MODELS: usize = 1000;

/// A field that a provider may not know, and what takes its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    StreamOptions,
    ResponseFormat,
    /// The answer comes whole.
    Stream,
    /// Goes by the other name of the two.
    MaxTokens,
    MaxCompletionTokens,
}

const ALL: [Field; 5] = [
    Field::StreamOptions,
    Field::ResponseFormat,
    Field::Stream,
    Field::MaxTokens,
    Field::MaxCompletionTokens,
];

impl Field {
    const fn name(self) -> &'static str {
        match self {
            Self::StreamOptions => "stream_options",
            Self::ResponseFormat => "response_format",
            Self::Stream => "stream",
            Self::MaxTokens => "max_tokens",
            Self::MaxCompletionTokens => "max_completion_tokens",
        }
    }

    /// The field of `body` that a 400, or 422, refuses, if it is one that can be done without. What the
    /// settings bring under that name is somebody's wish, and not ours.
    pub(super) fn refused(
        details: &Details,
        body: &Map<String, Value>,
        request: &Request,
    ) -> Option<Self> {
        let wished = Wished::of(request);
        let may_go = |field: &Self| body.contains_key(field.name()) && !wished.has(*field);
        let faults = Fault::all(details);
        if !faults.is_empty() {
            let of_field = |field: &Self| faults.iter().any(|fault| fault.refuses(*field));
            return ALL
                .into_iter()
                .find(|field| may_go(field) && of_field(field));
        }
        let message = details.message.as_deref().unwrap_or_default();
        let message = message.to_ascii_lowercase();
        // `json_schema` is a kind of format; a schema is what somebody wrote.
        let of_schema = message.replace("json_schema", "").contains("schema");
        let param = details.error["param"].as_str().unwrap_or_default();
        let code = details.error["code"].as_str().unwrap_or_default();
        ALL.into_iter().find(|field| {
            let name = field.name();
            let is_param = param == name
                || (*field == Self::StreamOptions && param.starts_with("stream_options."))
                || (*field == Self::ResponseFormat && param == "response_format.type");
            let is_named = is_named(&message, name);
            let is_unknown = UNKNOWN
                .iter()
                .any(|word| message.contains(word) || code.contains(word));
            let is_meant = match field {
                Self::ResponseFormat => !of_schema && !code.contains("schema"),
                Self::MaxTokens | Self::MaxCompletionTokens => {
                    is_unknown || !speaks_of_value(&message, code)
                }
                Self::StreamOptions | Self::Stream => true,
            };
            may_go(field) && ((is_param && is_meant) || (is_named && is_unknown && !of_schema))
        })
    }

    /// Takes the field out of `body`, or gives it its other name.
    pub(super) fn leave_out(self, body: &mut Map<String, Value>) {
        let value = body.remove(self.name());
        match self {
            // The options of a stream are refused without one.
            Self::Stream => {
                body.remove(Self::StreamOptions.name());
            }
            Self::MaxTokens | Self::MaxCompletionTokens => {
                let other = self.other_name();
                if let (Some(value), false) = (value, body.contains_key(other)) {
                    body.insert(other.to_owned(), value);
                }
            }
            Self::StreamOptions | Self::ResponseFormat => {}
        }
    }

    /// Refusing this one is no answer to refusing `other`.
    pub(super) fn is_other(self, other: Self) -> bool {
        self != other && !(self.is_renamed() && other.is_renamed())
    }

    const fn is_renamed(self) -> bool {
        matches!(self, Self::MaxTokens | Self::MaxCompletionTokens)
    }

    const fn other_name(self) -> &'static str {
        match self {
            Self::MaxTokens => Self::MaxCompletionTokens.name(),
            _ => Self::MaxTokens.name(),
        }
    }
}

/// What the settings of a request ask for: somebody's wish, which is not left out.
struct Wished {
    body: Map<String, Value>,
    has_format: bool,
}

impl Wished {
    fn of(request: &Request) -> Self {
        let settings = &request.settings;
        Self {
            body: settings.body(&request.provider, &request.model),
            has_format: settings.response_format().is_some(),
        }
    }

    fn has(&self, field: Field) -> bool {
        let is_format = field == Field::ResponseFormat && self.has_format;
        is_format || (!field.is_renamed() && self.body.contains_key(field.name()))
    }
}

/// Is the name quoted, or does it stand by itself beside a colon: `Unrecognized request argument supplied:
/// stream_options`, `response_format: unknown variant`?
fn is_named(message: &str, name: &str) -> bool {
    let is_quoted = |quote: &str| message.contains(&format!("{quote}{name}{quote}"));
    let of_word = |c: char| c.is_alphanumeric() || "_.'\"`".contains(c);
    ["'", "\"", "`"].into_iter().any(is_quoted)
        || message.match_indices(name).any(|(at, _)| {
            let (before, after) = (&message[..at], &message[at + name.len()..]);
            let is_alone = !before.ends_with(of_word) && !after.starts_with(of_word);
            is_alone && (before.ends_with(": ") || after.starts_with(':'))
        })
}

/// The limit itself is known, and its value is what is wrong.
fn speaks_of_value(message: &str, code: &str) -> bool {
    let of_value = [
        "too large",
        "too small",
        "at most",
        "at least",
        "less than",
        "greater",
        "maximum",
        "minimum",
        "exceed",
        "must be",
    ];
    of_value.iter().any(|words| message.contains(words)) || code.contains("value")
}

/// What one provider refused, by model.
pub(super) struct Refused {
    clock: Clock,
    by_model: Mutex<HashMap<String, Vec<(Field, Duration)>>>,
}

impl Refused {
    pub(super) fn new(clock: Clock) -> Self {
        Self {
            clock,
            by_model: Mutex::default(),
        }
    }

    /// Takes out of `body` what this model's provider refused in the last hour.
    pub(super) fn leave_out(&self, request: &Request, body: &mut Map<String, Value>) {
        let fields = self.lately(&request.model);
        if fields.is_empty() {
            return;
        }
        let wished = Wished::of(request);
        let others = fields.into_iter().filter(|field| !wished.has(*field));
        others.for_each(|field| field.leave_out(body));
    }

    fn lately(&self, model: &str) -> Vec<Field> {
        let now = self.clock.uptime();
        let by_model = self.by_model.lock().unwrap_or_else(PoisonError::into_inner);
        let fields = by_model.get(model).into_iter().flatten();
        let fields = fields.filter(|(_, until)| now < *until);
        fields.map(|(field, _)| *field).collect()
    }

    pub(super) fn remember(&self, model: &str, field: Field) {
        let now = self.clock.uptime();
        let mut by_model = self.by_model.lock().unwrap_or_else(PoisonError::into_inner);
        if by_model.len() >= MODELS {
            by_model.retain(|_, fields| fields.iter().any(|(_, until)| now < *until));
            if by_model.len() >= MODELS {
                return;
            }
        }
        let fields = by_model.entry(model.to_owned()).or_default();
        // Of two names for the same thing the last word stands.
        fields.retain(|(known, until)| now < *until && known.is_other(field));
        fields.push((field, now + REMEMBERED));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::setting::Settings;

    pub(super) fn body() -> Map<String, Value> {
        let body = json!({
            "stream": true, "stream_options": {}, "response_format": {}, "max_tokens": 5, "seed": 1,
        });
        body.as_object().unwrap().clone()
    }

    pub(super) fn request(settings: &Value) -> Request {
        Request {
            provider: "openai".to_owned(),
            model: "a".to_owned(),
            system: None,
            turns: Vec::new(),
            prompt: String::new(),
            settings: Settings::of(settings, None),
            schema: None,
        }
    }

    fn refused(error: &Value) -> Option<Field> {
        let details = Details::of(&json!({ "error": error }));
        Field::refused(&details, &body(), &request(&json!({})))
    }

    #[test]
    fn a_refusal_has_to_name_the_field() {
        for (error, field) in [
            (
                json!({"message": "no", "param": "stream_options"}),
                Some(Field::StreamOptions),
            ),
            (
                json!({"message": "no", "param": "stream_options.include_usage"}),
                Some(Field::StreamOptions),
            ),
            (
                json!({"message": "Unknown parameter: 'stream_options'."}),
                Some(Field::StreamOptions),
            ),
            (
                json!({"message": "verify to stream", "param": "stream", "code": "unsupported_value"}),
                Some(Field::Stream),
            ),
            (
                json!({"message": "'response_format' of type 'json_schema' is not supported with this model."}),
                Some(Field::ResponseFormat),
            ),
            (
                json!({"message": "Unsupported parameter: 'max_tokens'", "param": "max_tokens", "code": "unsupported_parameter"}),
                Some(Field::MaxTokens),
            ),
            (
                json!({"message": "no", "param": "max_tokens"}),
                Some(Field::MaxTokens),
            ),
            (
                json!({"message": "max_tokens is too large", "param": "max_tokens"}),
                None,
            ),
            (
                json!({"message": "Unrecognized request argument supplied: stream_options"}),
                Some(Field::StreamOptions),
            ),
            (
                json!({"message": "response_format: unknown variant `json_schema`, expected `text`"}),
                Some(Field::ResponseFormat),
            ),
            (
                json!({"message": "stream_options: Extra inputs are not permitted"}),
                Some(Field::StreamOptions),
            ),
            (
                json!({"message": "`json_schema` does not go", "param": "response_format.type"}),
                Some(Field::ResponseFormat),
            ),
            (
                json!({"message": "unknown tool: my_stream_options, or stream"}),
                None,
            ),
            (json!({"message": "no", "param": "seed"}), None),
            (json!({"message": "unknown 'max_completion_tokens'"}), None),
            (json!({"message": "stream_options are wrong"}), None),
            (json!({"message": "'stream_options' are wrong"}), None),
            (
                json!({"message": "Invalid schema for response_format 'a': unknown 'stream'", "param": "response_format"}),
                None,
            ),
            (
                json!({"message": "unsupported keyword 'stream' in the schema"}),
                None,
            ),
            (
                json!({"message": "no", "param": "response_format.json_schema.schema"}),
                None,
            ),
            (
                json!({"message": "no", "param": "response_format", "code": "invalid_json_schema"}),
                None,
            ),
        ] {
            assert_eq!(refused(&error), field, "{error}");
        }
        let wished = request(&json!({"response_format": "json_object"}));
        let error = json!({"message": "no", "param": "response_format"});
        let refused = Field::refused(&Details::of(&error), &body(), &wished);
        assert_eq!(refused, None, "somebody wished it");
    }

    #[test]
    fn a_limit_goes_by_its_other_name_and_the_rest_is_left_out() {
        let mut body = body();
        for field in [Field::MaxTokens, Field::Stream, Field::ResponseFormat] {
            field.leave_out(&mut body);
        }
        assert_eq!(
            Value::Object(body.clone()),
            json!({"max_completion_tokens": 5, "seed": 1})
        );
        Field::MaxCompletionTokens.leave_out(&mut body);
        assert_eq!(Value::Object(body), json!({"max_tokens": 5, "seed": 1}));
    }

    #[test]
    fn a_refusal_is_remembered_for_an_hour_and_of_one_model() {
        let clock = Clock::manual("2026-03-01T12:00:00Z".parse().unwrap());
        let refused = Refused::new(clock.clone());
        refused.remember("a", Field::StreamOptions);
        let is_sent = |model: &str| {
            let mut body = body();
            let mut request = request(&json!({}));
            request.model = model.to_owned();
            refused.leave_out(&request, &mut body);
            body.contains_key("stream_options")
        };
        assert_eq!((is_sent("a"), is_sent("b")), (false, true));
        clock.advance(REMEMBERED.checked_sub(Duration::from_secs(1)).unwrap());
        assert!(!is_sent("a"));
        clock.advance(Duration::from_secs(1));
        assert!(is_sent("a"));
    }

    #[test]
    fn what_the_settings_ask_for_is_sent_whatever_was_refused() {
        let clock = Clock::manual("2026-03-01T12:00:00Z".parse().unwrap());
        let refused = Refused::new(clock);
        refused.remember("a", Field::ResponseFormat);
        for (settings, is_sent) in [
            (json!({}), false),
            (json!({"responseFormat": "json_object"}), true),
            (json!({"responseFormat": "json_schema"}), true),
        ] {
            let mut body = body();
            refused.leave_out(&request(&settings), &mut body);
            assert_eq!(body.contains_key("response_format"), is_sent, "{settings}");
        }
    }
}
