//! Keys of stages: what they may be, and that what names a stage by one follows it.

use serde_json::{Value, json};

use super::stages;
use crate::support::server::{Server, User, bad_input, text};

/// A workflow whose first stage has the key `facts`, which the second one reads from wherever it may.
async fn keyed(server: &Server, user: &User) -> String {
    let model = server.model().await;
    let stages = json!([
        { "key": "facts", "outputVariables": { "people": "string" } },
        {
            "key": "story",
            "systemTemplate": "{{ facts.people }}",
            "promptTemplate": "{{facts.raw}} \\{{facts.raw}} {{facts}} {{other.raw}} {{stage_1.raw}} é {{facts.output.raw}}",
            "inputVariableMapping": { "facts": "facts.people", "a/b~c": "facts.raw", "n": "stage_1.raw" },
            "messages": [{ "role": "user", "content": "{{facts.raw}}" }, { "from": "facts.turns" }],
            "retryPromptTemplate": "{{output}} {{facts.people}}",
            "routes": { "by": "facts.people", "to": { "facts.people": 0 } },
            "validationType": "LLM",
            "validationCriteria": { "prompt": "{{output}} by {{facts.people}}" },
        },
        { "promptTemplate": "{{item}} {{facts.item.x}}", "forEach": { "in": "facts.output.list" } },
    ]);
    let workflow = server.workflow(user, &model, stages).await;
    let mapping =
        json!({ "facts": { "latest": ["facts.raw", "story.raw"], "default": "facts.raw" } });
    let input = json!({ "id": workflow, "outputMapping": mapping });
    server.mutate(user, "updateWorkflow", input, "{ id }").await;
    workflow
}

/// The second stage of it as it reads when the first has this key. What was escaped while `facts` was one is a text by
/// itself when it is none any more.
fn reads(key: &str) -> Value {
    let escape = if key == "facts" { "\\" } else { "" };
    json!({
        "messages": [
            { "role": "user", "content": format!("{{{{{key}.raw}}}}") },
            { "from": format!("{key}.turns") },
        ],
        "retryPromptTemplate": format!("{{{{output}}}} {{{{{key}.people}}}}"),
        "routes": { "by": format!("{key}.people"), "to": { "facts.people": 0 } },
        "systemTemplate": format!("{{{{ {key}.people }}}}"),
        "promptTemplate": format!(
            "{{{{{key}.raw}}}} {escape}{{{{facts.raw}}}} {{{{facts}}}} {{{{other.raw}}}} {{{{stage_1.raw}}}} é {{{{{key}.output.raw}}}}"
        ),
        "inputVariableMapping": {
            "facts": format!("{key}.people"), "a/b~c": format!("{key}.raw"), "n": "stage_1.raw",
        },
        "validationCriteria": { "prompt": format!("{{{{output}}}} by {{{{{key}.people}}}}") },
    })
}

fn assert_reads(stage: &Value, key: &str) {
    for (field, value) in reads(key).as_object().unwrap() {
        assert_eq!(&stage[field], value, "{field}");
    }
}

#[tokio::test]
async fn a_key_is_a_name_that_means_nothing_else_and_one_stages() {
    let server = Server::start().await;
    let user = server.user();
    for key in [
        "a",
        "_",
        "_1",
        "Facts",
        "état",
        "ชื่อ",
        "output",
        "raw",
        "stage",
        "input",
    ] {
        let input = json!({ "name": "New", "stages": [{ "stageOrder": 1, "key": key }] });
        let made = server
            .mutate(&user, "createWorkflow", input, "{ stages { key } }")
            .await;
        assert_eq!(made["stages"][0]["key"], key);
    }
    let long = "k".repeat(201);
    for key in [
        "",
        "1st",
        "a b",
        "a-b",
        "a.b",
        "inputs",
        "item",
        "index",
        "stage_",
        "stage_1",
        "stage_one",
        " a",
        &long,
    ] {
        let input = json!({ "name": "New", "stages": [{ "stageOrder": 1, "key": key }] });
        let refusal = server.refused(&user, "createWorkflow", input).await;
        assert_eq!(refusal, bad_input("stages[0].key"), "{key}");
    }
    let same = json!([{ "stageOrder": 1, "key": "a" }, { "stageOrder": 2, "key": "a" }]);
    let input = json!({ "name": "New", "stages": same });
    let refusal = server.refused(&user, "createWorkflow", input).await;
    assert_eq!(refusal, bad_input("stages[1].key"));
    // They are compared as they are written.
    let other = json!([{ "stageOrder": 1, "key": "a" }, { "stageOrder": 2, "key": "A" },
        { "stageOrder": 3, "key": "e\u{301}" }, { "stageOrder": 4, "key": "\u{e9}" }]);
    let input = json!({ "name": "New", "stages": other });
    let made = server
        .mutate(&user, "createWorkflow", input, "{ id stages { id } }")
        .await;
    let second = &made["stages"][1]["id"];
    let input = json!({ "id": second, "key": "a" });
    let refusal = server.refused(&user, "updateStage", input).await;
    assert_eq!(refusal, bad_input("key"));
    let added = json!({ "workflowId": made["id"], "stage": { "stageOrder": 9, "key": "A" } });
    let refusal = server.refused(&user, "addStage", added).await;
    assert_eq!(refusal, bad_input("stage.key"));
    server.stop().await;
}

#[tokio::test]
async fn another_key_of_a_stage_takes_the_place_of_the_old_one_in_every_path() {
    let server = Server::start().await;
    let user = server.user();
    let workflow = keyed(&server, &user).await;
    let before = stages(&server, &user, &workflow).await;
    assert_reads(&before["stages"][1], "facts");
    let first = &before["stages"][0]["id"];
    let input = json!({ "id": first, "key": "people_of" });
    server.mutate(&user, "updateStage", input, "{ id }").await;
    let after = stages(&server, &user, &workflow).await;
    assert_eq!(after["version"], 3);
    assert_eq!(after["stages"][0]["key"], "people_of");
    assert_reads(&after["stages"][1], "people_of");
    let third = &after["stages"][2];
    assert_eq!(third["forEach"]["in"], "people_of.output.list");
    assert_eq!(third["promptTemplate"], "{{item}} {{people_of.item.x}}");
    let query = "query($id: ID!) { workflow(id: $id) { outputMapping } }";
    let answered = server.data(&user, query, json!({ "id": workflow })).await;
    assert_eq!(
        answered["workflow"]["outputMapping"],
        json!({ "facts": { "latest": ["people_of.raw", "story.raw"], "default": "facts.raw" } })
    );

    // In a list what uses a key that is gone follows its stage, and what uses one that is there means that.
    let mut list = as_given(&after["stages"]);
    list[0]["key"] = json!("truths");
    let input = json!({ "workflowId": workflow, "stages": list });
    server
        .mutate(&user, "updateWorkflowStages", input, "{ id }")
        .await;
    let after = stages(&server, &user, &workflow).await;
    assert_reads(&after["stages"][1], "truths");

    server.stop().await;
}

#[tokio::test]
async fn keys_that_are_swapped_are_followed_by_what_was_not_written_anew() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let list = json!([
        { "key": "a", "promptTemplate": "first" },
        { "key": "b", "promptTemplate": "second {{a.raw}}" },
        { "promptTemplate": "{{a.raw}} {{b.raw}} \\{{a.raw}}", "inputVariableMapping": { "x": ["a.raw", "b.raw"] },
          "systemTemplate": "{{a.raw}}" },
    ]);
    let workflow = server.workflow(&user, &model, list).await;
    let mapping = json!({ "both": ["a.raw", "b.raw"] });
    let input = json!({ "id": workflow, "outputMapping": mapping });
    server
        .mutate(&user, "updateWorkflow", input, "{ id }")
        .await;
    let before = stages(&server, &user, &workflow).await;
    let mut list = as_given(&before["stages"]);
    list[0]["key"] = json!("b");
    list[1]["key"] = json!("a");
    // This was written with the keys that are to be.
    list[2]["systemTemplate"] = json!("only {{a.raw}}");
    let input = json!({ "workflowId": workflow, "stages": list });
    let answer =
        "{ outputMapping stages { key promptTemplate systemTemplate inputVariableMapping } }";
    let after = server
        .mutate(&user, "updateWorkflowStages", input, answer)
        .await;
    let (first, second, third) = (
        &after["stages"][0],
        &after["stages"][1],
        &after["stages"][2],
    );
    assert_eq!((&first["key"], &second["key"]), (&json!("b"), &json!("a")));
    assert_eq!(second["promptTemplate"], "second {{b.raw}}");
    assert_eq!(third["promptTemplate"], "{{b.raw}} {{a.raw}} \\{{a.raw}}");
    assert_eq!(
        third["inputVariableMapping"],
        json!({ "x": ["b.raw", "a.raw"] })
    );
    assert_eq!(third["systemTemplate"], "only {{a.raw}}");
    assert_eq!(
        after["outputMapping"],
        json!({ "both": ["b.raw", "a.raw"] })
    );
    server.stop().await;
}

/// Stages as they were read, to be saved again.
fn as_given(stages: &Value) -> Value {
    let mut list = stages.clone();
    for stage in list.as_array_mut().unwrap() {
        let stage = stage.as_object_mut().unwrap();
        let model = stage.remove("model").unwrap();
        stage.insert("modelId".to_owned(), model["id"].clone());
        stage.remove("createdAt");
    }
    list
}

#[tokio::test]
async fn a_key_that_a_path_uses_is_not_taken_away() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    for (reading, field) in [
        (
            json!({ "promptTemplate": "{{ facts.raw }}" }),
            "promptTemplate",
        ),
        (
            json!({ "systemTemplate": "{{facts.people}}" }),
            "systemTemplate",
        ),
        (
            json!({ "inputVariableMapping": { "word": "facts.raw" } }),
            "inputVariableMapping.word",
        ),
        (
            json!({ "validationType": "LLM", "validationCriteria": { "prompt": "{{facts.raw}}" } }),
            "validationCriteria.prompt",
        ),
    ] {
        let list = json!([{ "key": "facts" }, reading]);
        let workflow = server.workflow(&user, &model, list).await;
        let before = stages(&server, &user, &workflow).await;
        let (first, second) = (&before["stages"][0]["id"], &before["stages"][1]["id"]);
        let input = json!({ "id": first, "key": null });
        let query = "mutation($input: UpdateStageInput!) { updateStage(input: $input) { id } }";
        let answer = server
            .answer(Some(&user), query, json!({ "input": input }))
            .await;
        let error = &answer["errors"][0];
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{answer}");
        assert_eq!(error["extensions"]["field"], field);
        let message = text(&error["message"]);
        assert!(
            message.starts_with(&format!("stage 2: {field} uses ")) && message.contains("facts"),
            "{message}"
        );
        let refusal = server
            .refused(&user, "deleteStage", json!({ "id": first }))
            .await;
        assert_eq!(refusal, bad_input("id"), "{field}");

        let mut kept = reading.clone();
        kept["id"] = second.clone();
        kept["stageOrder"] = json!(2);
        for list in [
            json!([{ "id": first, "stageOrder": 1 }, kept]),
            json!([{ "stageOrder": 1 }, kept]),
        ] {
            let input = json!({ "workflowId": workflow, "stages": list });
            let refusal = server.refused(&user, "updateWorkflowStages", input).await;
            assert_eq!(refusal, bad_input(&format!("stages[1].{field}")));
        }
        assert_eq!(stages(&server, &user, &workflow).await, before);

        let input = json!({ "id": second, "promptTemplate": null, "systemTemplate": null,
            "inputVariableMapping": null, "validationType": null, "validationCriteria": null });
        server.mutate(&user, "updateStage", input, "{ id }").await;
        let input = json!({ "id": first, "key": null });
        server.mutate(&user, "updateStage", input, "{ id }").await;
    }
    server.stop().await;
}

#[tokio::test]
async fn a_key_is_copied_kept_and_restored() {
    let server = Server::start().await;
    let user = server.user();
    let workflow = keyed(&server, &user).await;
    let before = stages(&server, &user, &workflow).await;
    let first = before["stages"][0]["id"].clone();
    let copy =
        "mutation($id: ID!) { duplicateWorkflow(id: $id) { stages { key promptTemplate } } }";
    let copy = server.data(&user, copy, json!({ "id": workflow })).await;
    let copied = &copy["duplicateWorkflow"]["stages"];
    assert_eq!(copied[0]["key"], "facts");
    assert_eq!(
        copied[1]["promptTemplate"],
        reads("facts")["promptTemplate"]
    );

    let input = json!({ "workflowId": workflow, "name": "Kept" });
    let kept = server
        .mutate(&user, "createSnapshot", input, "{ id snapshotData }")
        .await;
    assert_eq!(kept["snapshotData"]["stages"][0]["key"], "facts");
    let input = json!({ "id": first, "key": "other" });
    server.mutate(&user, "updateStage", input, "{ id }").await;
    let input = json!({ "snapshotId": kept["id"], "intoWorkflowId": workflow });
    server
        .mutate(&user, "restoreSnapshot", input, "{ id }")
        .await;
    let restored = stages(&server, &user, &workflow).await;
    assert_eq!(restored["stages"], before["stages"]);
    let input = json!({ "snapshotId": kept["id"] });
    let made = server
        .mutate(&user, "restoreSnapshot", input, "{ stages { key } }")
        .await;
    assert_eq!(
        made["stages"],
        json!([{ "key": "facts" }, { "key": "story" }, { "key": null }])
    );
    server.stop().await;
}

#[tokio::test]
async fn a_path_by_a_key_is_checked_like_one_by_an_order() {
    let server = Server::start().await;
    let user = server.user();
    for (field, value) in [
        ("promptTemplate", json!("{{facts.raw.title}}")),
        ("inputVariableMapping", json!({ "a": "fact.raw" })),
        ("inputVariableMapping", json!({ "a": "facts" })),
        ("inputVariableMapping", json!({ "a": "facts.raw.title" })),
        ("inputVariableMapping", json!({ "a": "facts." })),
    ] {
        let mut stage = json!({ "stageOrder": 2 });
        stage[field] = value.clone();
        let stages = json!([{ "stageOrder": 1, "key": "facts" }, stage]);
        let input = json!({ "name": "New", "stages": stages });
        let refusal = server.refused(&user, "createWorkflow", input).await;
        let field = match field {
            "inputVariableMapping" => "stages[1].inputVariableMapping.a".to_owned(),
            field => format!("stages[1].{field}"),
        };
        assert_eq!(refusal, bad_input(&field), "{value}");
    }
    server.stop().await;
}

#[tokio::test]
async fn what_is_escaped_means_the_same_when_its_key_is_no_more() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let list = || json!([{ "key": "facts" }, { "promptTemplate": r"\{{facts.raw}} \\\{{facts.raw}} \{{stage_1.raw}}" }]);
    let plain = r"{{facts.raw}} \{{facts.raw}} \{{stage_1.raw}}";
    for (name, input) in [
        ("updateStage", json!({ "key": "truths" })),
        ("updateStage", json!({ "key": null })),
        ("deleteStage", json!({})),
    ] {
        let workflow = server.workflow(&user, &model, list()).await;
        let before = stages(&server, &user, &workflow).await;
        let mut input = input;
        input["id"] = before["stages"][0]["id"].clone();
        let after = server
            .mutate(&user, name, input, "{ stages { promptTemplate } }")
            .await;
        let after = after["stages"].as_array().unwrap().last().unwrap();
        assert_eq!(after["promptTemplate"], plain, "{name}");
    }
    server.stop().await;
}
