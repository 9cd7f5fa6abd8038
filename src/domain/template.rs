//! Prompt templates: text with `{{name}}` in it, and nothing cleverer.
//!
//! Prompts are full of braces that mean something else (JSON, code, other template languages), so
//! whatever is not exactly a placeholder is literal, and parsing never fails. What is inserted is
//! never scanned again: a model's answer that says `{{secret}}` stays just that.

use std::collections::HashSet;

use serde_json::{Map, Value};

/// A parsed template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    pieces: Vec<Piece>,
}

/// Longest text that a template renders to, in bytes.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Placeholder(String),
}

impl Template {
    /// Finds the placeholders of `text`: `{{`, a letter or `_`, then letters, digits and `_`, then
    /// `}}`, without blanks. Letters and digits are Unicode's.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("{{") {
            if let Some((name, after)) = placeholder(&rest[at..]) {
                literal.push_str(&rest[..at]);
                if !literal.is_empty() {
                    pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                }
                pieces.push(Piece::Placeholder(name.to_owned()));
                rest = after;
            } else {
                // Only one brace is given up: in `{{{name}}}` the placeholder begins at the second.
                literal.push_str(&rest[..=at]);
                rest = &rest[at + 1..];
            }
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        Self { pieces }
    }

    /// The distinct names, in the order in which they first appear.
    pub fn placeholders(&self) -> impl Iterator<Item = &str> {
        let mut seen = HashSet::new();
        self.pieces
            .iter()
            .filter_map(|piece| match piece {
                Piece::Literal(_) => None,
                Piece::Placeholder(name) => Some(name.as_str()),
            })
            .filter(move |name| seen.insert(*name))
    }

    /// The text with every placeholder replaced: by a string as it is, by any other value as
    /// compact JSON.
    ///
    /// # Errors
    ///
    /// Which placeholder has no value in `variables`, or that the text would be longer than
    /// [`MAX_BYTES`].
    pub fn render(&self, variables: &Map<String, Value>) -> Result<String, String> {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Literal(literal) => text.push_str(literal),
                Piece::Placeholder(name) => match variables.get(name) {
                    None => return Err(format!("the placeholder {{{{{name}}}}} has no value")),
                    Some(Value::String(value)) => text.push_str(value),
                    Some(value) => text.push_str(&value.to_string()),
                },
            }
            // A template may repeat a large input many thousand times.
            if text.len() > MAX_BYTES {
                return Err(format!(
                    "the rendered prompt would be longer than {} MiB",
                    MAX_BYTES / (1024 * 1024)
                ));
            }
        }
        Ok(text)
    }
}

/// The name of the placeholder that `text` begins with, and what follows it.
fn placeholder(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix("{{")?;
    let end = inner.find(|c: char| c != '_' && !c.is_alphanumeric())?;
    let (name, after) = inner.split_at(end);
    let first = name.chars().next()?;
    if first != '_' && !first.is_alphabetic() {
        return None;
    }
    Some((name, after.strip_prefix("}}")?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn render(template: &str, variables: &Value) -> Result<String, String> {
        Template::parse(template).render(variables.as_object().expect("an object"))
    }

    #[test]
    fn placeholders_take_strings_as_they_are_and_other_values_as_compact_json() {
        let variables = json!({
            "s": "a \"b\"\n", "n": 1.5, "t": true, "z": null, "o": {"k": [1, "x"]}, "_1ä": "unicode",
        });
        for (template, text) in [
            ("{{s}}", "a \"b\"\n"),
            ("{{n}}|{{t}}|{{z}}", "1.5|true|null"),
            ("{{o}}", r#"{"k":[1,"x"]}"#),
            ("{{_1ä}}{{_1ä}}", "unicodeunicode"),
            (r#"{"k": {{{t}}}}"#, r#"{"k": {true}}"#),
        ] {
            assert_eq!(
                render(template, &variables).as_deref(),
                Ok(text),
                "{template}"
            );
        }
    }

    #[test]
    fn everything_else_is_literal() {
        for text in [
            "",
            "{",
            "{{",
            "{{}}",
            "{{ name }}",
            "{{name }}",
            "{{name}",
            "{name}",
            "{{1st}}",
            "{{a-b}}",
            "{{a.b}}",
            "{{{{}}}}",
            "{%name%} ${name} {{#each}}",
        ] {
            assert_eq!(render(text, &json!({})).as_deref(), Ok(text));
        }
    }

    #[test]
    fn inserted_text_is_not_scanned_again() {
        let variables = json!({"a": "{{b}}", "b": "{", "c": "no"});
        assert_eq!(render("{{a}}", &variables).as_deref(), Ok("{{b}}"));
        assert_eq!(render("{{b}}{c}}", &variables).as_deref(), Ok("{{c}}"));
    }

    #[test]
    fn the_first_placeholder_without_a_value_is_named() {
        assert_eq!(
            render("{{a}} {{b}} {{c}}", &json!({"a": 1})),
            Err("the placeholder {{b}} has no value".to_owned())
        );
    }

    #[test]
    fn names_are_listed_once_in_order_of_appearance() {
        let template = Template::parse("{{b}} {{a}} {{b}} {{c}} {{a}}");
        assert_eq!(template.placeholders().collect::<Vec<_>>(), ["b", "a", "c"]);
    }

    proptest! {
        #[test]
        fn text_whose_placeholders_stand_for_themselves_renders_to_itself(text in "[{}a1_ ä\"]{0,40}") {
            let template = Template::parse(&text);
            let variables = template
                .placeholders()
                .map(|name| (name.to_owned(), json!(format!("{{{{{name}}}}}"))))
                .collect();
            prop_assert_eq!(template.render(&variables), Ok(text));
        }

        #[test]
        fn arbitrary_text_without_double_braces_is_literal(text in any::<String>()) {
            let text = text.replace("{{", "{");
            prop_assert_eq!(Template::parse(&text).render(&Map::new()), Ok(text));
        }
    }
}
