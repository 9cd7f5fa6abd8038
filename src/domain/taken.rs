//! Where the values of an attempt came from, in the order in which what is sent uses them.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::definition::SYSTEM;
use super::feedback::Feedback;
use super::key::Keys;
use super::lineage::Used;
use super::source::{Places, SourcePath};
use super::template::Template;
use super::turns::{MESSAGES, Part, content_field, from_field};

/// The stage's templates that are rendered, each with its field.
type Templates<'t> = [(Cow<'static, str>, Template<'t>)];

/// All that an attempt uses: its `variables`, what a retry is told of the failure before, and the turns that are taken from elsewhere.
/// `prompt` is the field of the prompt that is sent.
#[must_use]
pub fn in_order(
    mut variables: Vec<Used>,
    (templates, prompt): (&Templates<'_>, &str),
    told: Option<(&Feedback, &Map<String, Value>)>,
    (turns, keys, places): (&[Part<'_>], &Keys<'_>, &Places<'_>),
) -> Vec<Used> {
    let from: Vec<_> = taken_turns(turns, keys, places).collect();
    if told.is_none() && from.is_empty() {
        // That is the order of the templates.
        return variables;
    }
    if let Some((feedback, given)) = told {
        // In the prompt it comes before variables of these names.
        let others = templates.iter().filter(|(field, _)| *field != prompt);
        let others: BTreeSet<_> = others
            .flat_map(|(_, it)| it.placeholders().map(|it| it.name))
            .collect();
        let is_used = |name: &str| !given.contains_key(name) || others.contains(name);
        variables.retain(|it| is_used(&it.name));
        variables.extend(feedback.used(given));
    }
    variables.extend(from);
    let order = order(templates, turns);
    variables.sort_by_key(|used| order.get(&used.name).copied());
    variables
}

/// Turns that the stage takes from elsewhere; they are named by their place in `messages`.
fn taken_turns(
    parts: &[Part<'_>],
    keys: &Keys<'_>,
    places: &Places<'_>,
) -> impl Iterator<Item = Used> {
    parts.iter().enumerate().filter_map(|(index, part)| {
        let Part::From(path) = part else {
            return None;
        };
        let path = SourcePath::parse(path, keys).ok()?;
        Some(Used {
            name: from_field(index),
            found: places.find(&path).is_some(),
            by: places.by(&path),
            path: places.written(&path),
        })
    })
}

/// The names by which values are used, each with the place of its first use: the system message, the turns, the prompt, the
/// judge's.
fn order(templates: &Templates<'_>, turns: &[Part<'_>]) -> HashMap<String, usize> {
    let names = |field: &str| {
        let template = templates.iter().find(|(name, _)| name == field);
        let names = template.into_iter().flat_map(|(_, it)| it.placeholders());
        names.map(|it| it.name.to_owned()).collect::<Vec<_>>()
    };
    let of_turns = turns
        .iter()
        .enumerate()
        .flat_map(|(index, part)| match part {
            Part::Turn { .. } => names(&content_field(index)),
            Part::From(_) => vec![from_field(index)],
        });
    let is_last = |field: &str| field != SYSTEM && !field.starts_with(MESSAGES);
    let last = templates.iter().filter(|(field, _)| is_last(field));
    let last = last.flat_map(|(_, it)| it.placeholders().map(|it| it.name.to_owned()));
    let mut order = HashMap::new();
    for name in names(SYSTEM).into_iter().chain(of_turns).chain(last) {
        let next = order.len();
        order.entry(name).or_insert(next);
    }
    order
}
