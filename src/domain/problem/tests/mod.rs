//! That problems are found where they are, told where they stand, and certain where they are errors.

mod certain;
mod table;

use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::domain::context::Context;
use crate::domain::definition::check;
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
