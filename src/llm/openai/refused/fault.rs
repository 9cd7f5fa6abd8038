//! Lists of what is wrong with a request, place by place.

use serde_json::Value;

use super::super::details::Details;
use super::{Field, UNKNOWN};

/// What is wrong with a place in the body, as servers that are made with `FastAPI` list it: `{"loc": ["body", "stream_options"], "msg":
/// "Extra inputs are not permitted", "input": …}`. What they repeat of the body under `input` names nothing.
pub(super) struct Fault<'e> {
    place: Vec<&'e str>,
    is_unknown: bool,
}

impl<'e> Fault<'e> {
    /// All that an error lists.
    pub(super) fn all(details: &'e Details) -> Vec<Self> {
        let error = &details.error;
        let lists = [
            &error["detail"],
            &error["message"]["detail"],
            &error["message"],
        ];
        let list = lists.into_iter().find_map(Value::as_array);
        list.into_iter().flatten().filter_map(Self::read).collect()
    }

    fn read(fault: &'e Value) -> Option<Self> {
        let place = fault["loc"].as_array()?.iter();
        let place = place.filter_map(Value::as_str);
        let place = place.skip_while(|word| *word == "body").collect();
        let said = ["msg", "type"].map(|key| fault[key].as_str().unwrap_or_default());
        let is_unknown = |said: &str| {
            let said = said.to_ascii_lowercase();
            said.contains("extra_forbidden") || UNKNOWN.iter().any(|word| said.contains(word))
        };
        Some(Self {
            place,
            is_unknown: said.into_iter().any(is_unknown),
        })
    }

    /// Is it that this field is there?
    pub(super) fn refuses(&self, field: Field) -> bool {
        let Some((first, within)) = self.place.split_first() else {
            return false;
        };
        let is_meant = match field {
            Field::StreamOptions => true,
            // The kind of format is ours, what is in it is what somebody wrote.
            Field::ResponseFormat => matches!(within, [] | ["type"]),
            Field::Stream => within.is_empty(),
            // The limit itself is known where its value is what is wrong.
            Field::MaxTokens | Field::MaxCompletionTokens => self.is_unknown,
        };
        *first == field.name() && is_meant
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::{body, request};
    use super::*;

    #[test]
    fn a_list_of_faults_names_fields_by_their_places() {
        let forbidden = |place: Value| {
            json!({ "type": "extra_forbidden", "loc": place,
                "msg": "Extra inputs are not permitted", "input": { "stream": "schema" } })
        };
        let limit = |kind: &str, message: &str| json!({ "type": kind, "loc": ["body", "max_tokens"], "msg": message });
        for (fault, field) in [
            (
                forbidden(json!(["body", "stream_options"])),
                Some(Field::StreamOptions),
            ),
            (
                forbidden(json!(["body", "stream_options", "include_usage"])),
                Some(Field::StreamOptions),
            ),
            (
                forbidden(json!(["response_format"])),
                Some(Field::ResponseFormat),
            ),
            (
                json!({ "loc": ["body", "response_format", "type"], "msg": "unexpected value" }),
                Some(Field::ResponseFormat),
            ),
            (
                forbidden(json!([
                    "body",
                    "response_format",
                    "json_schema",
                    "schema",
                    "stream"
                ])),
                None,
            ),
            (forbidden(json!(["body", "seed"])), None),
            (forbidden(json!(["body", "messages", 0, "stream"])), None),
            (
                limit("extra_forbidden", "Extra inputs are not permitted"),
                Some(Field::MaxTokens),
            ),
            (limit("less_than_equal", "should be less"), None),
        ] {
            for error in [
                json!({ "detail": [fault] }),
                json!({ "object": "error", "message": { "detail": [fault] } }),
            ] {
                let details = Details::of(&error);
                let found = Field::refused(&details, &body(), &request(&json!({})));
                assert_eq!(found, field, "{error}");
            }
        }
    }
}
