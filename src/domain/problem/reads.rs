//! Paths that stages read: what is never there, what is not there on some way, and what nobody asked a model for.

use std::collections::HashMap;
use std::ops::Range;

use super::flow::{Fact, Flow};
use super::shape::{self, Fit};
use super::{MOST, Problem, Severity, answer_field};
use crate::domain::definition::{
    Definition, FOR_EACH, JUDGE_PROMPT, MAPPING, RETRY_PROMPT, Says, Stage,
};
use crate::domain::key::Keys;
use crate::domain::mapping::{Choice, Mapping};
use crate::domain::route::ROUTES;
use crate::domain::source::{Part, SourcePath};
use crate::domain::template::{Reference, Template};
use crate::domain::turns::MESSAGES;
use crate::domain::validate::Kind;

pub(super) fn problems(definition: &Definition, flow: &Flow) -> Vec<Problem> {
    let keys = definition.keys();
    let mut looking = Looking {
        stages: &definition.stages,
        flow,
        ways: HashMap::new(),
        found: Vec::new(),
        errors: 0,
        doubts: 0,
    };
    for (index, stage) in definition.stages.iter().enumerate() {
        // What would be there if a run came there nobody knows.
        if flow.is_reached(index) {
            looking.look_at(definition, (index, stage), &keys);
        }
    }
    looking.look_at_answer(definition, &keys);
    looking.found
}

struct Looking<'a> {
    stages: &'a [Stage],
    flow: &'a Flow,
    /// When none of these stages has left an output before one begins, for many paths ask the same.
    ways: HashMap<(usize, Vec<usize>), Option<String>>,
    found: Vec<Problem>,
    errors: usize,
    doubts: usize,
}

/// What can be done about a path that leads nowhere.
const ELSE: &str = "read something else, or let a way come there first";

/// What a judge may have been meant to read whose prompt reads from its own stage, which has an output once it has passed.
const JUDGED: &str = "{{output}} is the answer that is judged";

/// What a path finds.
enum Presence {
    Fits,
    /// Nothing, ever: why.
    Never(String),
    /// It may be that nothing is there: when.
    Maybe(String),
}

/// Where a path stands.
#[derive(Clone)]
struct Place<'a> {
    index: usize,
    field: &'a str,
    /// Its template, and where it stands there.
    text: Option<(&'a str, Range<usize>)>,
}

impl Looking<'_> {
    fn look_at(
        &mut self,
        definition: &Definition,
        (index, stage): (usize, &Stage),
        keys: &Keys<'_>,
    ) {
        let mapping = Mapping::parse(stage.input_variable_mapping.as_ref(), keys);
        for (variable, choice) in mapping.unwrap_or_default().iter() {
            let field = format!("{MAPPING}.{variable}");
            self.look_at_choice(index, &field, choice);
        }
        let grammar = definition.grammar(keys);
        let grammar = grammar.of_items(stage.for_each.is_some());
        for spot in stage.spots() {
            let field = spot.field.as_ref();
            let place = |text| Place { index, field, text };
            match spot.says {
                Says::Template(text, _) => {
                    for placeholder in Template::parse(text, grammar).placeholders() {
                        if let Reference::Path(path) = &placeholder.reference {
                            let span = placeholder.span.clone();
                            self.look_at_path(&place(Some((text, span))), path);
                        }
                    }
                }
                Says::Path(text) => {
                    let is_plain = field.starts_with(MESSAGES) || field.starts_with(FOR_EACH);
                    let Ok(path) = SourcePath::parse(text, keys) else {
                        continue;
                    };
                    if is_plain {
                        self.look_at_path(&place(None), &path);
                    } else if field.starts_with(ROUTES) {
                        self.look_at_routes(&place(None), &path);
                    }
                }
                Says::Target(_) => {}
            }
        }
    }

    /// A path that has to lead somewhere.
    fn look_at_path(&mut self, place: &Place<'_>, path: &SourcePath) {
        match self.presence(path, place.index) {
            Presence::Fits => {}
            Presence::Never(why) => {
                let advice = if self.is_own_of_judge(place, path) {
                    JUDGED
                } else {
                    ELSE
                };
                let why = format!("reads {path}, which is never there: {why}; {advice}");
                self.tell(place, self.weight(place), "NEVER_THERE", &why);
                return;
            }
            Presence::Maybe(when) => {
                // Where a list or turns are read nothing can be mapped.
                let advice = match place.text {
                    Some(_) if self.is_own_of_judge(place, path) => JUDGED,
                    Some(_) => "map it with a default, or let that way lead elsewhere",
                    None => "let that way lead elsewhere",
                };
                let why = format!("reads {path}, which is not there {when}: {advice}");
                self.tell(place, Severity::Warning, "MAYBE_MISSING", &why);
            }
        }
        self.look_at_key(place, path);
    }

    /// A variable that has to have one of several values, or has a default.
    fn look_at_choice(&mut self, index: usize, field: &str, choice: &Choice) {
        let place = Place {
            index,
            field,
            text: None,
        };
        let presences: Vec<_> = choice
            .paths()
            .iter()
            .map(|path| (path, self.presence(path, index)))
            .collect();
        let never = presences.iter().filter_map(|(path, it)| match it {
            Presence::Never(why) => Some((path, why)),
            Presence::Fits | Presence::Maybe(_) => None,
        });
        let never: Vec<_> = never.collect();
        let is_dead = never.len() == presences.len() && !choice.has_default();
        for (path, why) in &never {
            let why = format!("reads {path}, which is never there: {why}; {ELSE}");
            let severity = if is_dead {
                self.weight(&place)
            } else {
                Severity::Warning
            };
            self.tell(&place, severity, "NEVER_THERE", &why);
        }
        for path in choice.paths() {
            if !never.iter().any(|(dead, _)| **dead == path) {
                self.look_at_key(&place, path);
            }
        }
        let is_certain = presences.iter().any(|(_, it)| matches!(it, Presence::Fits));
        if is_dead || is_certain || choice.has_default() {
            return;
        }
        let outputs = choice.paths().iter().filter_map(|path| match path {
            SourcePath::StageOutput { stage, .. } | SourcePath::StageRaw { stage } => {
                self.flow.index(*stage)
            }
            _ => None,
        });
        let mut outputs: Vec<_> = outputs.collect();
        outputs.sort_unstable();
        outputs.dedup();
        let mut whens = presences.iter().filter_map(|(_, it)| match it {
            Presence::Maybe(when) => Some(when.clone()),
            Presence::Fits | Presence::Never(_) => None,
        });
        // Each may be missing, and yet one of them may be there on every way.
        let when = match outputs.as_slice() {
            [] | [_] => whens.next(),
            _ => self.way_without(outputs, index),
        };
        let Some(when) = when else {
            return;
        };
        let paths: Vec<_> = choice.paths().iter().map(ToString::to_string).collect();
        let why = format!(
            "reads {}, which {} there {when}: give it a default, or let that way lead elsewhere",
            paths.join(", "),
            if paths.len() == 1 {
                "is not"
            } else {
                "are all not"
            },
        );
        self.tell(&place, Severity::Warning, "MAYBE_MISSING", &why);
    }

    /// Where nothing is, routes are passed over.
    fn look_at_routes(&mut self, place: &Place<'_>, path: &SourcePath) {
        let (index, stage) = (place.index, &self.stages[place.index]);
        let never = match self.fact(path) {
            Some(fact) if !self.flow.may_be_there_after(fact, index, stage) => {
                Some("nothing has left it by then".to_owned())
            }
            Some(_) | None => match self.fit(path) {
                Fit::Never(why) => Some(why),
                Fit::Fits | Fit::Untyped(_) => None,
            },
        };
        match never {
            Some(why) => {
                let why = format!("look at {path}, which is never there, and lead nowhere: {why}");
                self.tell(place, Severity::Warning, "NEVER_THERE", &why);
            }
            None => self.look_at_key(place, path),
        }
    }

    /// What a completed run answers: a path without a value gives null there.
    fn look_at_answer(&mut self, definition: &Definition, keys: &Keys<'_>) {
        let mapping = Mapping::parse(definition.output_mapping.as_ref(), keys);
        for (variable, path) in mapping.unwrap_or_default().paths() {
            let fact = self.fact(path);
            let is_never =
                fact.is_some_and(|fact| !self.flow.may_be_there_at_the_end(fact, self.stages));
            let (code, why) = match self.fit(path) {
                Fit::Never(why) => (
                    "NEVER_THERE",
                    format!("reads {path}, which is never there: {why}"),
                ),
                Fit::Fits | Fit::Untyped(_) if is_never => (
                    "NEVER_THERE",
                    format!("reads {path}, which no run that completes has left"),
                ),
                Fit::Untyped(key) => ("MAYBE_UNTYPED", untyped(path, &key)),
                Fit::Fits => continue,
            };
            let field = answer_field(variable);
            let message = format!("{field} {why}");
            let problem = Problem::of_workflow(Severity::Warning, code, Some(field), message);
            self.found.push(problem);
        }
    }

    /// A key that its stage does not ask its model for.
    fn look_at_key(&mut self, place: &Place<'_>, path: &SourcePath) {
        if let Fit::Untyped(key) = self.fit(path) {
            self.tell(
                place,
                Severity::Warning,
                "MAYBE_UNTYPED",
                &untyped(path, &key),
            );
        }
    }

    /// What is at a path when the stage begins.
    fn presence(&mut self, path: &SourcePath, index: usize) -> Presence {
        if let Fit::Never(why) = self.fit(path) {
            return Presence::Never(why);
        }
        let Some(fact) = self.fact(path) else {
            return Presence::Fits;
        };
        if !self.flow.may_be_there(fact, index) {
            return Presence::Never(never(fact, &self.stages[index], self.stages));
        }
        let (source, when) = match fact {
            Fact::Output(source) => (source, None),
            Fact::Notes(source) => (source, Some("where nothing was said of it")),
            Fact::Failed(source) => (
                source,
                Some("where that stage did not fail, or failed without an answer"),
            ),
        };
        if let Some(when) = when {
            return Presence::Maybe(when.to_owned());
        }
        if let Some(when) = self.way_without(vec![source], index) {
            return Presence::Maybe(when);
        }
        let skips = self.stages[source].skips_items();
        let is_of_item = match path {
            SourcePath::StageItem { .. } => true,
            SourcePath::StageOutput { path, .. } => path.len() > 1,
            _ => false,
        };
        if skips && is_of_item {
            let order = self.stages[source].stage_order;
            return Presence::Maybe(format!("where stage {order} passed over its item"));
        }
        Presence::Fits
    }

    /// What has to have been left for the path to lead somewhere; nothing for an input or an item.
    fn fact(&self, path: &SourcePath) -> Option<Fact> {
        let source = self.flow.index(path.stage()?)?;
        match path {
            SourcePath::StageOutput { .. }
            | SourcePath::StageRaw { .. }
            | SourcePath::StageItem { .. } => Some(Fact::Output(source)),
            SourcePath::StageNotes { .. } => Some(Fact::Notes(source)),
            SourcePath::StageFailed { .. } => Some(Fact::Failed(source)),
            SourcePath::Inputs { .. } | SourcePath::Item { .. } | SourcePath::Index => None,
        }
    }

    fn fit(&self, path: &SourcePath) -> Fit {
        let source = path.stage().and_then(|order| self.flow.index(order));
        let Some(stage) = source.map(|source| &self.stages[source]) else {
            return Fit::Fits;
        };
        let order = stage.stage_order;
        match path {
            SourcePath::StageOutput { path, .. } => shape::of_output(stage, path),
            SourcePath::StageItem { path, .. } => shape::of_item(stage, path),
            SourcePath::StageNotes { .. } if stage.for_each.is_some() => Fit::Never(format!(
                "what is said of the items of stage {order} is not kept together"
            )),
            SourcePath::StageNotes { .. } if stage.validation_type == Kind::None => {
                Fit::Never(format!("nobody judges stage {order}: give it a validation"))
            }
            SourcePath::StageFailed {
                part: Part::Index, ..
            } if stage.for_each.is_none() => Fit::Never(format!(
                "stage {order} does not run for each item of a list"
            )),
            _ => Fit::Fits,
        }
    }

    fn way_without(&mut self, outputs: Vec<usize>, index: usize) -> Option<String> {
        let (flow, stages) = (self.flow, self.stages);
        let known = self.ways.entry((index, outputs));
        let asked = known.key().1.clone();
        known
            .or_insert_with(|| flow.way_without(&asked, index, stages))
            .clone()
    }

    /// How bad it is that nothing is ever at a path here: an item that fails by it may be passed over, and what no retry sends is never
    /// come to.
    fn weight(&self, place: &Place<'_>) -> Severity {
        let stage = &self.stages[place.index];
        let is_passed_over = stage.skips_items() && !place.field.starts_with(FOR_EACH);
        let is_unsent = place.field == RETRY_PROMPT && stage.retry_limit == 0;
        if is_passed_over || is_unsent {
            Severity::Warning
        } else {
            Severity::Error
        }
    }

    /// Does a judge read what its own stage left before?
    fn is_own_of_judge(&self, place: &Place<'_>, path: &SourcePath) -> bool {
        place.field == JUDGE_PROMPT && path.stage() == Some(self.stages[place.index].stage_order)
    }

    fn tell(&mut self, place: &Place<'_>, severity: Severity, code: &'static str, why: &str) {
        // However many doubts there are, errors are told.
        let told = match severity {
            Severity::Error => &mut self.errors,
            Severity::Warning | Severity::Hint => &mut self.doubts,
        };
        if *told == MOST {
            return;
        }
        *told += 1;
        let problem = Problem::of(severity, code, &self.stages[place.index], place.field, why);
        self.found.push(match &place.text {
            Some((text, span)) => problem.at(text, span),
            None => problem,
        });
    }
}

/// Why nothing has left it by the time that the reading stage begins.
fn never(fact: Fact, reading: &Stage, stages: &[Stage]) -> String {
    let (source, left) = match fact {
        Fact::Output(source) => (source, "an output"),
        Fact::Notes(source) => (source, "notes"),
        Fact::Failed(source) => (source, "an answer without a verdict"),
    };
    format!(
        "stage {} leaves {left} on no way to stage {}",
        stages[source].stage_order, reading.stage_order
    )
}

fn untyped(path: &SourcePath, key: &str) -> String {
    format!(
        "reads {path}, but \"{key}\" is none of that stage's outputVariables: add it there, or a model may leave it out"
    )
}
