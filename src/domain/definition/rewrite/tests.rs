//! What a stage is called from now on, in every place that may name it.

use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::domain::validate::Kind;

fn stage(order: i32, key: Option<&str>, prompt: &str) -> Stage {
    Stage {
        key: key.map(str::to_owned),
        prompt_template: Some(prompt.to_owned()),
        ..serde_json::from_value(json!({
            "id": Uuid::from_u128(order.unsigned_abs().into()),
            "stageOrder": order,
            "validationType": Kind::None,
            "retryLimit": 0,
        }))
        .expect("a stage")
    }
}

#[test]
fn only_the_first_words_of_paths_are_written_anew() {
    let mut stages = [stage(7, Some("facts"), ""), stage(2, None, "")];
    stages[1].prompt_template = Some(
        "{{stage_7.raw}} {{ stage_2.output.stage_7 }} {{stage_7}} {{facts.x}} \\{{stage_7.raw}} stage_7.raw {{é.stage_7}} {{{stage_7.raw}}}"
            .to_owned(),
    );
    stages[1].input_variable_mapping = Some(json!({
        "a": "stage_7.raw", "b": ["stage_2.raw", "inputs.stage_7"], "c~/": {"latest": ["stage_7.raw"]},
        "d": {"from": "stage_7.output.x", "default": "stage_7.raw"},
    }));
    stages[1].next_stage_on_pass = Some(0);
    stages[1].next_stage_on_fail = Some(7);
    renumber(&mut stages, None).expect("whole");
    let [first, second] = &stages;
    assert_eq!((first.stage_order, second.stage_order), (1, 2));
    assert_eq!(
        second.prompt_template.as_deref(),
        Some(
            "{{stage_1.raw}} {{ stage_2.output.stage_7 }} {{stage_7}} {{facts.x}} \\{{stage_7.raw}} stage_7.raw {{é.stage_7}} {{{stage_1.raw}}}"
        )
    );
    assert_eq!(
        second.input_variable_mapping,
        Some(json!({
            "a": "stage_1.raw", "b": ["stage_2.raw", "inputs.stage_7"], "c~/": {"latest": ["stage_1.raw"]},
            "d": {"from": "stage_1.output.x", "default": "stage_7.raw"},
        }))
    );
    let targets = (second.next_stage_on_pass, second.next_stage_on_fail);
    assert_eq!(targets, (Some(0), Some(1)));
}

#[test]
fn what_refers_to_no_stage_is_not_given_another_meaning() {
    let mut stages = [stage(5, None, ""), stage(9, None, "{{stage_1.raw}}")];
    let fault = renumber(&mut stages, None).expect_err("dangling");
    assert_eq!(
        (fault.index, fault.field.as_str()),
        (Some(1), "promptTemplate")
    );
    assert_eq!(stages[0].stage_order, 5);
}

#[test]
fn a_path_by_a_key_goes_with_its_stage_and_one_by_a_key_that_is_gone_is_refused() {
    let before = [stage(1, Some("a"), ""), stage(2, Some("b"), "")];
    let mut after = [
        stage(1, Some("c"), "{{a.x}} {{b.y}} \\{{a.x}} {{a}}"),
        stage(2, Some("a"), ""),
    ];
    // The key is another stage's now: what is newly said by it means that one.
    follow_keys(&before, &mut after).expect("b is a");
    assert_eq!(
        after[0].prompt_template.as_deref(),
        Some("{{a.x}} {{a.y}} \\{{a.x}} {{a}}")
    );
    after[0].prompt_template = Some("{{b.y}}".to_owned());
    after[1].key = None;
    let fault = follow_keys(&before, &mut after).expect_err("b is gone");
    assert_eq!(fault.field, "promptTemplate");

    after[0].prompt_template = Some("{{a.x}}".to_owned());
    after[1].key = Some("b".to_owned());
    let keyed = follow_keys(&before, &mut after).expect("a is c");
    assert_eq!(after[0].prompt_template.as_deref(), Some("{{c.x}}"));
    let mut mapping = json!({"t": ["a.x", "b.y"]});
    keyed.apply_to_output(None, &mut mapping).expect("a is c");
    assert_eq!(mapping, json!({"t": ["c.x", "b.y"]}));
}

#[test]
fn what_was_not_written_anew_goes_with_the_stages_that_it_meant() {
    let read = "{{a.x}} {{b.y}} \\{{a.x}} {{a}}";
    let before = [stage(1, Some("a"), ""), stage(2, Some("b"), read)];
    let mut after = [stage(1, Some("b"), "{{a.x}}"), stage(2, Some("a"), read)];
    let keyed = follow_keys(&before, &mut after).expect("swapped");
    let prompts = after.each_ref().map(|it| it.prompt_template.as_deref());
    let swapped = Some("{{b.x}} {{a.y}} \\{{a.x}} {{a}}");
    assert_eq!(prompts, [Some("{{a.x}}"), swapped]);
    let old = json!({"s": "a.x", "t": ["a.x", "b.y"]});
    let mut new = json!({"s": "a.x", "t": ["b.y", "b.y"], "u": "a.x"});
    keyed
        .apply_to_output(Some(&old), &mut new)
        .expect("swapped");
    assert_eq!(new, json!({"s": "b.x", "t": ["b.y", "a.y"], "u": "a.x"}));

    // A stage that has no key any more is called by its order.
    let read = "{{a.x}} {{a.raw}} {{b.y}} \\{{a.x}}";
    let before = [stage(1, Some("a"), ""), stage(2, Some("b"), read)];
    let mut after = [
        stage(1, None, "{{a.x}}"),
        stage(2, Some("b"), read),
        stage(3, Some("a"), ""),
    ];
    let keyed = follow_keys(&before, &mut after).expect("given");
    let prompts = after.each_ref().map(|it| it.prompt_template.as_deref());
    let given = "{{stage_1.output.x}} {{stage_1.raw}} {{b.y}} \\{{a.x}}";
    assert_eq!(prompts[..2], [Some("{{a.x}}"), Some(given)]);
    let mut new = json!({"s": "a.x", "t": ["a.x", "b.y"], "u": "a.x"});
    keyed.apply_to_output(Some(&old), &mut new).expect("given");
    assert_eq!(
        new,
        json!({"s": "stage_1.output.x", "t": ["stage_1.output.x", "b.y"], "u": "a.x"})
    );

    // A key that goes on to a stage in the place of its own means that one.
    let mut after = [stage(3, Some("a"), ""), stage(2, Some("b"), read)];
    let keyed = follow_keys(&before, &mut after).expect("replaced");
    assert!(keyed.is_empty());
}

#[test]
fn what_is_escaped_with_a_key_that_no_stage_has_any_more_means_what_it_did() {
    let read = r"\{{a.x}} \\{{a.x}} \\\{{ a.x }} \{{b.x}} \{{stage_1.raw}} \{{a}}";
    let before = [stage(1, Some("a"), ""), stage(2, Some("b"), read)];
    let plain = r"{{a.x}} \\{{c.x}} \{{ a.x }} \{{b.x}} \{{stage_1.raw}} \{{a}}";
    let mut after = [stage(1, Some("c"), ""), stage(2, Some("b"), read)];
    follow_keys(&before, &mut after).expect("a is c");
    assert_eq!(after[1].prompt_template.as_deref(), Some(plain));

    let read = r"\{{a.x}}";
    let before = [stage(1, Some("a"), ""), stage(2, None, read)];
    let mut after = [stage(1, None, ""), stage(2, None, read)];
    follow_keys(&before, &mut after).expect("a is gone");
    assert_eq!(after[1].prompt_template.as_deref(), Some("{{a.x}}"));
}
