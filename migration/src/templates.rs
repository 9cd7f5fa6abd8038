//! Templates as they were written when `{{name}}` alone was a placeholder, escaped so that they mean the same
//! now that blanks, paths and backslashes mean something. A copy of what the service knew when this changed.

use sea_orm_migration::sea_orm::JsonValue;
use unicode_general_category::{GeneralCategory, get_general_category};

/// How texts are read that are escaped so, or were written since.
pub const SYNTAX: i32 = 2;

/// The text with backslashes where the readings differ; none where they do not.
#[must_use]
pub fn escaped(text: &str) -> Option<String> {
    let mut escaped = String::new();
    let (mut done, mut at) = (0, 0);
    while let Some(found) = text[at..].find("{{") {
        let start = at + found;
        let Some(end) = placeholder(text, start) else {
            at = start + 1;
            continue;
        };
        at = end;
        let before = text[..start].trim_end_matches('\\').len();
        let backslashes = start - before + usize::from(!was_placeholder(&text[start..end]));
        if backslashes > 0 {
            escaped.push_str(&text[done..start]);
            escaped.push_str(&"\\".repeat(backslashes));
            done = start;
        }
    }
    (!escaped.is_empty()).then(|| escaped + &text[done..])
}

/// Escapes the prompt of a judge, where a model judges. Answers whether it changed.
pub fn escape_criteria(validation_type: &str, criteria: &mut JsonValue) -> bool {
    let prompt = criteria
        .get_mut("prompt")
        .filter(|_| validation_type == "LLM");
    prompt.is_some_and(escape)
}

/// Escapes the stages that a snapshot keeps, unless they are. Answers whether anything changed.
pub fn escape_snapshot(data: &mut JsonValue) -> bool {
    if data.get("templateSyntax").is_some() {
        return false;
    }
    let stages = data.get_mut("stages").and_then(JsonValue::as_array_mut);
    let mut changed = false;
    for stage in stages.into_iter().flatten() {
        changed |= stage.get_mut("promptTemplate").is_some_and(escape);
        let kind = stage.get("validationType").and_then(JsonValue::as_str);
        let kind = kind.unwrap_or_default().to_owned();
        let criteria = stage.get_mut("validationCriteria");
        changed |= criteria.is_some_and(|criteria| escape_criteria(&kind, criteria));
    }
    if changed {
        data["templateSyntax"] = SYNTAX.into();
    }
    changed
}

fn escape(text: &mut JsonValue) -> bool {
    let escaped = text.as_str().and_then(escaped);
    let changed = escaped.is_some();
    if let Some(escaped) = escaped {
        *text = escaped.into();
    }
    changed
}

/// Where the placeholder ends that begins at `start`, where two braces stand.
fn placeholder(text: &str, start: usize) -> Option<usize> {
    let inner = text[start + 2..].trim_start();
    let end = inner
        .find(|c| c != '.' && !is_letter(c))
        .unwrap_or(inner.len());
    let mut segments = inner[..end].split('.');
    let root = segments.next().filter(|root| is_name(root))?;
    let mut path = segments.peekable();
    let is_path = path.peek().is_some();
    let is_source = root == "inputs" || root.starts_with("stage_");
    let is_number = |it: &str| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit());
    if is_path && !(is_source && path.all(|it| is_name(it) || is_number(it))) {
        return None;
    }
    let after = inner[end..].trim_start().strip_prefix("}}")?;
    Some(text.len() - after.len())
}

/// Was it one, from its braces to its braces, when there were neither blanks nor paths?
fn was_placeholder(text: &str) -> bool {
    let name = &text[2..text.len() - 2];
    is_name(name) && name.chars().all(|c| c == '_' || c.is_alphanumeric())
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c == '_' || c.is_alphabetic())
}

fn is_letter(c: char) -> bool {
    let belongs = |c| {
        let mark = matches!(
            get_general_category(c),
            GeneralCategory::NonspacingMark
                | GeneralCategory::SpacingMark
                | GeneralCategory::EnclosingMark
        );
        mark || matches!(c, '\u{200C}' | '\u{200D}')
    };
    c == '_' || c.is_alphanumeric() || (!c.is_ascii() && belongs(c))
}
