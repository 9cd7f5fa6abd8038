//! How deep the brackets of a document lie in each other, read from its text: whatever walks the
//! parsed document, the library's parser first of all, goes one call deeper for each level, and the
//! stack ends before a document that fills a body does.
//!
//! Strings and comments are told apart as the library's grammar does, for a bracket in them counts
//! nothing, and one behind them does.

/// Deepest nesting of a document: that of a JSON literal and some more around it.
pub(super) const MOST: usize = 128;

/// Are there more than [`MOST`] brackets open at some place?
pub(super) fn is_too_deep(document: &str) -> bool {
    let mut open = 0_usize;
    let mut rest = document;
    while let Some(at) = rest.find(['{', '[', '(', '}', ']', ')', '"', '#']) {
        let (_, here) = rest.split_at(at);
        rest = match here.as_bytes().first() {
            Some(b'{' | b'[' | b'(') => {
                open += 1;
                &here[1..]
            }
            Some(b'}' | b']' | b')') => {
                open = open.saturating_sub(1);
                &here[1..]
            }
            Some(b'#') => here.find(['\n', '\r']).map_or("", |end| &here[end..]),
            _ => after_string(here),
        };
        if open > MOST {
            return true;
        }
    }
    false
}

/// What follows the string at the beginning of `text`. A block string that does not end is read as an
/// empty string with another one behind it.
fn after_string(text: &str) -> &str {
    text.strip_prefix("\"\"\"")
        .and_then(after_block)
        .unwrap_or_else(|| after_line(&text[1..]))
}

fn after_block(mut text: &str) -> Option<&str> {
    loop {
        let (before, after) = text.split_once("\"\"\"")?;
        if !before.ends_with('\\') {
            return Some(after);
        }
        text = after;
    }
}

/// Nothing follows a string that does not end: such a document does not parse.
fn after_line(text: &str) -> &str {
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            '"' if !escaped => return &text[at + 1..],
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_in_each_other_counts_and_what_lies_side_by_side_does_not() {
        for (open, close) in [("{a:", "}"), ("[", "]"), ("{a", "}"), ("(a:[", "])")] {
            let depth = open.matches(['{', '[', '(']).count();
            let nested = |levels: usize| open.repeat(levels) + &close.repeat(levels);
            assert!(!is_too_deep(&nested(MOST / depth)), "{open}");
            assert!(is_too_deep(&nested(MOST / depth + 1)), "{open}");
            assert!(!is_too_deep(&nested(1).repeat(MOST + 1)), "{open}");
        }
        assert!(is_too_deep(&"[".repeat(2 * 1024 * 1024)));
    }

    #[test]
    fn brackets_in_strings_and_comments_count_nothing_and_those_behind_them_do() {
        let many = "[".repeat(MOST + 1);
        for hidden in [
            format!("\"{many}\""),
            format!("\"\\\"{many}\""),
            format!("\"\\\\\\\"{many}\""),
            format!("\"\"\"{many}\"\"\""),
            format!("\"\"\"\\\"\"\"{many}\n\"{many}\"\"\""),
            format!("\"\"\"{many}\""),
            format!("# \"{many}\n"),
            format!("#{many}\r"),
            "\"\" \"ä\" \"\\\\\"".to_owned(),
        ] {
            assert!(!is_too_deep(&hidden), "{hidden}");
            assert!(is_too_deep(&format!("{hidden} {many}")), "{hidden}");
        }
    }
}
