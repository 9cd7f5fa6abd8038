//! Single values on their way in and out: times, JSON, and the three states of an update's field.

use std::borrow::Cow;

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::{
    ContextSelectionSet, InputValueResult, MaybeUndefined, OutputType, Positioned, Scalar,
    ScalarType, ServerResult, Value,
};
use chrono::{SecondsFormat, Utc};

use crate::domain::limit;
use crate::domain::patch::Patch;

/// A point in time, in whole milliseconds of UTC.
#[derive(Clone, Copy, Debug)]
pub struct DateTime(pub chrono::DateTime<Utc>);

/// A point in time as RFC 3339 writes it, always in UTC and in milliseconds:
/// `2026-11-23T08:45:00.000Z`.
#[Scalar(
    name = "DateTime",
    specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339"
)]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => Ok(Self(text.parse()?)),
            _ => Err(async_graphql::InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

/// A JSON value.
#[derive(Clone, Debug)]
pub struct Json(pub serde_json::Value);

/// Any JSON value, as itself and not as text in a string. Whole numbers keep all their digits up to
/// 64 bits, and are `BAD_USER_INPUT` beyond: send them as texts. U+0000, and half a surrogate pair, in a text
/// become U+FFFD. As an input at most 1 MiB and 100 levels deep.
#[Scalar(
    name = "JSON",
    specified_by_url = "https://www.rfc-editor.org/rfc/rfc8259"
)]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(limit::clean_json(value.into_json()?)))
    }

    fn to_value(&self) -> Value {
        // What JSON can say, a GraphQL value can: nothing is lost here.
        async_graphql::to_value(&self.0).unwrap_or_default()
    }
}

/// JSON whose members are called `stage_N`, and stand in the order of these numbers.
#[derive(Clone, Debug)]
pub struct ByStage(pub serde_json::Value);

impl ByStage {
    fn to_value(&self) -> Value {
        let mut value = async_graphql::to_value(&self.0).unwrap_or_default();
        if let Value::Object(members) = &mut value {
            members.sort_by_cached_key(|name, _| {
                let order = name.strip_prefix("stage_")?;
                order.parse::<i32>().ok()
            });
        }
        value
    }
}

impl OutputType for ByStage {
    fn type_name() -> Cow<'static, str> {
        <Json as OutputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <Json as OutputType>::create_type_info(registry)
    }

    async fn resolve(
        &self,
        _: &ContextSelectionSet<'_>,
        _: &Positioned<Field>,
    ) -> ServerResult<Value> {
        Ok(self.to_value())
    }
}

impl From<Json> for serde_json::Value {
    fn from(json: Json) -> Self {
        json.0
    }
}

impl<T> From<MaybeUndefined<T>> for Patch<T> {
    fn from(field: MaybeUndefined<T>) -> Self {
        match field {
            MaybeUndefined::Undefined => Self::Keep,
            MaybeUndefined::Null => Self::Clear,
            MaybeUndefined::Value(value) => Self::Set(value),
        }
    }
}

/// The update that a JSON field of an input asks for.
pub fn json_patch(field: MaybeUndefined<Json>) -> Patch<serde_json::Value> {
    field.map_value(serde_json::Value::from).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn times_are_written_in_utc_with_milliseconds() {
        let time = DateTime("2026-11-23T09:45:00.5+01:00".parse().unwrap());
        assert_eq!(time.to_value(), Value::from("2026-11-23T08:45:00.500Z"));
    }

    #[test]
    fn what_is_by_stage_stands_in_the_order_of_the_stages() {
        let value = json!({ "stage_10": 1, "stage_9": 2, "stage_1": 3 });
        let written = serde_json::to_string(&ByStage(value).to_value()).unwrap();
        assert_eq!(written, r#"{"stage_1":3,"stage_9":2,"stage_10":1}"#);
    }

    #[test]
    fn json_keeps_large_whole_numbers_and_loses_zero_characters() {
        let value = json!({ "n": u64::MAX, "m": i64::MIN, "a\0": ["b\0", 1.5, null] });
        let sent = async_graphql::to_value(&value).unwrap();
        let Json(read) = Json::parse(sent).unwrap();
        assert_eq!(
            read,
            json!({ "n": u64::MAX, "m": i64::MIN, "a\u{fffd}": ["b\u{fffd}", 1.5, null] })
        );
        assert_eq!(Json(read.clone()).to_value().into_json().unwrap(), read);
    }
}
