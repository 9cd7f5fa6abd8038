//! What a stage asks for by its JSON Schema: an object with each of its keys, in the type, of the values and within
//! the lengths that it allows. Patterns and references are not read: where one stands, the answer may not pass.

use serde_json::{Map, Value, json};

use super::compose;
use super::extract;
use super::prompt::Prompt;

const DEFAULT_ITEMS: usize = 3;
/// Deeper than anybody reads, and no way to go on for ever.
const DEEPEST: usize = 8;

/// The answer to a prompt in the shape of `schema`, that of an object.
pub(super) fn answer(schema: &Value, prompt: &Prompt) -> Value {
    let drafted = serde_json::from_str(&compose::answer(prompt)).unwrap_or(Value::Null);
    let prompt = prompt.with_source();
    let at = Place {
        key: "",
        nth: 0,
        depth: 0,
    };
    fitted(drafted, schema, &prompt, at)
}

/// Where a value stands in the whole.
#[derive(Clone, Copy)]
struct Place<'a> {
    /// The key that it, or the list that it is in, has.
    key: &'a str,
    /// The number in that list of what it is in, from 0.
    nth: usize,
    depth: usize,
}

/// `drafted` where the schema allows it, else what it allows.
fn fitted(drafted: Value, schema: &Value, prompt: &Prompt, at: Place<'_>) -> Value {
    if let Some(only) = schema.get("const") {
        return only.clone();
    }
    if let Some(options) = schema.get("enum").and_then(Value::as_array) {
        return chosen(&drafted, options, prompt);
    }
    match kind(schema) {
        "object" if at.depth < DEEPEST => object(drafted, schema, prompt, at),
        "array" if at.depth < DEEPEST => array(drafted, schema, prompt, at),
        "string" => text(drafted, schema, prompt, at).into(),
        "integer" => within(drafted.as_i64(), schema, prompt).into(),
        "number" if drafted.is_number() => drafted,
        "number" => within(None, schema, prompt).into(),
        "boolean" if drafted.is_boolean() => drafted,
        "boolean" => mentions(prompt, at.key).into(),
        "null" => Value::Null,
        _ => drafted,
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

/// What was drafted, else the option that the text speaks of, else the first.
fn chosen(drafted: &Value, options: &[Value], prompt: &Prompt) -> Value {
    if options.contains(drafted) {
        return drafted.clone();
    }
    let spoken = |option: &&Value| option.as_str().is_some_and(|word| mentions(prompt, word));
    let found = options.iter().find(spoken).or_else(|| options.first());
    found.cloned().unwrap_or_default()
}

fn mentions(prompt: &Prompt, word: &str) -> bool {
    prompt.source.to_lowercase().contains(&word.to_lowercase())
}

fn object(drafted: Value, schema: &Value, prompt: &Prompt, at: Place<'_>) -> Value {
    let mut fields = match drafted {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    let properties = schema.get("properties").and_then(Value::as_object);
    for (key, schema) in properties.into_iter().flatten() {
        let value = fields.remove(key).unwrap_or_default();
        let at = Place {
            key,
            nth: at.nth,
            depth: at.depth + 1,
        };
        fields.insert(key.clone(), fitted(value, schema, prompt, at));
    }
    fields.into()
}

fn array(drafted: Value, schema: &Value, prompt: &Prompt, at: Place<'_>) -> Value {
    let drafted = match drafted {
        Value::Array(items) => items,
        _ => Vec::new(),
    };
    let least = size(schema, "minItems").unwrap_or(0);
    let most = size(schema, "maxItems").unwrap_or(usize::MAX);
    let wanted = prompt.lengths.items.unwrap_or(DEFAULT_ITEMS);
    let count = if drafted.is_empty() {
        wanted
    } else {
        drafted.len()
    };
    let unknown = json!({ "type": "string" });
    let item = schema.get("items").unwrap_or(&unknown);
    let mut drafted = drafted.into_iter();
    let mut items: Vec<Value> = Vec::new();
    for nth in 0..count.max(least).min(most) {
        let at = Place {
            key: at.key,
            nth,
            depth: at.depth + 1,
        };
        items.push(fitted(drafted.next().unwrap_or_default(), item, prompt, at));
    }
    items.into()
}

/// A text that says something of its key; of a list, another one each time as long as there are any.
fn text(drafted: Value, schema: &Value, prompt: &Prompt, at: Place<'_>) -> String {
    let whole = match drafted {
        Value::String(text) => text,
        _ => written(at, prompt),
    };
    match size(schema, "maxLength") {
        Some(most) => compose::cut_characters(&whole, most),
        None => whole,
    }
}

fn written(at: Place<'_>, prompt: &Prompt) -> String {
    let source = &prompt.source;
    let named = at.key.to_lowercase();
    if ["name", "title", "topic", "word", "tag"]
        .iter()
        .any(|sign| named.contains(sign))
    {
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

fn within(drafted: Option<i64>, schema: &Value, prompt: &Prompt) -> i64 {
    let bound = |name: &str| schema.get(name).and_then(Value::as_i64);
    let number = drafted.unwrap_or_else(|| compose::number(&prompt.source));
    let number = bound("minimum").map_or(number, |least| number.max(least));
    bound("maximum").map_or(number, |most| number.min(most))
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
                "summary": {"type": "string", "maxLength": 30},
                "euros": {"type": "integer", "minimum": 20},
                "twice": {"type": "boolean"},
                "always": {"const": 7},
            }),
        );
        assert_eq!(answer["kind"], "charged", "the text speaks of it");
        assert_eq!(answer["verdict"], "ready");
        assert!(answer["summary"].as_str().unwrap().chars().count() <= 30);
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
}
