//! Where a prompt's variables come from: source paths into the run's inputs and into the outputs of
//! earlier stages, and the mapping that names them.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value, json};

use super::context::Context;
use super::output::excerpt;

/// A place that a variable can be taken from, written with dots: `inputs.topic`,
/// `stage_1.output.items.0`, `stage_2.raw`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourcePath {
    /// Something in the run's inputs, or all of them when `path` is empty.
    Inputs { path: Vec<String> },
    /// Something in a stage's parsed output, or all of it when `path` is empty.
    StageOutput { stage: i32, path: Vec<String> },
    /// The text that a stage's model wrote.
    StageRaw { stage: i32 },
}

impl SourcePath {
    /// Reads a path as it stands in an input mapping.
    ///
    /// # Errors
    ///
    /// What is allowed, when `text` is none of it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let refused = || {
            format!(
                "\"{}\" is no source path: use inputs.name, stage_N.output.name or stage_N.raw, \
                 where N is a stageOrder",
                excerpt(text, 200)
            )
        };
        let mut segments = text.split('.');
        let root = segments.next().unwrap_or_default();
        let mut path: Vec<String> = segments.map(str::to_owned).collect();
        if path.iter().any(String::is_empty) {
            return Err(refused());
        }
        if root == "inputs" {
            return Ok(Self::Inputs { path });
        }
        let stage = stage_order(root).ok_or_else(refused)?;
        match path.first().map(String::as_str) {
            Some("output") => {
                path.remove(0);
                Ok(Self::StageOutput { stage, path })
            }
            Some("raw") if path.len() == 1 => Ok(Self::StageRaw { stage }),
            _ => Err(refused()),
        }
    }

    /// The order of the stage that the path looks at, if it looks at one.
    #[must_use]
    pub const fn stage(&self) -> Option<i32> {
        match self {
            Self::Inputs { .. } => None,
            Self::StageOutput { stage, .. } | Self::StageRaw { stage } => Some(*stage),
        }
    }

    /// What is at the path, or `None` when there is nothing. Elements of an array are named by their
    /// index, from 0.
    #[must_use]
    pub fn resolve<'a>(&self, inputs: &'a Value, context: &'a Context) -> Option<Found<'a>> {
        match self {
            Self::Inputs { path } => descend(inputs, path).map(Found::Value),
            Self::StageRaw { stage } => Some(Found::Text(context.get(*stage)?.raw())),
            Self::StageOutput { stage, path } => {
                let entry = context.get(*stage)?;
                match entry.output() {
                    Some(output) => descend(output, path).map(Found::Value),
                    None => in_text(entry.raw(), path),
                }
            }
        }
    }
}

/// What is at a path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Found<'a> {
    Value(&'a Value),
    Text(&'a str),
    /// The output of a stage without output variables, `{"text": …}`.
    TextOutput(&'a str),
}

impl Found<'_> {
    /// The value itself.
    #[must_use]
    pub fn to_value(self) -> Value {
        match self {
            Self::Value(value) => value.clone(),
            Self::Text(text) => text.into(),
            Self::TextOutput(text) => json!({ "text": text }),
        }
    }
}

impl fmt::Display for SourcePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = match self {
            Self::Inputs { path } => {
                f.write_str("inputs")?;
                path
            }
            Self::StageOutput { stage, path } => {
                write!(f, "stage_{stage}.output")?;
                path
            }
            Self::StageRaw { stage } => return write!(f, "stage_{stage}.raw"),
        };
        path.iter().try_for_each(|segment| write!(f, ".{segment}"))
    }
}

/// `stage_7` → 7. Written in one way only, so that the keys of the context can be made from it.
fn stage_order(root: &str) -> Option<i32> {
    let digits = root.strip_prefix("stage_")?;
    let order: i32 = digits.parse().ok()?;
    (order > 0 && order.to_string() == digits).then_some(order)
}

/// What is at the path in `{"text": raw}`.
fn in_text<'a>(raw: &'a str, path: &[String]) -> Option<Found<'a>> {
    match path {
        [] => Some(Found::TextOutput(raw)),
        [field] if field == "text" => Some(Found::Text(raw)),
        _ => None,
    }
}

fn descend<'a>(value: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, segment| match value {
        Value::Object(map) => map.get(segment),
        Value::Array(items) => items.get(array_index(segment)?),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    })
}

/// An index in plain digits: `parse` alone would take `+1`.
fn array_index(segment: &str) -> Option<usize> {
    let digits = segment.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| segment.parse().ok())?
}

/// A stage's `inputVariableMapping`: which variable of its prompt comes from where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping(Vec<(String, SourcePath)>);

impl Mapping {
    /// Reads `{"variable": "source.path", …}`; nothing and null map nothing.
    ///
    /// # Errors
    ///
    /// The key at fault (empty for the whole) and what is wrong with it.
    pub fn parse(value: Option<&Value>) -> Result<Self, (String, String)> {
        let map = match value {
            None | Some(Value::Null) => return Ok(Self::default()),
            Some(Value::Object(map)) => map,
            Some(_) => {
                let message =
                    "must be an object of source paths, like {\"topic\": \"inputs.topic\"}";
                return Err((String::new(), message.to_owned()));
            }
        };
        map.iter()
            .map(|(variable, path)| {
                let path = path
                    .as_str()
                    .ok_or_else(|| "must be a string with a source path".to_owned())
                    .and_then(SourcePath::parse);
                match path {
                    Ok(path) => Ok((variable.clone(), path)),
                    Err(message) => Err((variable.clone(), message)),
                }
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Every mapped variable with its source.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &SourcePath)> {
        self.0
            .iter()
            .map(|(variable, path)| (variable.as_str(), path))
    }

    /// The values of these names, as far as they have any: what is mapped to them, else the input of that
    /// name.
    ///
    /// # Errors
    ///
    /// Which variable has a path that leads nowhere, be it among the names or not.
    pub fn variables<'n>(
        &self,
        names: impl Iterator<Item = &'n str>,
        inputs: &Value,
        context: &Context,
    ) -> Result<Map<String, Value>, String> {
        let mut mapped = BTreeMap::new();
        for (variable, path) in &self.0 {
            let found = path.resolve(inputs, context).ok_or_else(|| {
                format!("the path {path} of the variable {variable} does not resolve")
            })?;
            mapped.insert(variable.as_str(), found);
        }
        let value = |name: &str| match mapped.get(name) {
            Some(found) => Some(found.to_value()),
            None => inputs.get(name).cloned(),
        };
        Ok(names
            .filter_map(|name| Some((name.to_owned(), value(name)?)))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn inputs() -> Value {
        json!({"topic": "tea", "nested": {"a.b": 1, "list": ["x", {"y": 2}]}, "nothing": null})
    }

    fn output() -> Value {
        json!({"items": ["p", "q"], "0": "zero"})
    }

    fn context() -> Context {
        Context::read(&json!({
            "stage_1": {"output": output(), "raw": "text"},
            "stage_3": {"output": {"text": "plain"}, "raw": "plain"},
        }))
    }

    #[test]
    fn a_path_leads_to_its_value_and_prints_as_it_was_written() {
        for (path, stage, value) in [
            ("inputs", None, inputs()),
            ("inputs.topic", None, json!("tea")),
            ("inputs.nothing", None, json!(null)),
            ("inputs.nested.list.1.y", None, json!(2)),
            ("stage_1.output", Some(1), output()),
            ("stage_1.output.items.1", Some(1), json!("q")),
            ("stage_1.output.0", Some(1), json!("zero")),
            ("stage_1.raw", Some(1), json!("text")),
            ("stage_3.raw", Some(3), json!("plain")),
            ("stage_3.output", Some(3), json!({"text": "plain"})),
            ("stage_3.output.text", Some(3), json!("plain")),
        ] {
            let source = SourcePath::parse(path).expect(path);
            assert_eq!(source.to_string(), path);
            assert_eq!(source.stage(), stage, "{path}");
            let (inputs, context) = (inputs(), context());
            let found = source.resolve(&inputs, &context).map(Found::to_value);
            assert_eq!(found, Some(value), "{path}");
        }
    }

    #[test]
    fn a_path_that_leads_nowhere_has_no_value() {
        for path in [
            "inputs.other",
            "inputs.topic.length",
            "inputs.nested.a.b",
            "inputs.nested.list.2",
            "inputs.nested.list.+1",
            "inputs.nested.list.-1",
            "inputs.nested.list.99999999999999999999999",
            "stage_1.output.items.first",
            "stage_2.output",
            "stage_2.raw",
            "stage_3.output.other",
            "stage_3.output.text.0",
        ] {
            let source = SourcePath::parse(path).expect(path);
            assert_eq!(source.resolve(&inputs(), &context()), None, "{path}");
        }
    }

    #[test]
    fn anything_but_a_source_path_is_refused_with_what_is_allowed() {
        for path in [
            "",
            ".",
            "topic",
            "inputs.",
            "inputs..topic",
            "input.topic",
            " inputs.topic",
            "stage_1",
            "stage_1.outputs",
            "stage_1.raw.text",
            "stage_1.output.",
            "stage_0.raw",
            "stage_-1.raw",
            "stage_+1.raw",
            "stage_01.raw",
            "stage_99999999999.raw",
            "stage_.raw",
            "stage_x.raw",
        ] {
            let message = SourcePath::parse(path).expect_err(path);
            assert!(
                message.contains("inputs.name, stage_N.output.name or stage_N.raw"),
                "{message}"
            );
        }
    }

    #[test]
    fn a_mapping_is_an_object_of_source_paths() {
        for nothing in [None, Some(json!(null)), Some(json!({}))] {
            assert_eq!(Mapping::parse(nothing.as_ref()), Ok(Mapping::default()));
        }
        let mapping = Mapping::parse(Some(&json!({"a": "inputs.topic", "b": "stage_2.raw"})));
        let mapping = mapping.expect("valid");
        let sources = mapping.iter().map(|(name, path)| (name, path.stage()));
        assert_eq!(sources.collect::<Vec<_>>(), [("a", None), ("b", Some(2))]);
        for (value, key) in [
            (json!([]), ""),
            (json!("inputs.topic"), ""),
            (json!({"ok": "inputs.topic", "odd": 1}), "odd"),
            (json!({"ok": "inputs.topic", "wrong": "topic"}), "wrong"),
        ] {
            assert_eq!(Mapping::parse(Some(&value)).expect_err("invalid").0, key);
        }
    }

    #[test]
    fn mapped_names_come_before_inputs_of_the_same_name() {
        let mapping = json!({"topic": "stage_1.raw", "first": "stage_1.output.items.0"});
        let mapping = Mapping::parse(Some(&mapping)).expect("valid");
        let inputs = json!({"topic": "tea", "tone": "dry"});
        let names = ["topic", "first", "tone", "nobody"].into_iter();
        let variables = mapping.variables(names, &inputs, &context());
        assert_eq!(
            Value::Object(variables.expect("resolves")),
            json!({"topic": "text", "tone": "dry", "first": "p"})
        );
    }

    #[test]
    fn a_path_that_does_not_resolve_is_named_with_its_variable() {
        let mapping = Mapping::parse(Some(&json!({"summary": "stage_1.output.summary"})));
        assert_eq!(
            mapping
                .expect("valid")
                .variables(std::iter::empty(), &inputs(), &context()),
            Err(
                "the path stage_1.output.summary of the variable summary does not resolve"
                    .to_owned()
            )
        );
    }
}
