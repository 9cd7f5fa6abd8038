//! A stage's input mapping: which variable of its templates comes from where.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::name::composed;
use super::source::{Found, Places, SourcePath};
use super::template::{Placeholder, Reference};

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

    /// Two variables that are one name in different normal forms.
    #[must_use]
    pub fn twins(&self) -> Option<(&str, &str)> {
        let mut names = BTreeMap::new();
        self.iter().find_map(|(variable, _)| {
            let other = names.insert(composed(variable), variable)?;
            Some((other, variable))
        })
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
    ) -> Result<Map<String, Value>, String> {
        let mut mapped = BTreeMap::new();
        let mut alike: BTreeMap<Cow<'_, str>, _> = BTreeMap::new();
        for (variable, path) in &self.0 {
            let found = places.find(path).ok_or_else(|| {
                format!("the path {path} of the variable {variable} does not resolve")
            })?;
            mapped.insert(variable.as_str(), found);
            if !variable.is_ascii() {
                alike.insert(composed(variable), found);
            }
        }
        let mut variables = Map::new();
        for placeholder in placeholders {
            let name = placeholder.name;
            if variables.contains_key(name) {
                continue;
            }
            let value = match &placeholder.reference {
                Reference::Name => {
                    let written = mapped.get(name).copied();
                    written
                        .or_else(|| places.input_as_written(name))
                        .or_else(|| alike.get(composed(name).as_ref()).copied())
                        .map(Found::to_value)
                        .or_else(|| places.input(name).cloned())
                }
                Reference::Path(path) => {
                    let found = places.find(path).map(Found::to_value);
                    Some(found.ok_or_else(|| format!("the path {path} does not resolve"))?)
                }
                Reference::Unreadable(message) => return Err(message.clone()),
            };
            variables.extend(value.map(|value| (name.to_owned(), value)));
        }
        Ok(variables)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::context::Context;
    use crate::domain::template::{Syntax, Template};

    fn variables(mapping: &Value, template: &str) -> Result<Map<String, Value>, String> {
        let inputs = json!({"topic": "tea", "tone": "dry", "list": ["x", "y"]});
        let context = Context::read(&json!({
            "stage_1": {"output": {"items": ["p", "q"]}, "raw": "text"},
        }));
        let mapping = Mapping::parse(Some(mapping)).expect("valid");
        let template = Template::parse(template, Syntax::Second);
        mapping.variables(template.placeholders(), &Places::new(&inputs, &context))
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
            let mapping = Mapping::parse(Some(&mapping)).expect("valid");
            assert_eq!(mapping.twins(), None);
            for syntax in [Syntax::First, Syntax::Second] {
                let template = Template::parse(&text, syntax);
                let places = Places::new(&inputs, &context);
                let variables = mapping.variables(template.placeholders(), &places);
                let variables = variables.expect("resolves");
                assert_eq!(variables[sign], said[0], "{mapping:?}");
                assert_eq!(variables[letter], said[1], "{mapping:?}");
            }
        }
        let both = json!({sign: "inputs", letter: "inputs"});
        let both = Mapping::parse(Some(&both)).expect("valid");
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
