//! A stage's input mapping: which variable of its templates comes from where.

mod choice;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

pub use self::choice::Choice;
use super::key::Keys;
use super::limit::json_size;
use super::lineage::Used;
use super::name::{self, composed};
use super::source::{Found, Places, SourcePath};
use super::template::{Placeholder, Reference};

/// A stage's `inputVariableMapping`: which variable of its prompt comes from where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping(Vec<(String, Choice)>);

impl Mapping {
    /// Reads `{"variable": "source.path", …}`, where other forms of a [`Choice`] may stand in the place of a path;
    /// nothing and null map nothing.
    ///
    /// # Errors
    ///
    /// The key at fault (empty for the whole) and what is wrong with it.
    pub fn parse(value: Option<&Value>, keys: &Keys<'_>) -> Result<Self, (String, String)> {
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
            .map(|(variable, choice)| match Choice::parse(choice, keys) {
                Ok(choice) => Ok((variable.clone(), choice)),
                Err(message) => Err((variable.clone(), message)),
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Every mapped variable with its source.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Choice)> {
        self.0
            .iter()
            .map(|(variable, choice)| (variable.as_str(), choice))
    }

    /// Every path that a variable may be taken from, with the variable.
    pub fn paths(&self) -> impl Iterator<Item = (&str, &SourcePath)> {
        self.iter().flat_map(|(variable, choice)| {
            let paths = choice.paths().iter();
            paths.map(move |path| (variable, path))
        })
    }

    /// The values of all variables, null where one has none, as a completed run answers. One by which they would be
    /// more than so many bytes of JSON together is null, too.
    #[must_use]
    pub fn values(&self, places: &Places<'_>, most: usize) -> Value {
        let mut room = most;
        let mut values = Map::new();
        for (variable, choice) in &self.0 {
            let value = choice.find(places).map(Found::to_value);
            let value = value.filter(|value| json_size(value) <= room);
            room -= value.as_ref().map_or(0, json_size);
            values.insert(variable.clone(), value.unwrap_or_default());
        }
        Value::Object(values)
    }

    /// Two variables that are one name in different normal forms.
    #[must_use]
    pub fn twins(&self) -> Option<(&str, &str)> {
        name::twins(self.0.iter().map(|(variable, _)| variable.as_str()))
    }

    /// The values of these placeholders, as far as they have any: of a name what is mapped to it, else the input
    /// of that name, of a path what is there. A name that is written alike comes before one that is the same in
    /// another normal form.
    ///
    /// # Errors
    ///
    /// Which path leads nowhere: of a variable, be it among the placeholders or not, or of a placeholder.
    pub fn variables<'p>(
        &self,
        placeholders: impl Iterator<Item = &'p Placeholder<'p>>,
        places: &Places<'_>,
    ) -> Result<Variables, String> {
        let mut mapped = BTreeMap::new();
        let mut alike: BTreeMap<Cow<'_, str>, _> = BTreeMap::new();
        for (variable, choice) in &self.0 {
            let found = choice.find(places);
            let found = found.ok_or_else(|| choice.fault(variable, places))?;
            mapped.insert(variable.as_str(), (found, choice));
            if !variable.is_ascii() {
                alike.insert(composed(variable), (found, choice));
            }
        }
        let mut variables = Variables::default();
        for placeholder in placeholders {
            let name = placeholder.name;
            if variables.values.contains_key(name) {
                continue;
            }
            match &placeholder.reference {
                Reference::Name => {
                    let of_choice = |(found, choice): (Found<'_>, &Choice)| {
                        (found.to_value(), choice.used(name, places))
                    };
                    let of_item = || {
                        let found = places.of_item(name)?;
                        let path = SourcePath::parse(name, Keys::NONE).ok()?;
                        Some((found.to_value(), used(name, &path, places)))
                    };
                    let input = |value: Value| {
                        let path = SourcePath::Inputs {
                            path: vec![name.to_owned()],
                        };
                        (value, used(name, &path, places))
                    };
                    let taken = of_item()
                        .or_else(|| mapped.get(name).copied().map(of_choice))
                        .or_else(|| places.input_as_written(name).map(|it| input(it.to_value())))
                        .or_else(|| alike.get(composed(name).as_ref()).copied().map(of_choice))
                        .or_else(|| places.input(name).cloned().map(input));
                    if let Some((value, used)) = taken {
                        variables.add(value, used);
                    }
                }
                Reference::Path(path) => {
                    let found = places.find(path).map(Found::to_value);
                    let fault = || format!("the path {name} {}", places.fault(path));
                    variables.add(found.ok_or_else(fault)?, used(name, path, places));
                }
                Reference::Unreadable(message) => return Err(message.clone()),
            }
        }
        Ok(variables)
    }
}

/// The values of placeholders, and where they came from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Variables {
    /// By the names or paths as they are written.
    pub values: Map<String, Value>,
    /// In the order of their first use.
    pub used: Vec<Used>,
}

impl Variables {
    fn add(&mut self, value: Value, used: Used) {
        self.values.insert(used.name.clone(), value);
        self.used.push(used);
    }
}

/// Where the value of a placeholder came from that something was found for.
fn used(name: &str, path: &SourcePath, places: &Places<'_>) -> Used {
    Used {
        name: name.to_owned(),
        path: places.written(path),
        found: true,
        by: places.by(path),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::context::Context;
    use crate::domain::source::Nulls;
    use crate::domain::template::{Syntax, Template};

    fn variables(mapping: &Value, template: &str) -> Result<Map<String, Value>, String> {
        let inputs = json!({"topic": "tea", "tone": "dry", "list": ["x", "y"]});
        let context = Context::read(&json!({
            "stage_1": {"output": {"items": ["p", "q"]}, "raw": "text"},
        }));
        let mapping = Mapping::parse(Some(mapping), Keys::NONE).expect("valid");
        let template = Template::parse(template, Syntax::Second);
        let places = Places::new(&inputs, &context, Nulls::AreNone);
        let variables = mapping.variables(template.placeholders(), &places)?;
        assert_eq!(variables.values.len(), variables.used.len());
        Ok(variables.values)
    }

    #[test]
    fn a_mapping_is_an_object_of_source_paths() {
        for nothing in [None, Some(json!(null)), Some(json!({}))] {
            assert_eq!(
                Mapping::parse(nothing.as_ref(), Keys::NONE),
                Ok(Mapping::default())
            );
        }
        let mapping = Mapping::parse(
            Some(&json!({"a": "inputs.topic", "b": "stage_2.raw"})),
            Keys::NONE,
        );
        let mapping = mapping.expect("valid");
        let sources = mapping.paths().map(|(name, path)| (name, path.stage()));
        assert_eq!(sources.collect::<Vec<_>>(), [("a", None), ("b", Some(2))]);
        for (value, key) in [
            (json!([]), ""),
            (json!("inputs.topic"), ""),
            (json!({"ok": "inputs.topic", "odd": 1}), "odd"),
            (json!({"ok": "inputs.topic", "wrong": "topic"}), "wrong"),
        ] {
            assert_eq!(
                Mapping::parse(Some(&value), Keys::NONE)
                    .expect_err("invalid")
                    .0,
                key
            );
        }
    }

    #[test]
    fn what_has_no_value_is_null_and_so_is_what_would_be_too_much() {
        let inputs = json!({"a": "12345", "b": null});
        let context = Context::read(&json!({"stage_1": {"raw": "67890"}}));
        let places = Places::new(&inputs, &context, Nulls::AreNone);
        let mapping = json!({"a": "inputs.a", "b": "inputs.b", "c": ["inputs.c", "stage_1.raw"],
            "d": "stage_2.raw", "e": {"from": "inputs.e", "default": 1}});
        let mapping = Mapping::parse(Some(&mapping), Keys::NONE).expect("valid");
        for (most, a, c, e) in [
            (100, json!("12345"), json!("67890"), json!(1)),
            (15, json!("12345"), json!("67890"), json!(1)),
            (14, json!("12345"), json!("67890"), json!(null)),
            (13, json!("12345"), json!(null), json!(1)),
        ] {
            let values = mapping.values(&places, most);
            let expected = json!({"a": a, "b": null, "c": c, "d": null, "e": e});
            assert_eq!(values, expected, "{most}");
        }
    }

    #[test]
    fn mapped_names_come_before_inputs_of_the_same_name() {
        let mapping = json!({"topic": "stage_1.raw", "first": "stage_1.output.items.0"});
        let variables = variables(&mapping, "{{topic}} {{first}} {{tone}} {{nobody}}");
        assert_eq!(
            Value::Object(variables.expect("resolves")),
            json!({"topic": "text", "tone": "dry", "first": "p"})
        );
    }

    #[test]
    fn a_path_in_a_template_needs_no_mapping() {
        let template = "{{inputs.list.1}} {{ stage_1.output.items }} {{stage_1.raw}}";
        assert_eq!(
            Value::Object(variables(&json!({}), template).expect("resolves")),
            json!({"inputs.list.1": "y", "stage_1.output.items": ["p", "q"], "stage_1.raw": "text"})
        );
    }

    #[test]
    fn a_mapped_name_is_one_name_in_every_normal_form() {
        let (composed, apart) = ("caf\u{e9}", "cafe\u{301}");
        for (mapped, asked) in [(composed, apart), (apart, composed), (apart, apart)] {
            let mapping = json!({mapped: "inputs.topic"});
            let variables = variables(&mapping, &format!("{{{{{asked}}}}}")).expect("resolves");
            assert_eq!(Value::Object(variables), json!({asked: "tea"}));
        }
    }

    #[test]
    fn of_two_forms_of_a_name_the_one_that_is_written_alike_comes_first() {
        let (sign, letter) = ("\u{212b}", "\u{c5}");
        let inputs = json!({sign: "sign", letter: "letter"});
        let context = Context::default();
        let text = format!("{{{{{sign}}}}} {{{{{letter}}}}}");
        for (mapping, said) in [
            (json!({}), ["sign", "letter"]),
            (json!({ letter: "inputs.\u{212b}" }), ["sign", "sign"]),
            (json!({ sign: "inputs.\u{c5}" }), ["letter", "letter"]),
        ] {
            let mapping = Mapping::parse(Some(&mapping), Keys::NONE).expect("valid");
            assert_eq!(mapping.twins(), None);
            for syntax in [Syntax::First, Syntax::Second] {
                let template = Template::parse(&text, syntax);
                let places = Places::new(&inputs, &context, Nulls::AreNone);
                let variables = mapping.variables(template.placeholders(), &places);
                let variables = variables.expect("resolves");
                assert_eq!(variables.values[sign], said[0], "{mapping:?}");
                assert_eq!(variables.values[letter], said[1], "{mapping:?}");
            }
        }
        let both = json!({sign: "inputs", letter: "inputs"});
        let both = Mapping::parse(Some(&both), Keys::NONE).expect("valid");
        assert!(both.twins().is_some());
    }

    #[test]
    fn a_path_that_does_not_resolve_is_named_with_its_variable() {
        let mapping = json!({"summary": "stage_1.output.summary"});
        assert_eq!(
            variables(&mapping, ""),
            Err(
                "the path stage_1.output.summary of the variable summary does not resolve"
                    .to_owned()
            )
        );
        assert_eq!(
            variables(&json!({}), "{{stage_1.output.summary}}"),
            Err("the path stage_1.output.summary does not resolve".to_owned())
        );
    }
}
