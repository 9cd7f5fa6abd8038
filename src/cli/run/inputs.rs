//! What a run is started with: `--inputs-file` first, each `--input` on top.
//!
//! `name=text` is a string and `name:=json` any JSON value; after either, `@file` stands for the
//! content of a file. The JSON is read as the server reads it, which would not see the digits that are lost here.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value};

use super::Trouble;
use crate::domain::json;

/// The inputs as one JSON object, over those that a workflow's file has.
pub(super) fn read(
    mut inputs: Map<String, Value>,
    file: Option<&Path>,
    pairs: &[String],
) -> Result<Value, Trouble> {
    if let Some(path) = file {
        inputs.extend(object(path)?);
    }
    for pair in pairs {
        let (name, value) = input(pair)?;
        inputs.insert(name, value);
    }
    Ok(Value::Object(inputs))
}

/// The JSON object in a file.
pub(super) fn object(path: &Path) -> Result<Map<String, Value>, Trouble> {
    let text = text_of(path)?;
    let file = path.display();
    let object = json::read(text.as_bytes())
        .map_err(|error| Trouble::usage(format!("{file} must hold one JSON object: {error}")))?;
    refuse_oversized(&text, |place| format!("{place} in {file}"))?;
    Ok(object)
}

fn refuse_oversized(text: &str, name: impl Fn(String) -> String) -> Result<(), Trouble> {
    match json::oversized(text.as_bytes(), 1).first() {
        None => Ok(()),
        Some(found) => Err(Trouble::usage(format!(
            "{} is an integer that 64 bits do not hold: give it as a text, which keeps its digits",
            name(found.to_string())
        ))),
    }
}

fn input(pair: &str) -> Result<(String, Value), Trouble> {
    let (name, value) = pair.split_once('=').ok_or_else(|| malformed(pair))?;
    let (name, is_json) = match name.strip_suffix(':') {
        Some(name) => (name, true),
        None => (name, false),
    };
    if name.is_empty() {
        return Err(malformed(pair));
    }
    let text = match value.strip_prefix('@') {
        Some(file) => text_of(Path::new(file))?,
        None => value.to_owned(),
    };
    let value = if is_json {
        refuse_oversized(&text, |place| match place.as_str() {
            "" => format!("input {name}"),
            place => format!("input {name}: {place}"),
        })?;
        json::read(text.as_bytes())
            .map_err(|error| Trouble::usage(format!("input {name} is no JSON: {error}")))?
    } else {
        Value::String(text)
    };
    Ok((name.to_owned(), value))
}

fn malformed(pair: &str) -> Trouble {
    Trouble::usage(format!(
        "an input is written name=value or name:=json, not {pair:?}"
    ))
}

fn text_of(path: &Path) -> Result<String, Trouble> {
    fs::read_to_string(path)
        .map_err(|error| Trouble::usage(format!("cannot read {}: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(pairs: &[&str]) -> Result<Value, Trouble> {
        let pairs: Vec<_> = pairs.iter().map(ToString::to_string).collect();
        read(Map::new(), None, &pairs)
    }

    #[test]
    fn values_are_text_unless_marked_as_json() {
        let inputs = of(&["a=1", "b:=1", "c:=[\"x=y\"]", "d=x=y", "e=", "b:=2"]).unwrap();
        assert_eq!(
            inputs,
            json!({"a": "1", "b": 2, "c": ["x=y"], "d": "x=y", "e": ""})
        );
    }

    #[test]
    fn an_input_without_name_or_with_broken_json_is_refused() {
        for pair in [
            "topic",
            "=x",
            ":=1",
            "a:=",
            "a:={",
            "a:=123456789012345678901234",
        ] {
            assert!(of(&[pair]).is_err(), "{pair}");
        }
    }

    #[test]
    fn files_give_values_and_single_inputs_come_on_top() {
        let folder = tempfile::tempdir().unwrap();
        let all = folder.path().join("all.json");
        let essay = folder.path().join("essay.md");
        fs::write(&all, r#"{"tone": "dry", "words": 100}"#).unwrap();
        fs::write(&essay, "# Tides\n").unwrap();
        let pairs = [format!("text=@{}", essay.display()), "words:=5".to_owned()];
        assert_eq!(
            read(Map::new(), Some(&all), &pairs).unwrap(),
            json!({"tone": "dry", "words": 5, "text": "# Tides\n"})
        );
        assert!(read(Map::new(), Some(&essay), &[]).is_err());
    }
}
