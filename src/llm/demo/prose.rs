//! Reading a Markdown document as prose: its code, tables and headings are no sentences.

use std::borrow::Cow;

/// A line at least this long, in bytes, without an end of a sentence goes on in the next one.
const WRAPPED: usize = 60;

/// The sentences of a Markdown document, a paragraph on a line; any other text as it is.
pub(super) fn prose(text: &str) -> Cow<'_, str> {
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
