//! What a workflow asks of a run's inputs.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::definition::{
    Definition, FOR_EACH, MAPPING, PROMPT, RETRY_PROMPT, SYSTEM, Says, Stage,
};
use crate::domain::key::Keys;
use crate::domain::mapping::{Choice, Mapping};
use crate::domain::name::composed;
use crate::domain::route::ROUTES;
use crate::domain::source::{INDEX, ITEM, SourcePath};
use crate::domain::template::{Reference, Template};

/// The names of the inputs, the first segments of their paths, in the order of their first use; those that a run can go without,
/// because there is a default or another path, last.
#[must_use]
pub fn names(definition: &Definition) -> Vec<String> {
    let keys = definition.keys();
    let mut asked = Asked::default();
    for stage in &definition.stages {
        asked.add_stage(definition, stage, &keys);
    }
    let answer = Mapping::parse(definition.output_mapping.as_ref(), &keys);
    for (_, path) in answer.unwrap_or_default().paths() {
        asked.add(path, Need::Optional);
    }
    let Asked {
        needed, optional, ..
    } = asked;
    let is_new = |name: &String| !needed.iter().any(|it| composed(it) == composed(name));
    let last: Vec<_> = optional.into_iter().filter(is_new).collect();
    needed.into_iter().chain(last).collect()
}

/// When an attempt comes to this field: the list first, then what is sent in its order, where it goes last.
fn place(field: &str) -> (u8, usize) {
    let turn = |rest: &str| rest.split(']').next().and_then(|index| index.parse().ok());
    match field {
        SYSTEM => (1, 0),
        PROMPT => (3, 0),
        RETRY_PROMPT => (4, 0),
        _ if field.starts_with(FOR_EACH) => (0, 0),
        _ if field.starts_with(ROUTES) => (6, 0),
        _ => match field.strip_prefix("messages[").and_then(turn) {
            Some(index) => (2, index),
            None => (5, 0),
        },
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    Needed,
    Optional,
}

#[derive(Default)]
struct Asked {
    needed: Vec<String>,
    optional: Vec<String>,
    known: BTreeSet<(bool, String)>,
}

impl Asked {
    fn add_stage(&mut self, definition: &Definition, stage: &Stage, keys: &Keys<'_>) {
        let mapping = Mapping::parse(stage.input_variable_mapping.as_ref(), keys);
        let mapping = mapping.unwrap_or_default();
        let grammar = definition.grammar(keys);
        let grammar = grammar.of_items(stage.for_each.is_some());
        let is_of_item = |name| stage.for_each.is_some() && [ITEM, INDEX].contains(&name);
        let choices: BTreeMap<_, _> = mapping
            .iter()
            .map(|(variable, choice)| (composed(variable), choice))
            .collect();
        let mut spots: Vec<_> = stage.spots().collect();
        spots.sort_by_key(|spot| place(&spot.field));
        for spot in spots {
            match spot.says {
                Says::Template(text, given) => {
                    for placeholder in Template::parse(text, grammar).placeholders() {
                        let name = placeholder.name;
                        let is_given = given.contains(&name) || is_of_item(name);
                        match &placeholder.reference {
                            Reference::Path(path) => self.add(path, Need::Needed),
                            Reference::Name if is_given => {}
                            Reference::Name => match choices.get(&composed(name)) {
                                Some(choice) => self.add_choice(choice),
                                None => self.add_name(name, Need::Needed),
                            },
                            Reference::Unreadable(_) => {}
                        }
                    }
                }
                Says::Path(path) if !spot.field.starts_with(MAPPING) => {
                    if let Ok(path) = SourcePath::parse(path, keys) {
                        self.add(&path, Need::Needed);
                    }
                }
                Says::Path(_) | Says::Target(_) => {}
            }
        }
        // Variables have to have a value, be they named or not.
        for (_, choice) in mapping.iter() {
            self.add_choice(choice);
        }
    }

    fn add_choice(&mut self, choice: &Choice) {
        let is_needed = !choice.has_default() && choice.paths().iter().all(SourcePath::is_input);
        let need = if is_needed && choice.paths().len() == 1 {
            Need::Needed
        } else {
            Need::Optional
        };
        for path in choice.paths() {
            self.add(path, need);
        }
    }

    fn add(&mut self, path: &SourcePath, need: Need) {
        if let SourcePath::Inputs { path } = path
            && let Some(name) = path.first()
        {
            self.add_name(name, need);
        }
    }

    fn add_name(&mut self, name: &str, need: Need) {
        let is_new = self
            .known
            .insert((need == Need::Needed, composed(name).into_owned()));
        if is_new {
            match need {
                Need::Needed => self.needed.push(name.to_owned()),
                Need::Optional => self.optional.push(name.to_owned()),
            }
        }
    }
}
