//! An error is certain: whatever way a run takes, it fails where there is one, and without any it starts.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::definition;
use crate::domain::context::Context;
use crate::domain::definition::{Reach, check, check_start};
use crate::domain::problem::{Severity, problems};
use crate::domain::progress::prepare;
use crate::domain::source::{Nulls, Places};

/// A stage that reads and leads anywhere among so many.
fn any_stage(count: usize) -> impl Strategy<Value = Value> {
    let order = move || 1..=count;
    let path = (order(), 0..6).prop_map(|(order, kind)| match kind {
        0 => format!("stage_{order}.raw"),
        1 => format!("stage_{order}.output.text"),
        2 => format!("stage_{order}.output.a"),
        3 => format!("stage_{order}.notes"),
        4 => format!("stage_{order}.failed.raw"),
        _ => "inputs.topic".to_owned(),
    });
    let target = move || prop::option::of(0..=count);
    (
        prop::collection::vec(path.clone(), 0..3),
        prop::option::of((path, any::<bool>())),
        (target(), target()),
        prop::option::of(order()),
        (any::<bool>(), 0..3),
    )
        .prop_map(|(read, mapped, (on_pass, on_fail), route, (is_typed, kind))| {
            let read: Vec<_> = read.iter().map(|path| format!("{{{{{path}}}}}")).collect();
            let mapping = mapped.map(|(path, has_default)| if has_default {
                json!({ "m": { "from": path, "default": 1 } })
            } else {
                json!({ "m": path })
            });
            let (validation, criteria) = match kind {
                0 => ("NONE", None),
                1 => ("MANUAL", None),
                _ => ("REGEX", Some(json!({ "pattern": "a" }))),
            };
            json!({
                "promptTemplate": format!("Go {}", read.join(" ")), "inputVariableMapping": mapping,
                "nextStageOnPass": on_pass, "nextStageOnFail": on_fail,
                "routes": route.map(|order| json!({ "by": "inputs.topic", "to": { "x": order } })),
                "outputVariables": is_typed.then(|| json!({ "a": "string" })),
                "validationType": validation, "validationCriteria": criteria,
            })
        })
}

proptest! {
    #[test]
    fn an_error_is_certain(
        stages in (1..6_usize).prop_flat_map(|count| prop::collection::vec(any_stage(count), count)),
        steps in prop::collection::vec((0..4_u8, any::<bool>()), 1..30),
    ) {
        let definition = definition(&Value::Array(stages));
        let found = problems(&definition);
        let errors: Vec<_> = found.iter().filter(|it| it.severity == Severity::Error).collect();
        let inputs = json!({ "topic": "x", "m": "y" });
        if errors.is_empty() {
            prop_assert!(check(&definition.stages).is_ok());
            prop_assert!(check_start(&definition, &inputs, &Reach::ALL).is_ok());
        }
        // A run from the start whose stages end in any way: it fails where there is an error.
        let mut context = Map::new();
        let mut order = definition.first().expect("one");
        for (end, takes_route) in steps {
            let stage = definition.stage(order).expect("one");
            let read = Context::read(&Value::Object(context.clone()));
            let places = Places::new(&inputs, &read, Nulls::AreNone);
            let prepared = prepare(&definition, stage, &places, None);
            if errors.iter().any(|it| it.stage_order == Some(order)) {
                prop_assert!(prepared.messages.is_err(), "{errors:?} in {context:?}");
            }
            let next = definition.after(order);
            let left = context.entry(format!("stage_{order}")).or_insert_with(|| json!({}));
            let typed = stage.output_variables.is_some();
            let output = if typed { json!({ "a": "b" }) } else { json!({ "text": "b" }) };
            let is_judged = stage.validation_type != crate::domain::validate::Kind::None;
            let says = stage.validation_type == crate::domain::validate::Kind::Manual;
            let end = if prepared.messages.is_err() { 3 } else { end };
            let target = match end {
                0 => {
                    *left = json!({ "output": output, "raw": "b" });
                    if says {
                        left["notes"] = json!("fine");
                    }
                    let route = stage.routes.as_ref().filter(|_| takes_route);
                    let route = route.and_then(|it| it["to"]["x"].as_i64());
                    route.and_then(|it| i32::try_from(it).ok()).or(stage.next_stage_on_pass).or(next)
                }
                1 if is_judged => {
                    *left = json!({ "output": output, "raw": "b", "notes": "no" });
                    stage.next_stage_on_fail
                }
                2 => {
                    left["failed"] = json!({ "raw": "{", "notes": "cut" });
                    stage.next_stage_on_fail
                }
                _ => stage.next_stage_on_fail,
            };
            match target {
                Some(to) if to != 0 => order = to,
                _ => break,
            }
        }
    }
}
