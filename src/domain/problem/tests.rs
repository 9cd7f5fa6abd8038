//! Every problem with a workflow that has it and its nearest neighbour that has not, and that errors are certain.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::*;
use crate::domain::context::Context;
use crate::domain::definition::{Reach, check, check_start};
use crate::domain::progress::prepare;
use crate::domain::source::{At, Nulls, Places};

/// Stages of which each says what is special about it; they are numbered 1, 2, 3, … unless they say otherwise.
fn definition(stages: &Value) -> Definition {
    let stages = stages.as_array().expect("a list").iter().enumerate();
    let stages = stages.map(|(index, said)| {
        let model = json!({
            "id": Uuid::from_u128(1), "provider": "openai", "modelIdentifierForFlowise": "small",
            "configDefaults": {},
        });
        let judge = said["validationType"] == "LLM";
        let other = json!({
            "id": Uuid::from_u128(2), "provider": "openai", "modelIdentifierForFlowise": "large",
            "configDefaults": {},
        });
        let mut stage = json!({
            "id": Uuid::from_u128(index as u128 + 10), "stageOrder": index + 1, "promptTemplate": "Go.",
            "modelId": Uuid::from_u128(1), "validationType": "NONE", "retryLimit": 0, "model": model,
            "judgeModel": judge.then_some(other),
        });
        let fields = stage.as_object_mut().expect("an object");
        fields.extend(said.as_object().cloned().expect("an object"));
        serde_json::from_value(stage).expect("a stage")
    });
    Definition::of(stages.collect())
}

/// Severity, code, stage and field of all that is found.
fn found(definition: &Definition) -> Vec<(Severity, &'static str, Option<i32>, Option<String>)> {
    let found = problems(definition).into_iter();
    found
        .map(|it| (it.severity, it.code, it.stage_order, it.field))
        .collect()
}

fn has(stages: &Value, code: &str) -> bool {
    let found = problems(&definition(stages));
    found.iter().any(|it| it.code == code)
}

/// Holds each problem against a workflow that has it and its nearest neighbour that has not.
fn assert_each(cases: &[(&str, Value, Value)]) {
    for (code, bad, good) in cases {
        assert!(
            has(bad, code),
            "{code} in {bad}: {:?}",
            found(&definition(bad))
        );
        assert!(
            !has(good, code),
            "no {code} in {good}: {:?}",
            found(&definition(good))
        );
    }
}

fn judged() -> Value {
    json!({ "validationType": "LLM", "validationCriteria": { "prompt": "Good? {{output}}" } })
}

fn pattern(pattern: &str) -> Value {
    json!({ "validationType": "REGEX", "validationCriteria": { "pattern": pattern } })
}

fn with(mut stage: Value, more: &Value) -> Value {
    let fields = stage.as_object_mut().expect("an object");
    fields.extend(more.as_object().cloned().expect("an object"));
    stage
}

/// A model whose context is so long.
fn small(length: i32) -> Value {
    json!({ "model": {
        "id": Uuid::from_u128(1), "provider": "openai", "modelIdentifierForFlowise": "small", "configDefaults": {},
        "contextLength": length,
    } })
}

#[test]
fn what_a_save_and_a_start_refuse_is_found() {
    assert_each(&[
        ("NO_STAGES", json!([]), json!([{}])),
        ("NO_PROMPT", json!([{ "promptTemplate": "" }]), json!([{}])),
        (
            "NO_MODEL",
            json!([{ "modelId": null, "model": null }]),
            json!([{}]),
        ),
        ("MODEL_UNKNOWN", json!([{ "model": null }]), json!([{}])),
        (
            "MODEL_UNKNOWN",
            json!([with(
                judged(),
                &json!({ "judgeModel": null,
                "validationCriteria": { "prompt": "?", "modelId": Uuid::from_u128(9) } })
            )]),
            json!([judged()]),
        ),
        (
            "BAD_USER_INPUT",
            json!([{ "retryLimit": 101 }]),
            json!([{ "retryLimit": 100 }]),
        ),
        (
            "BAD_USER_INPUT",
            json!([{ "nextStageOnPass": 2 }]),
            json!([{ "nextStageOnPass": 0 }]),
        ),
    ]);
}

#[test]
fn paths_that_are_never_there_are_found() {
    assert_each(&[
        (
            "NEVER_THERE",
            json!([{ "promptTemplate": "{{stage_2.raw}}" }, {}]),
            json!([{}, { "promptTemplate": "{{stage_1.raw}}" }]),
        ),
        (
            "NEVER_THERE",
            json!([{ "promptTemplate": "{{stage_1.raw}}" }]),
            json!([{ "promptTemplate": "{{stage_1.raw}}", "nextStageOnFail": 1, "validationType": "MANUAL" }]),
        ),
        (
            "NEVER_THERE",
            json!([{}, { "promptTemplate": "{{stage_1.output.title}}" }]),
            json!([{}, { "promptTemplate": "{{stage_1.output.text}}" }]),
        ),
        (
            "NEVER_THERE",
            json!([{ "outputVariables": { "title": "string" } }, { "promptTemplate": "{{stage_1.output.title.x}}" }]),
            json!([{ "outputVariables": { "title": "object" } }, { "promptTemplate": "{{stage_1.output.title.x}}" }]),
        ),
        (
            "NEVER_THERE",
            json!([{ "forEach": { "in": "inputs.list" } }, { "promptTemplate": "{{stage_1.output.text}}" }]),
            json!([{ "forEach": { "in": "inputs.list" } }, { "promptTemplate": "{{stage_1.output.items}}" }]),
        ),
        (
            "NEVER_THERE",
            json!([{ "forEach": { "in": "inputs.list" } }, { "promptTemplate": "{{stage_1.output.items.first}}" }]),
            json!([{ "forEach": { "in": "inputs.list" } }, { "promptTemplate": "{{stage_1.output.items.0}}" }]),
        ),
        (
            "NEVER_THERE",
            json!([{}, { "forEach": { "in": "inputs.list" }, "promptTemplate": "{{stage_1.item}}" }]),
            json!([{ "forEach": { "in": "inputs.list" } }, { "forEach": { "in": "inputs.list" }, "promptTemplate": "{{stage_1.item}}" }]),
        ),
        (
            "NEVER_THERE",
            json!([{}, { "promptTemplate": "{{stage_1.notes}}" }]),
            json!([judged(), { "promptTemplate": "{{stage_1.notes}}" }]),
        ),
        (
            "NEVER_THERE",
            json!([pattern("a"), { "promptTemplate": "{{stage_1.notes}}" }]),
            json!([with(pattern("a"), &json!({ "nextStageOnFail": 2 })), { "promptTemplate": "{{stage_1.notes}}" }]),
        ),
        (
            "NEVER_THERE",
            json!([{}, { "promptTemplate": "{{stage_1.failed.raw}}" }]),
            json!([{ "nextStageOnFail": 2 }, { "promptTemplate": "{{stage_1.failed.raw}}" }]),
        ),
        (
            "NEVER_THERE",
            json!([{ "nextStageOnFail": 2 }, { "inputVariableMapping": { "a": "stage_1.failed.index" } }]),
            json!([{ "nextStageOnFail": 2, "forEach": { "in": "inputs.list" } }, { "inputVariableMapping": { "a": "stage_1.failed.index" } }]),
        ),
        (
            "NEVER_THERE",
            json!([{ "inputVariableMapping": { "a": ["stage_2.raw", "inputs.a"] } }, {}]),
            json!([{}, { "inputVariableMapping": { "a": ["stage_1.raw", "inputs.a"] } }]),
        ),
        (
            "NEVER_THERE",
            json!([{ "routes": { "by": "stage_2.raw", "to": { "a": 2 } } }, {}]),
            json!([{ "routes": { "by": "stage_1.raw", "to": { "a": 2 } } }, {}]),
        ),
    ]);
}

#[test]
fn what_is_not_there_on_every_way_is_found() {
    assert_each(&[
        (
            "MAYBE_MISSING",
            json!([{ "nextStageOnFail": 2 }, { "promptTemplate": "{{stage_1.raw}}" }]),
            json!([{ "nextStageOnFail": 0 }, { "promptTemplate": "{{stage_1.raw}}" }]),
        ),
        (
            "MAYBE_MISSING",
            json!([{ "nextStageOnFail": 2 }, { "inputVariableMapping": { "a": "stage_1.raw" } }]),
            json!([{ "nextStageOnFail": 2 }, { "inputVariableMapping": { "a": { "from": "stage_1.raw", "default": "" } } }]),
        ),
        (
            "MAYBE_MISSING",
            json!([{ "routes": { "by": "inputs.a", "to": { "b": 3 } } }, { "nextStageOnPass": 4 }, {},
                { "inputVariableMapping": { "a": "stage_2.raw" } }]),
            json!([{ "routes": { "by": "inputs.a", "to": { "b": 3 } } }, { "nextStageOnPass": 4 }, {},
                { "inputVariableMapping": { "a": ["stage_2.raw", "stage_3.raw"] } }]),
        ),
        (
            "MAYBE_MISSING",
            json!([{ "forEach": { "in": "inputs.list", "onItemFail": "skip" } },
                { "forEach": { "in": "inputs.list" }, "promptTemplate": "{{stage_1.item}}" }]),
            json!([{ "forEach": { "in": "inputs.list" } },
                { "forEach": { "in": "inputs.list" }, "promptTemplate": "{{stage_1.item}}" }]),
        ),
        (
            "MAYBE_UNTYPED",
            json!([{ "outputVariables": { "title": "string" } }, { "promptTemplate": "{{stage_1.output.titel}}" }]),
            json!([{ "outputVariables": { "title": "string" } }, { "promptTemplate": "{{stage_1.output.title}}" }]),
        ),
        (
            "UNREACHABLE_STAGE",
            json!([{ "nextStageOnPass": 3 }, {}, {}]),
            json!([{ "nextStageOnPass": 3, "nextStageOnFail": 2 }, {}, {}]),
        ),
        (
            "ENDLESS_LOOP",
            json!([{}, { "nextStageOnPass": 1 }]),
            json!([{}, { "nextStageOnPass": 1, "routes": { "by": "stage_2.raw", "to": { "done": 0 } } }]),
        ),
        (
            "ENDLESS_LOOP",
            json!([{ "nextStageOnPass": 1, "nextStageOnFail": 0 }]),
            json!([{ "nextStageOnPass": 0, "nextStageOnFail": 1 }]),
        ),
    ]);
}

#[test]
fn what_nobody_means_is_found() {
    let same = json!({ "judgeModel": {
        "id": Uuid::from_u128(1), "provider": "openai", "modelIdentifierForFlowise": "small", "configDefaults": {},
    } });
    let words = json!({ "promptTemplate": "word ".repeat(200) });
    assert_each(&[
        (
            "LOOKS_LIKE_A_PLACEHOLDER",
            json!([{ "promptTemplate": "Hello {{user.name}}" }]),
            json!([{ "promptTemplate": r"Hello \{{user.name}}" }]),
        ),
        (
            "LOOKS_LIKE_A_PLACEHOLDER",
            json!([{ "promptTemplate": "{% for x in y %} {{a}}" }]),
            json!([{ "promptTemplate": "50 % of {{a}}" }]),
        ),
        (
            "LOOKS_LIKE_A_PLACEHOLDER",
            json!([{ "promptTemplate": "Hello ${name}" }]),
            json!([{ "promptTemplate": "It costs $5" }]),
        ),
        (
            "LOOKS_LIKE_A_PLACEHOLDER",
            json!([{ "promptTemplate": "Hello {name}" }]),
            json!([{ "promptTemplate": "Hello {{name}}, say {name}" }]),
        ),
        (
            "RETRY_WITHOUT_CHANGE",
            json!([{ "flowiseConfig": { "temperature": 0 }, "retryLimit": 1 }]),
            json!([{ "flowiseConfig": { "temperature": 0 }, "retryLimit": 1, "retryPromptTemplate": "{{notes}}" }]),
        ),
        (
            "RETRY_WITHOUT_CHANGE",
            json!([{ "flowiseConfig": { "temperature": 0 }, "retryLimit": 1 }]),
            json!([{ "flowiseConfig": { "temperature": 0.1 }, "retryLimit": 1 }]),
        ),
        (
            "UNUSED_OUTPUT",
            json!([{ "outputVariables": { "a": "string" } }, {}]),
            json!([{ "outputVariables": { "a": "string" } }, { "promptTemplate": "{{stage_1.output.a}}" }]),
        ),
        (
            "UNUSED_OUTPUT",
            json!([{ "outputVariables": { "a": "string" } }, {}]),
            json!([{}, { "outputVariables": { "a": "string" } }]),
        ),
        (
            "UNUSED_MAPPING",
            json!([{ "inputVariableMapping": { "a": "inputs.b" } }]),
            json!([{ "inputVariableMapping": { "a": "inputs.b" }, "promptTemplate": "{{ a }}" }]),
        ),
        (
            "UNUSED_KEY",
            json!([{ "key": "facts" }, {}]),
            json!([{ "key": "facts" }, { "promptTemplate": "{{facts.text}}" }]),
        ),
        (
            "PATTERN_NEVER_MATCHES",
            json!([pattern("$a")]),
            json!([pattern("a$")]),
        ),
        (
            "PATTERN_MATCHES_ALL",
            json!([pattern(".*")]),
            json!([pattern(".+")]),
        ),
        (
            "PROMPT_TOO_LONG",
            json!([with(words.clone(), &small(100))]),
            json!([with(words, &small(10_000))]),
        ),
        (
            "JUDGE_IS_AUTHOR",
            json!([with(judged(), &same)]),
            json!([judged()]),
        ),
    ]);
}

#[test]
fn what_only_looks_like_an_error_is_none() {
    let severities = |stages: &Value| {
        let found = problems(&definition(stages)).into_iter();
        let found = found.filter(|it| it.code == "NEVER_THERE");
        found.map(|it| it.severity).collect::<Vec<_>>()
    };
    let dead = "{{stage_2.output.text}}";
    let each = |on_fail: &str| json!({ "in": "inputs.l", "onItemFail": on_fail });
    for (stages, severity) in [
        (
            json!([{ "promptTemplate": dead, "forEach": each("fail") }, {}]),
            Severity::Error,
        ),
        (
            json!([{ "promptTemplate": dead, "forEach": each("skip") }, {}]),
            Severity::Warning,
        ),
        (
            json!([{ "retryPromptTemplate": dead, "retryLimit": 1 }, {}]),
            Severity::Error,
        ),
        (
            json!([{ "retryPromptTemplate": dead, "retryLimit": 0 }, {}]),
            Severity::Warning,
        ),
    ] {
        assert_eq!(severities(&stages), [severity], "{stages}");
    }
    // However many doubts there are, an error is told, and first.
    let many = "{{stage_1.raw}} ".repeat(501);
    let found = problems(&definition(&json!([
        { "nextStageOnFail": 2 }, { "promptTemplate": many }, { "promptTemplate": "{{stage_4.raw}}" }, {},
    ])));
    assert_eq!((found.len(), found[0].code), (MOST, "NEVER_THERE"));
    // The way that leads past it is named, and no earlier one.
    let found = problems(&definition(&json!([
        { "nextStageOnPass": 3, "nextStageOnFail": 2 }, {},
        { "routes": { "by": "stage_3.raw", "to": { "x": 5 } } }, {}, { "promptTemplate": "{{stage_4.raw}}" },
    ])));
    assert!(found[0].message.contains("by the value \"x\""), "{found:?}");
    let skipped = json!([{ "forEach": each("skip") }, { "promptTemplate": "{{stage_1.output.items.0.text}}" }]);
    assert!(has(&skipped, "MAYBE_MISSING"));
    assert!(!has(
        &json!([{ "promptTemplate": r"say \{{name}} so" }]),
        "LOOKS_LIKE_A_PLACEHOLDER"
    ));
}

#[test]
fn a_plain_workflow_has_none() {
    let plain = definition(&json!([
        { "key": "facts", "promptTemplate": "Facts about {{topic}}.", "outputVariables": { "people": "array" } },
        { "promptTemplate": "A story with {{facts.people}}." },
    ]));
    assert_eq!(found(&plain), []);
}

#[test]
fn a_problem_says_where_and_when() {
    let definition = definition(&json!([
        { "nextStageOnFail": 3, "key": "draft" },
        {},
        { "name": "Sum", "promptTemplate": "Ünï {{draft.text}}" },
    ]));
    let found = problems(&definition);
    let [missing] = found.as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!(missing.code, "MAYBE_MISSING");
    assert_eq!(missing.span, Some(6..16));
    assert_eq!(
        missing.message,
        "stage 3 (Sum): promptTemplate reads stage_1.output.text, which is not there when stage 1 fails over to 3: map it with a default, or let that way lead elsewhere"
    );
}

#[test]
fn a_save_and_a_check_say_the_same() {
    for stages in [
        json!([{ "promptTemplate": "{{stage_9.raw}} {{stage_8.raw}}" }]),
        json!([{ "inputVariableMapping": { "a": "nowhere" } }]),
        json!([{ "key": "inputs" }]),
        json!([{ "messages": [{ "role": "nobody", "content": "" }] }]),
        json!([{ "forEach": {} }]),
    ] {
        let definition = definition(&stages);
        let refused = check(&definition.stages).expect_err("refused");
        let found = problems(&definition);
        assert_eq!(found[0].message, refused.message, "{stages}");
        assert_eq!(found[0].code, "BAD_USER_INPUT");
    }
    let twice = definition(&json!([{ "promptTemplate": "é{{stage_9.raw}} {{stage_8.raw}}" }]));
    let spans: Vec<_> = problems(&twice).into_iter().map(|it| it.span).collect();
    assert_eq!(spans, [Some(3..14), Some(19..30)]);
}

#[test]
fn inputs_are_named_in_the_order_of_their_first_use_and_those_with_a_default_last() {
    let definition = definition(&json!([
        {
            "promptTemplate": "{{topic}} {{inputs.person.name}} {{tone}} {{stage_1.raw}}",
            "inputVariableMapping": {
                "tone": { "from": "inputs.style", "default": "" },
                "unused": "inputs.extra",
            },
            "messages": [{ "from": "inputs.history" }],
            "retryPromptTemplate": "{{notes}} {{topic}}",
        },
        {
            "forEach": { "in": "inputs.list" },
            "promptTemplate": "{{item}} {{index}} {{inputs.style}}",
            "routes": { "by": "inputs.kind", "to": { "a": 0 } },
        },
    ]));
    assert_eq!(
        input_names(&definition),
        [
            "history", "topic", "person", "extra", "list", "style", "kind"
        ]
    );
}

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

#[test]
fn an_item_is_read_where_there_is_one() {
    let definition = definition(&json!([
        { "forEach": { "in": "inputs.list" }, "promptTemplate": "{{item.name}} {{index}}" },
    ]));
    assert_eq!(found(&definition), []);
    let (item, index) = (json!({ "name": "Ann" }), json!(0));
    let (inputs, context) = (json!({ "list": [item] }), Context::default());
    let places = Places::new(&inputs, &context, Nulls::AreNone);
    let places = places.at(At {
        item: &item,
        index: &index,
        list: None,
    });
    let prepared = prepare(&definition, &definition.stages[0], &places, None);
    assert_eq!(prepared.messages.expect("there").prompt, "Ann 0");
}
