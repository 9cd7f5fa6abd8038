//! Where in a stage, and in its workflow, a template, a path or the order of a stage may stand. Whoever checks, follows
//! or rewrites them goes through this list: a field that may say such a thing is added here.

use std::borrow::Cow;

use serde_json::Value;

use super::{FOR_EACH, JUDGE_PROMPT, MAPPING, PROMPT, RETRY_PROMPT, SYSTEM, Stage};
use crate::domain::feedback;
use crate::domain::output::excerpt;
use crate::domain::route::ROUTES;
use crate::domain::turns::{Part, content_field, from_field};
use crate::domain::validate::Kind;

/// A place in a stage, and what it says.
#[derive(Clone, Debug)]
pub struct Spot<'a> {
    /// In the API's names: `inputVariableMapping.topic`.
    pub field: Cow<'static, str>,
    pub says: Says<'a>,
    pub(super) at: At,
}

/// What may refer to a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says<'a> {
    Template(&'a str, Given),
    Path(&'a str),
    /// The order of the stage that a run goes on with.
    Target(i32),
}

/// Names that a template has beside the variables.
pub type Given = &'static [&'static str];

/// A template of a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateField<'a> {
    /// Where it stands, in the API's names.
    pub field: Cow<'static, str>,
    pub text: &'a str,
    pub given: Given,
}

/// How a place is reached in a stage that is rewritten.
#[derive(Clone, Debug)]
pub(super) enum At {
    Text(fn(&mut Stage) -> &mut Option<String>),
    Order(fn(&mut Stage) -> &mut Option<i32>),
    /// A JSON pointer in a field.
    Json(fn(&mut Stage) -> &mut Option<Value>, String),
}

impl Stage {
    /// All that the stage says of other stages and of inputs: targets, then paths, then templates.
    pub fn spots(&self) -> impl Iterator<Item = Spot<'_>> {
        self.targets().chain(self.paths()).chain(self.texts())
    }

    /// Every template of the stage: whoever looks for what a stage asks for finds it here.
    pub fn templates(&self) -> impl Iterator<Item = TemplateField<'_>> {
        self.texts().filter_map(|spot| match spot.says {
            Says::Template(text, given) => Some(TemplateField {
                field: spot.field,
                text,
                given,
            }),
            Says::Path(_) | Says::Target(_) => None,
        })
    }

    fn targets(&self) -> impl Iterator<Item = Spot<'_>> {
        let on_pass: fn(&mut Self) -> &mut Option<i32> = |stage| &mut stage.next_stage_on_pass;
        let on_fail: fn(&mut Self) -> &mut Option<i32> = |stage| &mut stage.next_stage_on_fail;
        [
            ("nextStageOnPass", self.next_stage_on_pass, on_pass),
            ("nextStageOnFail", self.next_stage_on_fail, on_fail),
        ]
        .into_iter()
        .filter_map(|(field, target, at)| {
            Some(Spot {
                field: field.into(),
                says: Says::Target(target?),
                at: At::Order(at),
            })
        })
        .chain(self.routed())
    }

    /// Where routes lead.
    fn routed(&self) -> impl Iterator<Item = Spot<'_>> {
        let to = self.routes.as_ref().and_then(|routes| routes.get("to"));
        let to = to.and_then(Value::as_object).into_iter().flatten();
        to.filter_map(|(value, target)| {
            let target = i32::try_from(target.as_i64()?).ok()?;
            Some(Spot {
                field: format!("{ROUTES}.to.{}", excerpt(value, 100)).into(),
                says: Says::Target(target),
                at: At::Json(|stage| &mut stage.routes, format!("/to/{}", escaped(value))),
            })
        })
    }

    fn paths(&self) -> impl Iterator<Item = Spot<'_>> {
        let mapping = self.input_variable_mapping.as_ref();
        let mapping = mapping.into_iter().flat_map(mapped);
        mapping
            .map(|(variable, pointer, path)| Spot {
                field: format!("{MAPPING}.{variable}").into(),
                says: Says::Path(path),
                at: At::Json(|stage| &mut stage.input_variable_mapping, pointer),
            })
            .chain(self.turns().into_iter().enumerate().filter_map(given_turns))
            .chain(self.routed_by())
            .chain(self.run_over())
    }

    /// The list that it runs over.
    fn run_over(&self) -> Option<Spot<'_>> {
        let list = self.for_each.as_ref()?.get("in")?.as_str()?;
        Some(Spot {
            field: format!("{FOR_EACH}.in").into(),
            says: Says::Path(list),
            at: At::Json(|stage| &mut stage.for_each, "/in".to_owned()),
        })
    }

    /// Where routes look.
    fn routed_by(&self) -> Option<Spot<'_>> {
        let by = self.routes.as_ref()?.get("by")?.as_str()?;
        Some(Spot {
            field: format!("{ROUTES}.by").into(),
            says: Says::Path(by),
            at: At::Json(|stage| &mut stage.routes, "/by".to_owned()),
        })
    }

    fn texts(&self) -> impl Iterator<Item = Spot<'_>> {
        let system: fn(&mut Self) -> &mut Option<String> = |stage| &mut stage.system_template;
        let prompt: fn(&mut Self) -> &mut Option<String> = |stage| &mut stage.prompt_template;
        let retry: fn(&mut Self) -> &mut Option<String> = |stage| &mut stage.retry_prompt_template;
        let message = |(field, text, given, at): (&'static str, Option<_>, Given, _)| {
            Some(Spot {
                field: field.into(),
                says: Says::Template(text?, given),
                at: At::Text(at),
            })
        };
        let nothing: Given = &[];
        let given: Given = &feedback::NAMES;
        let messages = [
            (PROMPT, self.prompt_template.as_deref(), nothing, prompt),
            (RETRY_PROMPT, self.retry_prompt(), given, retry),
        ];
        let system = message((SYSTEM, self.system_template.as_deref(), nothing, system));
        let turns = self.turns().into_iter().enumerate().filter_map(said_turn);
        let messages = messages.into_iter().filter_map(message);
        let messages = system.into_iter().chain(turns).chain(messages);
        let judge = self.judge_prompt().map(|text| Spot {
            field: JUDGE_PROMPT.into(),
            says: Says::Template(text, &["output"]),
            at: At::Json(|stage| &mut stage.validation_criteria, "/prompt".to_owned()),
        });
        messages.chain(judge)
    }

    /// The template of the judge's prompt, where a model judges.
    fn judge_prompt(&self) -> Option<&str> {
        let criteria = self.validation_criteria.as_ref();
        let criteria = criteria.filter(|_| self.validation_type == Kind::Llm)?;
        criteria.get("prompt")?.as_str()
    }
}

/// A turn that a stage says itself.
fn said_turn((index, part): (usize, Part<'_>)) -> Option<Spot<'_>> {
    let Part::Turn { content, .. } = part else {
        return None;
    };
    Some(Spot {
        field: content_field(index).into(),
        says: Says::Template(content, &[]),
        at: At::Json(|stage| &mut stage.messages, format!("/{index}/content")),
    })
}

/// Turns that are taken from elsewhere.
fn given_turns((index, part): (usize, Part<'_>)) -> Option<Spot<'_>> {
    let Part::From(path) = part else {
        return None;
    };
    Some(Spot {
        field: from_field(index).into(),
        says: Says::Path(path),
        at: At::Json(|stage| &mut stage.messages, format!("/{index}/from")),
    })
}

/// The paths in a mapping, each with its variable and its place as a JSON pointer: a variable's value is a path,
/// a list of them, or an object with either under `from` or `latest`.
#[must_use]
pub fn mapped(mapping: &Value) -> Vec<(&str, String, &str)> {
    let mut found = Vec::new();
    for (variable, value) in mapping.as_object().into_iter().flatten() {
        let at = format!("/{}", escaped(variable));
        let from = ["from", "latest"].into_iter().filter_map(|key| {
            let value = value.as_object()?.get(key)?;
            Some((format!("{at}/{key}"), value))
        });
        for (at, value) in std::iter::once((at.clone(), value)).chain(from) {
            match value {
                Value::String(path) => found.push((variable.as_str(), at, path.as_str())),
                Value::Array(paths) => {
                    found.extend(paths.iter().enumerate().filter_map(|(index, path)| {
                        Some((variable.as_str(), format!("{at}/{index}"), path.as_str()?))
                    }));
                }
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {}
            }
        }
    }
    found
}

/// A segment of a JSON pointer.
fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
