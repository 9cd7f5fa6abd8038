//! Templates: text with `{{name}}` and `{{stage_1.output.title}}` in it, and nothing cleverer.
//!
//! Texts are full of braces that mean something else (JSON, code, other template languages), so
//! whatever is not exactly a placeholder is literal, and parsing never fails. What is inserted is
//! never scanned again: a model's answer that says `{{secret}}` stays just that.

mod before;
mod placeholder;
mod syntax;

use std::ops::Range;

use serde_json::{Map, Value};

pub use self::before::in_first;
pub use self::placeholder::{Placeholder, Reference};
pub use self::syntax::{Grammar, Syntax, is_name};

/// The number of [`Syntax::Second`], in which all texts are written now.
pub const SYNTAX: i32 = 2;
/// The number of [`Syntax::Third`]: what a process reads of definitions, as its session says.
pub const FORMAT: i32 = 3;
/// Longest text that a template renders to, in bytes.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

/// A parsed template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template<'t> {
    pieces: Vec<Piece<'t>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece<'t> {
    Literal(&'t str),
    Placeholder(Placeholder<'t>),
}

impl<'t> Template<'t> {
    /// Finds the placeholders of `text` ([`Syntax`]), in one pass.
    #[must_use]
    pub fn parse<'k>(text: &'t str, grammar: impl Into<Grammar<'k>>) -> Self {
        let mut pieces = Vec::new();
        let mut done = 0;
        for seen in seen(text, grammar.into()) {
            let halved = seen.start - seen.backslashes.div_ceil(2);
            pieces.extend(literal(&text[done..halved]));
            done = seen.start;
            if !seen.is_escaped() {
                pieces.push(Piece::Placeholder(seen.placeholder));
                done = seen.end;
            }
        }
        pieces.extend(literal(&text[done..]));
        Self { pieces }
    }

    /// The placeholders, in their order.
    pub fn placeholders(&self) -> impl Iterator<Item = &Placeholder<'t>> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Literal(_) => None,
            Piece::Placeholder(placeholder) => Some(placeholder),
        })
    }

    /// What is sent whatever the values are.
    pub fn literals(&self) -> impl Iterator<Item = &'t str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Literal(text) => Some(*text),
            Piece::Placeholder(_) => None,
        })
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
                Piece::Placeholder(Placeholder { name, .. }) => match variables.get(*name) {
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

/// What looks like a placeholder and is a text, for a backslash stands before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Escaped<'t> {
    pub placeholder: Placeholder<'t>,
    /// Where the backslashes stand, in bytes: an odd number of them.
    pub backslashes: Range<usize>,
}

/// What is escaped in `text`, in its order.
pub fn escaped<'t, 'k>(
    text: &'t str,
    grammar: impl Into<Grammar<'k>>,
) -> impl Iterator<Item = Escaped<'t>> {
    let escaped = seen(text, grammar.into()).filter(Seen::is_escaped);
    escaped.map(|seen| Escaped {
        placeholder: seen.placeholder,
        backslashes: seen.start - seen.backslashes..seen.start,
    })
}

/// What looks like a placeholder.
struct Seen<'t> {
    placeholder: Placeholder<'t>,
    start: usize,
    end: usize,
    /// How many backslashes stand before it.
    backslashes: usize,
}

impl Seen<'_> {
    const fn is_escaped(&self) -> bool {
        !self.backslashes.is_multiple_of(2)
    }
}

/// All that looks like a placeholder, in one pass.
fn seen<'t>(text: &'t str, grammar: Grammar<'_>) -> impl Iterator<Item = Seen<'t>> {
    let (mut done, mut at) = (0, 0);
    std::iter::from_fn(move || {
        loop {
            let start = at + text[at..].find("{{")?;
            let Some((placeholder, end)) = grammar.placeholder(text, start) else {
                // Only one brace is given up: in `{{{name}}}` the placeholder begins at the second.
                at = start + 1;
                continue;
            };
            let backslashes = grammar.syntax.backslashes(&text[done..start]);
            (done, at) = (end, end);
            return Some(Seen {
                placeholder,
                start,
                end,
                backslashes,
            });
        }
    })
}

fn literal(text: &str) -> Option<Piece<'_>> {
    (!text.is_empty()).then_some(Piece::Literal(text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn render(template: &str, variables: &Value) -> Result<String, String> {
        let variables = variables.as_object().expect("an object");
        Template::parse(template, Syntax::Second).render(variables)
    }

    fn names(text: &str, syntax: Syntax) -> Vec<String> {
        let template = Template::parse(text, syntax);
        let names = template.placeholders().map(|it| it.name.to_string());
        names.collect()
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
    fn a_name_has_marks_and_joiners_and_blanks_around_it() {
        for (template, name) in [
            ("{{ topic }}", "topic"),
            ("{{\ttopic\n}}", "topic"),
            ("{{\u{3000}topic\u{a0}}}", "topic"),
            ("{{ชื่อ}}", "ชื่อ"),
            ("{{हिन्दी}}", "हिन्दी"),
            ("{{நிரல்}}", "நிரல்"),
            ("{{می\u{200c}خواهم}}", "می\u{200c}خواهم"),
            ("{{cafe\u{301}}}", "cafe\u{301}"),
            ("{{\u{1112}\u{1161}\u{11ab}}}", "\u{1112}\u{1161}\u{11ab}"),
            ("{{inputs}}", "inputs"),
            ("{{stage_1}}", "stage_1"),
        ] {
            assert_eq!(names(template, Syntax::Second), [name], "{template}");
        }
    }

    #[test]
    fn a_path_is_read_by_the_rules_of_the_mapping() {
        for (text, path, stage) in [
            ("{{inputs.topic}}", "inputs.topic", None),
            ("{{ inputs.list.0.ชื่อ }}", "inputs.list.0.ชื่อ", None),
            ("{{stage_2.output.title}}", "stage_2.output.title", Some(2)),
            ("{{stage_12.output}}", "stage_12.output", Some(12)),
            ("{{stage_1.raw}}", "stage_1.raw", Some(1)),
        ] {
            let template = Template::parse(text, Syntax::Second);
            let [Piece::Placeholder(placeholder)] = &template.pieces[..] else {
                panic!("{text}: {template:?}");
            };
            assert_eq!(placeholder.name, path);
            assert_eq!(&text[placeholder.span.clone()], path);
            let Reference::Path(source) = &placeholder.reference else {
                panic!("{text}: {placeholder:?}");
            };
            assert_eq!(source.stage(), stage, "{text}");
        }
    }

    #[test]
    fn what_begins_like_a_path_and_is_none_says_what_is_allowed() {
        for text in [
            "{{stage_2.title}}",
            "{{stage_2.raw.title}}",
            "{{stage_02.raw}}",
            "{{stage_0.output}}",
            "{{stage_one.output}}",
        ] {
            let template = Template::parse(text, Syntax::Second);
            let placeholder = template.placeholders().next().expect(text);
            let Reference::Unreadable(message) = &placeholder.reference else {
                panic!("{text}: {placeholder:?}");
            };
            assert!(message.contains("stage_N.output.name"), "{message}");
            assert!(message.contains("a backslash before"), "{message}");
        }
    }

    #[test]
    fn everything_else_is_literal() {
        for text in [
            "",
            "{",
            "{{",
            "{{}}",
            "{{ }}",
            "{{name}",
            "{name}",
            "{ {name} }",
            "{{1st}}",
            "{{a-b}}",
            "{{a b}}",
            "{{a.b}}",
            "{{user.name}}",
            "{{.a}}",
            "{{a.}}",
            "{{inputs.}}",
            "{{inputs..a}}",
            "{{inputs. a}}",
            "{{inputs.1st}}",
            "{{inputs.a-b}}",
            "{{1.2}}",
            "{{\u{301}a}}",
            "{{{{}}}}",
            r"\{{a-b}} \\{{a-b}} \ \\",
            "{%name%} ${name} {{#each}} {{/each}} {{!name}} {{&name}} {{name|upper}}",
        ] {
            assert_eq!(render(text, &json!({})).as_deref(), Ok(text));
        }
    }

    #[test]
    fn backslashes_before_a_placeholder_make_it_literal_by_pairs() {
        let variables = json!({"a": "A", "inputs.a": "B"});
        for (template, text) in [
            (r"\{{a}}", "{{a}}"),
            (r"\\{{a}}", r"\A"),
            (r"\\\{{a}}", r"\{{a}}"),
            (r"\\\\{{a}}", r"\\A"),
            (r"\{{ inputs.a }}", "{{ inputs.a }}"),
            (r"\\{{inputs.a}}", r"\B"),
            (r"\{{stage_1.title}}", "{{stage_1.title}}"),
            (r"\{{a}}{{a}}\{{a}}", "{{a}}A{{a}}"),
            (r"{\{{a}}}", "{{{a}}}"),
            (r"\{{{a}}}", r"\{A}"),
            (r"\n {{a}} \{a}", r"\n A \{a}"),
        ] {
            let rendered = render(template, &variables);
            assert_eq!(rendered.as_deref(), Ok(text), "{template}");
        }
    }

    #[test]
    fn what_is_escaped_is_found_with_its_backslashes() {
        let text = r"\{{a}} {{b}}\\\{{ c }} \n \\{{d}} \{{user.name}} \{{inputs.e}}";
        let escaped = escaped(text, Syntax::Second);
        let found = escaped.map(|it| (it.placeholder.name, &text[it.backslashes]));
        assert_eq!(
            found.collect::<Vec<_>>(),
            [("a", r"\"), ("c", r"\\\"), ("inputs.e", r"\")]
        );
    }

    #[test]
    fn the_first_syntax_reads_as_it_always_did() {
        for (text, placeholders) in [
            ("{{a}} {{_1ä}}", &["a", "_1ä"][..]),
            (r"\{{a}}", &["a"]),
            ("{{ a }} {{a }} {{inputs.a}} {{stage_1.raw}} {{ชื่อ}}", &[]),
        ] {
            assert_eq!(names(text, Syntax::First), placeholders, "{text}");
        }
        let variables = json!({"a": "A"});
        let template = Template::parse(r"\\{{a}} \{{ a }}", Syntax::First);
        let text = template.render(variables.as_object().expect("an object"));
        assert_eq!(text.as_deref(), Ok(r"\\A \{{ a }}"));
    }

    #[test]
    fn inserted_text_is_not_scanned_again() {
        let variables = json!({"a": "{{b}}", "b": "{", "c": "no"});
        assert_eq!(render("{{a}}", &variables).as_deref(), Ok("{{b}}"));
        assert_eq!(render("{{b}}{c}}", &variables).as_deref(), Ok("{{c}}"));
        assert_eq!(render(r"{{b}}\{{c}}", &variables).as_deref(), Ok("{{{c}}"));
    }

    #[test]
    fn the_first_placeholder_without_a_value_is_named() {
        assert_eq!(
            render("{{a}} {{ b }} {{c}}", &json!({"a": 1})),
            Err("the placeholder {{b}} has no value".to_owned())
        );
    }

    #[test]
    fn a_definition_says_how_it_is_read_by_a_number() {
        for (number, syntax) in [(1, Syntax::First), (2, Syntax::Second), (3, Syntax::Third)] {
            assert_eq!(json!(syntax), json!(number));
            assert_eq!(
                serde_json::from_value::<Syntax>(json!(number)).expect("one"),
                syntax
            );
        }
    }

    proptest! {
        #[test]
        fn text_whose_placeholders_stand_for_themselves_renders_to_itself(
            text in "[{}a1_ ä\".]{0,40}",
        ) {
            for syntax in [Syntax::First, Syntax::Second] {
                let template = Template::parse(&text, syntax);
                let variables = template
                    .placeholders()
                    .map(|it| (it.name.to_string(), json!(format!("{{{{{}}}}}", it.name))))
                    .collect();
                let rendered = template.render(&variables).expect("short");
                prop_assert_eq!(rendered.replace(' ', ""), text.replace(' ', ""));
            }
        }

        #[test]
        fn arbitrary_text_without_double_braces_is_literal(text in any::<String>()) {
            let text = text.replace("{{", "{");
            for syntax in [Syntax::First, Syntax::Second] {
                let template = Template::parse(&text, syntax);
                prop_assert_eq!(template.render(&Map::new()), Ok(text.clone()));
            }
        }
    }
}
