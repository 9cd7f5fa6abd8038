//! What the output of a stage can have, as far as the stage says it.

use serde_json::Value;

use crate::domain::definition::Stage;
use crate::domain::name::composed;

/// Whether something can be at a path in an output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// As far as the stage says, it can.
    Fits,
    /// It is there only if a model adds this key, which nobody asked it for.
    Untyped(String),
    /// It cannot: why.
    Never(String),
}

/// Whether something can be at this path in the output of a stage.
pub(super) fn of_output(stage: &Stage, path: &[String]) -> Fit {
    if stage.for_each.is_none() {
        return of_answer(stage, path);
    }
    let order = stage.stage_order;
    match path {
        [] => Fit::Fits,
        [items] if items == "items" => Fit::Fits,
        [items, index, rest @ ..] if items == "items" => {
            if !is_index(index) {
                return Fit::Never(format!(
                    "\"items\" of stage {order} is a list, in which \"{index}\" is no place: places are numbers from 0"
                ));
            }
            of_answer(stage, rest)
        }
        [other, ..] => Fit::Never(format!(
            "stage {order} runs for each item of a list: its output has \"items\" and no \"{other}\""
        )),
    }
}

/// Whether something can be at this path in what a stage brings for one item.
pub(super) fn of_item(stage: &Stage, path: &[String]) -> Fit {
    if stage.for_each.is_some() {
        return of_answer(stage, path);
    }
    let order = stage.stage_order;
    Fit::Never(format!(
        "stage {order} does not run for each item of a list: read its output"
    ))
}

/// Whether something can be at this path in what is made of one answer.
fn of_answer(stage: &Stage, path: &[String]) -> Fit {
    let Some((key, rest)) = path.split_first() else {
        return Fit::Fits;
    };
    let order = stage.stage_order;
    let variables = stage.output_variables.as_ref().and_then(Value::as_object);
    let Some(variables) = variables.filter(|variables| !variables.is_empty()) else {
        return match (key.as_str(), rest) {
            ("text", []) => Fit::Fits,
            ("text", _) => Fit::Never(format!(
                "\"text\" of stage {order} is a text, in which nothing can be named"
            )),
            _ => Fit::Never(format!(
                "stage {order} has no output variables, so that its output has \"text\" alone: add \"{key}\" to its outputVariables"
            )),
        };
    };
    let kind = variables
        .iter()
        .find(|(name, _)| composed(name) == composed(key));
    let Some((_, kind)) = kind else {
        return Fit::Untyped(key.clone());
    };
    // A schema that says one type is as good as its name.
    let kind = kind.as_str().or_else(|| kind.get("type")?.as_str());
    match (kind, rest) {
        (Some("string" | "number" | "integer" | "boolean"), [_, ..]) => Fit::Never(format!(
            "\"{key}\" of stage {order} is a {}, in which nothing can be named",
            kind.unwrap_or_default()
        )),
        (Some("array"), [index, ..]) if !is_index(index) => Fit::Never(format!(
            "\"{key}\" of stage {order} is a list, in which \"{index}\" is no place: places are numbers from 0"
        )),
        _ => Fit::Fits,
    }
}

fn is_index(segment: &str) -> bool {
    segment.bytes().all(|byte| byte.is_ascii_digit()) && segment.parse::<usize>().is_ok()
}
