//! Texts that look like placeholders of this or another template language, and are sent as they stand.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::{MOST, Problem, Severity};
use crate::domain::definition::Definition;
use crate::domain::nearest::hint;
use crate::domain::output::excerpt;
use crate::domain::template::{Grammar, Template};

/// Two braces with something short between them, Jinja's blocks, and a shell's variables.
static LOOKALIKE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"\{\{[^{}\n]{1,200}\}\}|\{%[^{}\n]{1,200}%\}|\$\{\w{1,100}\}").ok()
});
/// A name between single braces, as Python writes them.
static SINGLE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\{[\p{Alphabetic}_]\w{0,100}\}").ok());

pub(super) fn problems(definition: &Definition) -> Vec<Problem> {
    let keys = definition.keys();
    let mut problems = Vec::new();
    for stage in &definition.stages {
        let grammar = definition.grammar(&keys);
        let grammar = grammar.of_items(stage.for_each.is_some());
        for template in stage.templates() {
            let room = MOST.saturating_sub(problems.len());
            for span in lookalikes(template.text, grammar).into_iter().take(room) {
                let found = &template.text[span.clone()];
                let hint = meant(found, keys.iter());
                let why = format!(
                    "has {}, which is no placeholder and is sent as it stands{hint}",
                    excerpt(found, 60)
                );
                let code = "LOOKS_LIKE_A_PLACEHOLDER";
                let problem = Problem::of(Severity::Warning, code, stage, &template.field, &why);
                problems.push(problem.at(template.text, &span));
            }
        }
    }
    problems
}

/// Where they stand, in bytes.
fn lookalikes(text: &str, grammar: Grammar<'_>) -> Vec<Range<usize>> {
    let template = Template::parse(text, grammar);
    let taken: Vec<_> = template.placeholders().map(|it| it.span.clone()).collect();
    let overlaps = |span: &Range<usize>| {
        let after = taken.partition_point(|it| it.end <= span.start);
        taken.get(after).is_some_and(|it| it.start < span.end)
    };
    let find = |pattern: &'static LazyLock<Option<Regex>>| {
        let pattern = LazyLock::force(pattern).as_ref();
        let found = pattern.into_iter().flat_map(|it| it.find_iter(text));
        found.map(|found| found.range())
    };
    let known: Vec<_> = find(&LOOKALIKE).collect();
    let is_known = |span: &Range<usize>| {
        let after = known.partition_point(|it| it.end <= span.start);
        known.get(after).is_some_and(|it| it.start <= span.start)
    };
    let mut spans: Vec<_> = known
        .iter()
        .filter(|span| !overlaps(span))
        .cloned()
        .collect();
    if taken.is_empty() {
        spans.extend(find(&SINGLE).filter(|span| !is_known(span)));
        spans.sort_by_key(|span| span.start);
    }
    // A backslash says that it is meant so; two are one.
    let is_escaped = |span: &Range<usize>| {
        let before = &text[..span.start];
        let backslashes = before.len() - before.trim_end_matches('\\').len();
        !backslashes.is_multiple_of(2)
    };
    spans.retain(|span| !is_escaped(span));
    spans
}

/// What would be a placeholder.
fn meant<'k>(found: &str, keys: impl Iterator<Item = &'k str>) -> String {
    let inner = found
        .trim_matches(|c| matches!(c, '{' | '}' | '$' | '%'))
        .trim();
    let root = inner.split('.').next().unwrap_or_default();
    let near = hint(root, keys.chain(["inputs"]));
    if !near.is_empty() {
        return near;
    }
    match inner.split_once('.') {
        Some(_) if found.starts_with("{{") => format!(
            ": no stage has the key {root}; an input is {{{{inputs.{inner}}}}}, and a backslash before the braces says that it is meant so"
        ),
        _ if found.starts_with("{%") => ": there are no conditions and loops in templates, but routes and forEach".to_owned(),
        _ => ": a placeholder is like {{name}} or {{inputs.name}}, and a backslash before the braces says that it is meant so".to_owned(),
    }
}
