//! Every problem with a workflow that has it and its nearest neighbour that has not.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{definition, found, has};

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
