//! Reading a Markdown document as prose, whose code, tables and headings are no sentences, and JSON as the texts in it.

use std::borrow::Cow;

use serde_json::Value;

/// A line at least this long, in bytes, without an end of a sentence goes on in the next one.
const WRAPPED: usize = 60;

/// The sentences of a Markdown document, a paragraph on a line; the texts of a JSON list or object, each on a line; any
/// other text as it is.
pub(super) fn prose(text: &str) -> Cow<'_, str> {
    if text.starts_with(['[', '{'])
        && let Ok(value) = serde_json::from_str(text)
    {
        let mut texts = Vec::new();
        collect(&value, &mut texts);
        return Cow::Owned(texts.join("\n"));
    }
    let is_markdown = text
        .lines()
        .any(|line| is_heading(line) || is_fence(line) || is_table(line));
    if !is_markdown {
        return Cow::Borrowed(text);
    }
    let mut found = String::new();
    let mut in_code = false;
    let mut goes_on = false;
    for line in text.lines().map(str::trim) {
        if is_fence(line) {
            in_code = !in_code;
        }
        if in_code || line.is_empty() || is_fence(line) || is_heading(line) || is_table(line) {
            goes_on = false;
            continue;
        }
        found.push(if goes_on { ' ' } else { '\n' });
        found.push_str(line);
        goes_on = line.len() >= WRAPPED && !line.ends_with(['.', '!', '?', ':']);
    }
    let found = found.replace(['`', '*'], "");
    match found.trim() {
        "" => Cow::Borrowed(text),
        prose => Cow::Owned(prose.to_owned()),
    }
}

fn collect<'v>(value: &'v Value, texts: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Value::Object(fields) => fields.values().for_each(|field| collect(field, texts)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn is_heading(line: &str) -> bool {
    let rest = line.trim_start_matches('#');
    rest.len() < line.len() && rest.starts_with(' ')
}

fn is_fence(line: &str) -> bool {
    line.trim_start().starts_with("```")
}

fn is_table(line: &str) -> bool {
    let line = line.trim();
    line.len() > 1 && line.starts_with('|') && line.ends_with('|')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_tables_and_headings_are_left_out_and_wrapped_lines_joined() {
        let text = "# Kites\n\nA kite has a **line**, and the line has to be strong enough for a storm\non \
                    the coast. It flies.\n\n```sh\nmake kite\n```\n\n| a | b |\n|---|---|\n- Red ones\n- Blue ones\n";
        assert_eq!(
            prose(text),
            "A kite has a line, and the line has to be strong enough for a storm on the coast. It flies.\n\
             - Red ones\n- Blue ones"
        );
    }

    #[test]
    fn of_json_the_texts_are_read() {
        let list = r#"["Kites fly.", null, {"text": "So do \"larks\"."}, 7]"#;
        assert_eq!(prose(list), "Kites fly.\nSo do \"larks\".");
        let no_json = "[Kites] fly.";
        assert_eq!(prose(no_json), no_json);
    }

    #[test]
    fn what_is_no_markdown_or_nothing_but_headings_stays() {
        for text in [
            "Plain `text` *here*.\nTwo lines.",
            "# Only\n## headings",
            "",
        ] {
            assert_eq!(prose(text), text);
        }
    }
}
