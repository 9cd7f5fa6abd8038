//! What a stage asks for by its JSON Schema: an object with each of its keys, in the type, of the values and within
//! the bounds that it allows. Patterns, references and least lengths are not read: where one stands, the answer may not
//! pass; nor may one that would have more than [`MOST_VALUES`].

use serde_json::{Map, Value, json};

use super::compose;
use super::extract;
use super::prompt::Prompt;

const DEFAULT_ITEMS: usize = 3;
/// Of a whole answer, whatever its schema and its prompt ask for.
const MOST_VALUES: usize = 1_000;

/// The answer to a prompt in the shape of `schema`, that of an object.
pub(super) fn answer(schema: &Value, prompt: &Prompt) -> Value {
    let drafted = serde_json::from_str(&compose::answer(prompt)).unwrap_or(Value::Null);
    let prompt = prompt.with_source();
    let mut writer = Writer {
        prompt: &prompt,
        left: MOST_VALUES,
    };
    writer.fitted(drafted, schema, Place { key: "", nth: 0 })
}

/// Where a value stands in the whole.
#[derive(Clone, Copy)]
struct Place<'a> {
    /// The key that it, or the list that it is in, has.
    key: &'a str,
    /// The number in that list of what it is in, from 0.
    nth: usize,
}

struct Writer<'a> {
    prompt: &'a Prompt,
    /// How many values may still be written.
    left: usize,
}

impl Writer<'_> {
    /// `drafted` where the schema allows it, else what it allows; nothing once all is spent.
    fn fitted(&mut self, drafted: Value, schema: &Value, at: Place<'_>) -> Value {
        let Some(left) = self.left.checked_sub(1) else {
            return Value::Null;
        };
        self.left = left;
        if let Some(only) = schema.get("const") {
            return only.clone();
        }
        if let Some(options) = schema.get("enum").and_then(Value::as_array) {
            return self.chosen(&drafted, options);
        }
        match kind(schema) {
            "object" => self.object(drafted, schema, at),
            "array" => self.array(drafted, schema, at),
            "string" => self.text(drafted, schema, at).into(),
            "integer" => self.whole(drafted.as_i64(), schema).into(),
            "number" => match drafted.as_f64() {
                Some(number) if is_within(number, schema) => drafted,
                _ => self.whole(None, schema).into(),
            },
            "boolean" if drafted.is_boolean() => drafted,
            "boolean" => self.mentions(at.key).into(),
            "null" => Value::Null,
            _ => drafted,
        }
    }

    /// What was drafted, else the option that the text speaks of, else the first.
    fn chosen(&self, drafted: &Value, options: &[Value]) -> Value {
        if options.contains(drafted) {
            return drafted.clone();
        }
        let spoken = |option: &&Value| option.as_str().is_some_and(|word| self.mentions(word));
        let found = options.iter().find(spoken).or_else(|| options.first());
        found.cloned().unwrap_or_default()
    }

    fn mentions(&self, word: &str) -> bool {
        let source = self.prompt.source.to_lowercase();
        source.contains(&word.to_lowercase())
    }

    fn object(&mut self, drafted: Value, schema: &Value, at: Place<'_>) -> Value {
        let mut fields = match drafted {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        let properties = schema.get("properties").and_then(Value::as_object);
        for (key, schema) in properties.into_iter().flatten() {
            let value = fields.remove(key).unwrap_or_default();
            let at = Place { key, nth: at.nth };
            fields.insert(key.clone(), self.fitted(value, schema, at));
        }
        fields.into()
    }

    fn array(&mut self, drafted: Value, schema: &Value, at: Place<'_>) -> Value {
        let drafted = match drafted {
            Value::Array(items) => items,
            _ => Vec::new(),
        };
        let least = size(schema, "minItems").unwrap_or(0);
        let most = size(schema, "maxItems").unwrap_or(usize::MAX);
        let count = match drafted.len() {
            0 => self.prompt.lengths.items.unwrap_or(DEFAULT_ITEMS),
            known => known,
        };
        let unknown = json!({ "type": "string" });
        let item = schema.get("items").unwrap_or(&unknown);
        let mut drafted = drafted.into_iter();
        let mut items: Vec<Value> = Vec::new();
        for nth in 0..count.max(least).min(most) {
            if self.left == 0 {
                break;
            }
            let at = Place { key: at.key, nth };
            items.push(self.fitted(drafted.next().unwrap_or_default(), item, at));
        }
        items.into()
    }

    /// A text that says something of its key; of a list, another one each time as long as there are any.
    fn text(&self, drafted: Value, schema: &Value, at: Place<'_>) -> String {
        let whole = match drafted {
            Value::String(text) => text,
            _ => self.written(at),
        };
        match size(schema, "maxLength") {
            Some(most) if whole.chars().count() > most => compose::cut_characters(&whole, most),
            _ => whole,
        }
    }

    fn written(&self, at: Place<'_>) -> String {
        let source = &self.prompt.source;
        let named = at.key.to_lowercase();
        let is_name = ["name", "title", "topic", "word", "tag"]
            .iter()
            .any(|sign| named.contains(sign));
        if is_name {
            let mut found = extract::names(source, 1);
            // "JSON" is what a prompt says of its answer.
            found.retain(|name| name.chars().any(char::is_lowercase));
            found.extend(extract::keywords(source, at.nth + 1));
            return found.get(at.nth).cloned().unwrap_or(named);
        }
        let sentences = extract::sentences(source);
        let nth = at.nth.checked_rem(sentences.len());
        nth.map_or(named, |nth| sentences[nth].to_owned())
    }

    /// A whole number within the schema's bounds.
    fn whole(&self, drafted: Option<i64>, schema: &Value) -> i64 {
        let number = drafted.unwrap_or_else(|| compose::number(&self.prompt.source));
        let number = bound(schema, "minimum", f64::ceil).map_or(number, |least| number.max(least));
        bound(schema, "maximum", f64::floor).map_or(number, |most| number.min(most))
    }
}

fn kind(schema: &Value) -> &str {
    match schema.get("type") {
        Some(Value::String(kind)) => kind,
        Some(Value::Array(kinds)) => kinds.first().and_then(Value::as_str).unwrap_or_default(),
        _ if schema.get("properties").is_some() => "object",
        _ => "",
    }
}

fn is_within(number: f64, schema: &Value) -> bool {
    let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
    bound("minimum").is_none_or(|least| number >= least)
        && bound("maximum").is_none_or(|most| number <= most)
}

/// The nearest whole number that a bound allows, whether it is written as one or not.
fn bound(schema: &Value, name: &str, rounded: fn(f64) -> f64) -> Option<i64> {
    let bound = schema.get(name)?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it saturates, as the numbers of an answer do"
    )]
    bound
        .as_i64()
        .or_else(|| bound.as_f64().map(|number| rounded(number) as i64))
}

fn size(schema: &Value, name: &str) -> Option<usize> {
    let size = schema.get(name).and_then(Value::as_u64)?;
    usize::try_from(size).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shaped(instruction: &str, properties: &Value) -> Value {
        let text = "Jana was charged twice. She asks for 12 euros back. It was in May.";
        let prompt = Prompt::read(&format!("{instruction}\n\n\"\"\"\n{text}\n\"\"\""));
        answer(
            &json!({ "type": "object", "properties": properties }),
            &prompt,
        )
    }

    #[test]
    fn each_key_is_of_its_type_and_among_its_values() {
        let answer = shaped(
            r#"Answer with JSON: "kind", "summary" (one sentence)."#,
            &json!({
                "kind": {"type": "string", "enum": ["fault", "charged", "other"]},
                "verdict": {"enum": ["ready", "again"]},
                "summary": {"type": "string", "maxLength": 23},
                "share": {"type": "number", "maximum": 1.0},
                "euros": {"type": "integer", "minimum": 20},
                "twice": {"type": "boolean"},
                "always": {"const": 7},
            }),
        );
        assert_eq!(answer["kind"], "charged", "the text speaks of it");
        assert_eq!(answer["verdict"], "ready");
        assert_eq!(answer["summary"], "Jana was charged twice.");
        assert_eq!(answer["share"], 1);
        let rest = (&answer["euros"], &answer["twice"], &answer["always"]);
        assert_eq!(rest, (&json!(20), &json!(true), &json!(7)));
    }

    #[test]
    fn lists_have_as_many_items_as_are_asked_for_and_no_two_alike() {
        let person = json!({
            "type": "object",
            "required": ["name", "wish"],
            "properties": {"name": {"type": "string"}, "wish": {"type": "string"}},
        });
        let people = json!({"people": {"type": "array", "minItems": 2, "items": person}});
        let invented =
            Prompt::read("Invent people who would meet in a lighthouse. Answer with JSON.");
        let schema = json!({ "type": "object", "properties": people });
        let answer = answer(&schema, &invented);
        let people = answer["people"].as_array().unwrap();
        assert_eq!(people.len(), DEFAULT_ITEMS);
        assert!(people.iter().all(|one| one["wish"].is_string()));
        assert_ne!(people[0]["name"], people[1]["name"], "{people:?}");

        let few = json!({"facts": {"type": "array", "maxItems": 1}});
        assert_eq!(shaped("JSON", &few)["facts"].as_array().unwrap().len(), 1);
    }

    #[test]
    fn nobody_gets_more_than_can_be_read() {
        let mut nested = json!({"type": "string"});
        for _ in 0..30 {
            nested = json!({"type": "array", "minItems": 5_000_000_000_u64, "items": nested});
        }
        let answer = shaped("5000000000 items as JSON", &json!({"facts": nested}));
        assert!(answer.to_string().len() < 100 * MOST_VALUES);
        assert!(answer["facts"].is_array());
    }
}
