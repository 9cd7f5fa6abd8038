//! Other words for the stages of a workflow, in everything that names them: orders and keys change, and what reads
//! from a stage or goes on with it still means that one.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::Value;

use super::check::{check_output, check_spots, fault_at};
use super::paths::{At, Says, Spot, mapped};
use super::{END, Fault, OUTPUT_MAPPING, Stage, keys_of};
use crate::domain::key::Keys;
use crate::domain::source::SourcePath;
use crate::domain::template::{Escaped, Grammar, Syntax, Template, escaped};

/// What stages were called, and what they are called from now on.
#[derive(Debug, Default)]
pub struct Renaming<'a> {
    /// The keys by which texts are read before.
    keys: Keys<'a>,
    /// First words of paths.
    words: BTreeMap<String, String>,
    /// Keys whose stages have none any more, with the orders by which those are called from now on.
    numbered: BTreeMap<String, i32>,
    orders: BTreeMap<i32, i32>,
    /// Keys that no stage has from now on: what is escaped with one is a text by itself then, and would show its
    /// backslash.
    past: BTreeSet<String>,
}

/// What a place says from now on.
enum New {
    Text(String),
    Order(i32),
}

impl<'a> Renaming<'a> {
    /// New orders for stages with these keys.
    #[must_use]
    pub fn of_orders(orders: BTreeMap<i32, i32>, keys: Keys<'a>) -> Self {
        let words = orders.iter();
        let words = words.map(|(old, new)| (format!("stage_{old}"), format!("stage_{new}")));
        Self {
            keys,
            words: words.collect(),
            numbered: BTreeMap::new(),
            orders,
            past: BTreeSet::new(),
        }
    }

    /// The stage with the new words, everything else byte for byte as it was.
    pub fn apply(&self, stage: &mut Stage) {
        let changes: Vec<_> = stage.spots().filter_map(|spot| self.change(spot)).collect();
        for (at, new) in changes {
            put(stage, at, new);
        }
    }

    /// The same for the paths of a mapping.
    pub fn apply_to_mapping(&self, mapping: &mut Value) {
        let changes = mapped(mapping)
            .into_iter()
            .filter_map(|(_, at, path)| Some((at, self.path(path)?)));
        let changes = changes.collect();
        put_paths(mapping, changes);
    }

    fn change(&self, spot: Spot<'_>) -> Option<(At, New)> {
        let new = match spot.says {
            Says::Template(text, _) => New::Text(self.template(text)?),
            Says::Path(path) => New::Text(self.path(path)?),
            Says::Target(order) => New::Order(*self.orders.get(&order)?),
        };
        Some((spot.at, new))
    }

    fn path(&self, path: &str) -> Option<String> {
        let (word, rest) = path.split_once('.')?;
        if let Some(order) = self.numbered.get(word) {
            return Some(SourcePath::by_order(*order, rest));
        }
        let word = self.words.get(word)?;
        Some(format!("{word}.{rest}"))
    }

    fn template(&self, text: &str) -> Option<String> {
        let template = Template::parse(text, grammar(&self.keys));
        let paths = template.placeholders();
        let paths = paths.filter_map(|it| Some((it.span.clone(), self.path(it.name)?)));
        let plain = escaped(text, grammar(&self.keys)).filter(|it| self.is_past(it));
        let plain = plain.map(|it| {
            let halved = "\\".repeat(it.backslashes.len() / 2);
            (it.backslashes, halved)
        });
        let mut changes: Vec<_> = paths.chain(plain).collect();
        changes.sort_by_key(|(span, _)| span.start);
        let mut new = String::new();
        let mut done = 0;
        for (span, words) in changes {
            new.push_str(&text[done..span.start]);
            new.push_str(&words);
            done = span.end;
        }
        (done > 0).then(|| new + &text[done..])
    }

    fn is_past(&self, escaped: &Escaped<'_>) -> bool {
        let word = escaped.placeholder.name.split_once('.');
        word.is_some_and(|(word, _)| self.past.contains(word))
    }
}

/// Rewrites the paths of `after` that use keys which stages had `before` and have no more: a stage that has another
/// one is called by that. A key that another stage has now means that one in what was written since, and in all else
/// the stage that it meant.
///
/// # Errors
/// The first path that uses the key of a stage which is gone or has none any more.
pub fn follow_keys(before: &[Stage], after: &mut [Stage]) -> Result<Keyed, Fault> {
    let keyed = Keyed::of(before, after);
    if keyed.is_empty() {
        return Ok(keyed);
    }
    let (of_new, of_old) = (keyed.of_new(), keyed.of_old());
    for (index, stage) in after.iter_mut().enumerate() {
        if let Some((field, message)) = keyed.missed(stage) {
            return Err(fault_at(index, stage, &field, &message));
        }
        let was = before.iter().find(|was| was.id == stage.id);
        let known: HashSet<_> = was.into_iter().flat_map(said_at).collect();
        let changes = stage.spots().filter_map(|spot| {
            let is_old = known.contains(&said(&spot));
            let renaming = if is_old { &of_old } else { &of_new };
            renaming.change(spot)
        });
        let changes: Vec<_> = changes.collect();
        for (at, new) in changes {
            put(stage, at, new);
        }
    }
    Ok(keyed)
}

/// What a stage says, with the place where it says it.
fn said_at(stage: &Stage) -> impl Iterator<Item = (String, String, String)> {
    stage.spots().map(|spot| said(&spot))
}

fn said(spot: &Spot<'_>) -> (String, String, String) {
    let pointer = match &spot.at {
        At::Text(_) | At::Order(_) => String::new(),
        At::Json(_, pointer) => pointer.clone(),
    };
    let text = match spot.says {
        Says::Template(text, _) | Says::Path(text) => text.to_owned(),
        Says::Target(order) => order.to_string(),
    };
    (spot.field.clone().into_owned(), pointer, text)
}

/// Keys that stages have no more.
#[derive(Debug, Default)]
pub struct Keyed {
    /// Old and new ones, where no stage has the old one.
    renamed: BTreeMap<String, String>,
    /// The same where another stage has it.
    moved: BTreeMap<String, String>,
    /// Old ones that another stage has, where the stage that had it has none: its order.
    given: BTreeMap<String, i32>,
    gone: BTreeSet<String>,
}

impl Keyed {
    fn of(before: &[Stage], after: &[Stage]) -> Self {
        let kept: BTreeSet<_> = after.iter().filter_map(|it| it.key.as_deref()).collect();
        let mut keyed = Self::default();
        for was in before {
            let Some(old) = &was.key else {
                continue;
            };
            let now = after.iter().find(|stage| stage.id == was.id);
            match now.and_then(|stage| stage.key.as_ref()) {
                Some(new) if new == old => {}
                Some(new) if kept.contains(old.as_str()) => {
                    keyed.moved.insert(old.clone(), new.clone());
                }
                Some(new) => {
                    keyed.renamed.insert(old.clone(), new.clone());
                }
                // Whatever takes the place of a stage that is gone has its key for it.
                None if kept.contains(old.as_str()) => {
                    let order = now.map(|stage| (old.clone(), stage.stage_order));
                    keyed.given.extend(order);
                }
                None => {
                    keyed.gone.insert(old.clone());
                }
            }
        }
        keyed
    }

    /// Is no key another one?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.renamed.is_empty()
            && self.moved.is_empty()
            && self.given.is_empty()
            && self.gone.is_empty()
    }

    /// The workflow's output mapping, which was another one `before` perhaps, with the new keys.
    ///
    /// # Errors
    /// The variable whose path uses a key that is gone.
    pub fn apply_to_output(
        &self,
        before: Option<&Value>,
        mapping: &mut Value,
    ) -> Result<(), Fault> {
        for (variable, _, path) in mapped(mapping) {
            if let Some(word) = self.gone_word(path) {
                let field = format!("{OUTPUT_MAPPING}.{variable}");
                return Err(Fault {
                    index: None,
                    span: None,
                    message: format!("{field} {}", taken_away(path, word)),
                    field,
                });
            }
        }
        let known: HashSet<_> = before.into_iter().flat_map(mapped).collect();
        let (of_new, of_old) = (self.of_new(), self.of_old());
        let changes = mapped(mapping).into_iter().filter_map(|said| {
            let is_old = known.contains(&said);
            let renaming = if is_old { &of_old } else { &of_new };
            let (_, at, path) = said;
            Some((at, renaming.path(path)?))
        });
        let changes = changes.collect();
        put_paths(mapping, changes);
        Ok(())
    }

    /// For what was written with the new keys.
    fn of_new(&self) -> Renaming<'_> {
        self.renaming(self.renamed.clone())
    }

    /// For what stood there before.
    fn of_old(&self) -> Renaming<'_> {
        let all = self.renamed.iter().chain(&self.moved);
        let words = all.map(|(old, new)| (old.clone(), new.clone())).collect();
        Renaming {
            numbered: self.given.clone(),
            ..self.renaming(words)
        }
    }

    /// Texts are read by the old keys alone: whatever else is in them stays.
    fn renaming(&self, words: BTreeMap<String, String>) -> Renaming<'_> {
        let keys = self.words().chain(self.moved.keys());
        let keys = keys.chain(self.given.keys());
        Renaming {
            keys: keys.map(|word| (word.as_str(), END)).collect(),
            words,
            numbered: BTreeMap::new(),
            orders: BTreeMap::new(),
            past: self.words().cloned().collect(),
        }
    }

    /// Keys that no stage has any more.
    fn words(&self) -> impl Iterator<Item = &String> {
        self.renamed.keys().chain(&self.gone)
    }

    /// The field that uses a key which is gone.
    fn missed(&self, stage: &Stage) -> Option<(String, String)> {
        let keys = self.words().map(|word| (word.as_str(), END)).collect();
        stage.spots().find_map(|spot| {
            let message = match spot.says {
                Says::Target(_) => None,
                Says::Path(path) => self.gone_word(path).map(|word| taken_away(path, word)),
                Says::Template(text, _) => {
                    let template = Template::parse(text, grammar(&keys));
                    template.placeholders().find_map(|it| {
                        let word = self.gone_word(it.name)?;
                        Some(taken_away(&format!("{{{{{}}}}}", it.name), word))
                    })
                }
            };
            Some((spot.field.into_owned(), message?))
        })
    }

    fn gone_word<'p>(&self, path: &'p str) -> Option<&'p str> {
        let (word, _) = path.split_once('.')?;
        self.gone.contains(word).then_some(word)
    }
}

const fn grammar<'k>(keys: &'k Keys<'k>) -> Grammar<'k> {
    Grammar {
        syntax: Syntax::Third,
        keys,
        has_item: false,
    }
}

fn taken_away(used: &str, key: &str) -> String {
    format!("uses {used}, and no stage would have the key {key} any more: change that first")
}

fn put_paths(mapping: &mut Value, changes: Vec<(String, String)>) {
    for (at, path) in changes {
        if let Some(place) = mapping.pointer_mut(&at) {
            *place = path.into();
        }
    }
}

fn put(stage: &mut Stage, at: At, new: New) {
    match (at, new) {
        (At::Text(field), New::Text(text)) => *field(stage) = Some(text),
        (At::Order(field), New::Order(order)) => *field(stage) = Some(order),
        (At::Json(field, pointer), new) => {
            let value = field(stage).as_mut();
            if let Some(place) = value.and_then(|value| value.pointer_mut(&pointer)) {
                *place = match new {
                    New::Text(text) => text.into(),
                    New::Order(order) => order.into(),
                };
            }
        }
        (At::Text(_), New::Order(_)) | (At::Order(_), New::Text(_)) => {}
    }
}

/// New orders 1, 2, 3, … for the stages, in the order in which they stand.
///
/// # Errors
/// The first reference to a stage that there is not: what it would mean then nobody can say.
pub fn renumber(stages: &mut [Stage], output: Option<&mut Value>) -> Result<(), Fault> {
    let before = stages.to_vec();
    let keys = keys_of(&before);
    let known = before.iter().map(|stage| stage.stage_order).collect();
    for (index, stage) in before.iter().enumerate() {
        check_spots(stage, &known, &keys)
            .map_err(|(field, message)| fault_at(index, stage, &field, &message))?;
    }
    check_output(&before, output.as_deref())?;
    let orders = (1..)
        .zip(&before)
        .map(|(new, stage)| (stage.stage_order, new));
    let renaming = Renaming::of_orders(orders.collect(), keys);
    for (stage, order) in stages.iter_mut().zip(1..) {
        renaming.apply(stage);
        stage.stage_order = order;
    }
    if let Some(mapping) = output {
        renaming.apply_to_mapping(mapping);
    }
    Ok(())
}
