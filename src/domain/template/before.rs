//! Texts in the second syntax as the first says the same.

use super::{Piece, Placeholder, Reference, Syntax, Template};

/// The text that means in [`Syntax::First`] what this one means in [`Syntax::Second`], except that blanks beside a
/// name are gone. None where the first cannot say it.
#[must_use]
pub fn in_first(text: &str) -> Option<String> {
    let template = Template::parse(text, Syntax::Second);
    let mut plain = String::new();
    for piece in &template.pieces {
        match piece {
            Piece::Literal(literal) => plain.push_str(literal),
            Piece::Placeholder(Placeholder {
                name,
                reference: Reference::Name,
                ..
            }) => plain.extend(["{{", name, "}}"]),
            Piece::Placeholder(_) => return None,
        }
    }
    let is_same = said(&template) == said(&Template::parse(&plain, Syntax::First));
    is_same.then_some(plain)
}

/// What a template says: texts, and after each but the last the name of a placeholder.
fn said<'t>(template: &Template<'t>) -> (Vec<String>, Vec<&'t str>) {
    let (mut texts, mut names) = (vec![String::new()], Vec::new());
    for piece in &template.pieces {
        match piece {
            Piece::Literal(literal) => {
                if let Some(text) = texts.last_mut() {
                    text.push_str(literal);
                }
            }
            Piece::Placeholder(placeholder) => {
                names.push(placeholder.name);
                texts.push(String::new());
            }
        }
    }
    (texts, names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_both_can_say_is_said_so_that_both_mean_it() {
        for (second, first) in [
            ("say {{word}} to {{ word }}", "say {{word}} to {{word}}"),
            (r"\\{{word}} \{{a b}}", r"\{{word}} \{{a b}}"),
            (
                r"\{{ word }} \{{inputs.word}}",
                "{{ word }} {{inputs.word}}",
            ),
            (r"{{user.name}} {{{word}}}", r"{{user.name}} {{{word}}}"),
            ("", ""),
        ] {
            assert_eq!(in_first(second).as_deref(), Some(first), "{second}");
        }
    }

    #[test]
    fn what_the_second_alone_can_say_is_not_said() {
        for text in [
            "{{inputs.word}}",
            "{{ stage_1.raw }}",
            "{{ชื่อ}}",
            r"\{{word}}",
            r"\\\{{word}}",
            "{{word}} {{stage_1.title}}",
        ] {
            assert_eq!(in_first(text), None, "{text}");
        }
    }
}
