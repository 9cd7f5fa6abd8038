//! What nothing reads: output variables, mapped variables, keys.

use std::collections::BTreeSet;

use serde_json::Value;

use super::flow::Flow;
use super::{Problem, Severity};
use crate::domain::definition::{Definition, MAPPING, Says, Stage, mapped};
use crate::domain::mapping::Mapping;
use crate::domain::name::composed;
use crate::domain::source::SourcePath;
use crate::domain::template::{Grammar, Reference, Template};

pub(super) fn problems(definition: &Definition, flow: &Flow) -> Vec<Problem> {
    let keys = definition.keys();
    let grammar = definition.grammar(&keys);
    let mut read = Read::default();
    for stage in &definition.stages {
        read.add_stage(stage, grammar.of_items(stage.for_each.is_some()));
    }
    for (_, _, path) in definition.output_mapping.iter().flat_map(mapped) {
        read.add(path, grammar);
    }
    let answers = definition.output_mapping.is_none();
    let mut problems = Vec::new();
    for (index, stage) in definition.stages.iter().enumerate() {
        problems.extend(unused_mapping(stage, grammar));
        if let Some(key) = stage
            .key
            .as_deref()
            .filter(|key| !read.words.contains(*key))
        {
            let why =
                format!("is {key}, and no path uses it: read the stage by it, or take it away");
            problems.push(Problem::of(
                Severity::Hint,
                "UNUSED_KEY",
                stage,
                "key",
                &why,
            ));
        }
        // What the last stage brings is what the run answers.
        if !flow.is_reached(index) || (answers && flow.may_end(index)) {
            continue;
        }
        let variables = stage.output_variables.as_ref().and_then(Value::as_object);
        for variable in variables.into_iter().flat_map(|variables| variables.keys()) {
            if !read.has(stage, variable) {
                let why = "is read by no stage, no route and no output mapping: read it, or do not ask the model for it";
                let field = format!("outputVariables.{variable}");
                let code = "UNUSED_OUTPUT";
                problems.push(Problem::of(Severity::Hint, code, stage, &field, why));
            }
        }
    }
    problems
}

/// A variable of the mapping that none of the stage's templates names.
fn unused_mapping(stage: &Stage, grammar: Grammar<'_>) -> Vec<Problem> {
    let mapping = Mapping::parse(stage.input_variable_mapping.as_ref(), grammar.keys);
    let mapping = mapping.unwrap_or_default();
    if mapping.iter().next().is_none() {
        return Vec::new();
    }
    let grammar = grammar.of_items(stage.for_each.is_some());
    let mut named = BTreeSet::new();
    for template in stage.templates() {
        for placeholder in Template::parse(template.text, grammar).placeholders() {
            if placeholder.reference == Reference::Name {
                named.insert(composed(placeholder.name).into_owned());
            }
        }
    }
    let unused = mapping
        .iter()
        .filter(|(variable, _)| !named.contains(composed(variable).as_ref()));
    unused
        .map(|(variable, _)| {
            let why = format!("is used by none of the stage's templates: write {{{{{variable}}}}}, or take it away");
            let field = format!("{MAPPING}.{variable}");
            Problem::of(Severity::Hint, "UNUSED_MAPPING", stage, &field, &why)
        })
        .collect()
}

/// What is read anywhere.
#[derive(Default)]
struct Read {
    /// First words of paths.
    words: BTreeSet<String>,
    /// Stages all of whose output is read.
    whole: BTreeSet<i32>,
    /// Variables of stages' outputs, or of the outputs for one item.
    variables: BTreeSet<(i32, String)>,
}

impl Read {
    fn add_stage(&mut self, stage: &Stage, grammar: Grammar<'_>) {
        for spot in stage.spots() {
            match spot.says {
                Says::Path(path) => self.add(path, grammar),
                Says::Template(text, _) => {
                    for placeholder in Template::parse(text, grammar).placeholders() {
                        if let Reference::Path(path) = &placeholder.reference {
                            self.add_path(placeholder.name, path);
                        }
                    }
                }
                Says::Target(_) => {}
            }
        }
    }

    fn add(&mut self, text: &str, grammar: Grammar<'_>) {
        if let Ok(path) = SourcePath::parse(text, grammar.keys) {
            self.add_path(text, &path);
        }
    }

    fn add_path(&mut self, text: &str, path: &SourcePath) {
        let word = text.split('.').next().unwrap_or_default();
        if !self.words.contains(word) {
            self.words.insert(word.to_owned());
        }
        match path {
            SourcePath::StageRaw { stage } => {
                self.whole.insert(*stage);
            }
            SourcePath::StageOutput { stage, path } | SourcePath::StageItem { stage, path } => {
                // In a list's output the variables stand behind `items` and a place, or where `item` is another.
                for name in path {
                    self.variables.insert((*stage, composed(name).into_owned()));
                }
                let is_list = path.first().is_some_and(|it| it == "items") && path.len() <= 2;
                if path.is_empty() || is_list {
                    self.whole.insert(*stage);
                }
            }
            SourcePath::Inputs { .. }
            | SourcePath::Item { .. }
            | SourcePath::Index
            | SourcePath::StageNotes { .. }
            | SourcePath::StageFailed { .. } => {}
        }
    }

    fn has(&self, stage: &Stage, variable: &str) -> bool {
        let order = stage.stage_order;
        let is_whole = self.whole.contains(&order);
        is_whole
            || self
                .variables
                .contains(&(order, composed(variable).into_owned()))
    }
}
