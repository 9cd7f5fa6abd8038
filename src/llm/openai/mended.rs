//! JSON as it comes from who writes it by hand, or lets everything pass: in a form that can be read. What is
//! mended means one thing alone: a control character in a text is that character, and a number that JSON does
//! not know is none.

/// Such numbers, as Python and JavaScript write them.
const NO_NUMBERS: [&str; 3] = ["NaN", "Infinity", "-Infinity"];

/// The same with control characters in texts escaped and null in the place of what is no number; none where
/// there is neither.
pub(super) fn mended(json: &str) -> Option<String> {
    let mut mended = String::with_capacity(json.len() + 16);
    let (mut in_string, mut is_escaped, mut is_other) = (false, false, false);
    let mut rest = json;
    while let Some(char) = rest.chars().next() {
        let mut length = char.len_utf8();
        if in_string {
            in_string = char != '"' || is_escaped;
            is_escaped = char == '\\' && !is_escaped;
            if char < ' ' {
                let escape = format!("\\u{:04x}", u32::from(char));
                mended.push_str(&escape);
                is_other = true;
            } else {
                mended.push(char);
            }
        } else if let Some(name) = no_number(rest, &mended) {
            mended.push_str("null");
            length = name.len();
            is_other = true;
        } else {
            in_string = char == '"';
            mended.push(char);
        }
        rest = &rest[length..];
    }
    is_other.then_some(mended)
}

/// What is no number, if that is what the rest begins with and a value is due.
fn no_number(rest: &str, before: &str) -> Option<&'static str> {
    let name = NO_NUMBERS.into_iter().find(|name| rest.starts_with(name))?;
    let is_due = before.trim_ascii_end().ends_with([':', ',', '[']);
    let ends = rest[name.len()..].trim_ascii_start();
    (is_due && ends.starts_with([',', '}', ']'])).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_one_thing_alone_is_mended() {
        for (json, expected) in [
            ("{\"a\": \"x\ty\u{1}\"}", r#"{"a": "x\u0009y\u0001"}"#),
            ("\"a\n\"", r#""a\u000a""#),
            ("\t\"\\\\\t\"", "\t\"\\\\\\u0009\""),
            (
                r#"{"a": NaN, "b":[-Infinity,Infinity ]}"#,
                r#"{"a": null, "b":[null,null ]}"#,
            ),
            ("[NaN,\"é\",NaN]", "[null,\"é\",null]"),
        ] {
            assert_eq!(mended(json).as_deref(), Some(expected), "{json}");
        }
    }

    #[test]
    fn all_else_stays_as_it_is() {
        for json in [
            "",
            "{\n\t\"a\": \"NaN, \\\"b\\\": NaN}\"}",
            "NaN",
            "NaN, is it?",
            "{NaN: 1}",
            r#"{"a": NaNs}"#,
            r#"{"a": True}"#,
            "\"a\\\"",
        ] {
            assert_eq!(mended(json), None, "{json}");
        }
    }
}
