//! The functions that look at the model's text as it is.

use std::sync::Arc;

use super::{Answer, Check, Fault, Fields, require};
use crate::domain::output::excerpt;

/// How much of an argument a note repeats, in characters.
const EXCERPT: usize = 100;

#[expect(
    clippy::unnecessary_wraps,
    reason = "the registry's signature: others can refuse"
)]
pub(super) fn non_empty(_: &Fields<'_>) -> Result<Check, Fault> {
    Ok(Arc::new(|answer| {
        require(!answer.raw.trim().is_empty(), || {
            "the output is empty".to_owned()
        })
    }))
}

pub(super) fn min_length(args: &Fields<'_>) -> Result<Check, Fault> {
    let least = length(args)?;
    Ok(Arc::new(move |answer| {
        let found = answer.raw.chars().count() as u64;
        require(found >= least, || {
            format!("the output has {found} characters, and must have at least {least}")
        })
    }))
}

pub(super) fn max_length(args: &Fields<'_>) -> Result<Check, Fault> {
    let most = length(args)?;
    Ok(Arc::new(move |answer| {
        let found = answer.raw.chars().count() as u64;
        require(found <= most, || {
            format!("the output has {found} characters, and must have at most {most}")
        })
    }))
}

pub(super) fn contains(args: &Fields<'_>) -> Result<Check, Fault> {
    let text = args.string("text")?.to_owned();
    Ok(Arc::new(move |answer| {
        require(answer.raw.contains(&text), || {
            format!("the output does not contain {}", quote(&text))
        })
    }))
}

pub(super) fn not_contains(args: &Fields<'_>) -> Result<Check, Fault> {
    let text = args.string("text")?.to_owned();
    Ok(Arc::new(move |answer| {
        require(!answer.raw.contains(&text), || {
            format!("the output contains {}", quote(&text))
        })
    }))
}

/// Blanks before the text are allowed: models begin with a line break now and then.
pub(super) fn starts_with(args: &Fields<'_>) -> Result<Check, Fault> {
    let text = args.string("text")?.to_owned();
    Ok(Arc::new(move |Answer { raw, .. }| {
        require(
            raw.starts_with(&text) || raw.trim_start().starts_with(&text),
            || format!("the output does not start with {}", quote(&text)),
        )
    }))
}

/// Blanks after the text are allowed: models like to end with a line break.
pub(super) fn ends_with(args: &Fields<'_>) -> Result<Check, Fault> {
    let text = args.string("text")?.to_owned();
    Ok(Arc::new(move |Answer { raw, .. }| {
        require(
            raw.ends_with(&text) || raw.trim_end().ends_with(&text),
            || format!("the output does not end with {}", quote(&text)),
        )
    }))
}

fn length(args: &Fields<'_>) -> Result<u64, Fault> {
    // JSON knows one kind of number: 3.0 is a whole one.
    let value = args.value("length")?;
    let whole = value
        .as_f64()
        .filter(|it| it.fract() == 0.0 && (0.0..1e15).contains(it));
    let length = value
        .as_u64()
        .or_else(|| whole.and_then(|it| format!("{it:.0}").parse().ok()));
    length.ok_or_else(|| args.fault("length", "must be a whole number of characters, 0 or more"))
}

fn quote(text: &str) -> String {
    format!("\"{}\"", excerpt(text, EXCERPT))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::assert_verdicts;

    #[test]
    fn text_functions_look_at_the_text() {
        let none = json!({});
        assert_verdicts("non_empty", &none, &["a"], &["", " \n"]);
        let two = json!({"length": 2});
        assert_verdicts("min_length", &two, &["ää", "abc"], &["ä", ""]);
        assert_verdicts("max_length", &two, &["ää", ""], &["äää"]);
        let text = json!({"text": "b."});
        assert_verdicts("contains", &text, &["ab.c"], &["AB.C", ""]);
        assert_verdicts("not_contains", &text, &["AB.C", ""], &["ab.c"]);
        assert_verdicts("starts_with", &text, &["b.c", "\nb."], &["ab.", ""]);
        assert_verdicts("ends_with", &text, &["ab.", "b.\n"], &["b. d", ""]);
        assert_verdicts("ends_with", &json!({"text": "b\n"}), &["ab\n"], &["ab"]);
    }
}
