//! What is wrong or doubtful in a saved workflow and in a draft.

use serde_json::{Value, json};

use super::stage_ids;
use crate::support::server::{Server, User, text};

const CHECK: &str = "query($input: CheckWorkflowInput!) {
    checkWorkflow(input: $input) { severity code message stageOrder field start end } }";

async fn check(server: &Server, user: &User, input: Value) -> Vec<Value> {
    let data = server.data(user, CHECK, json!({ "input": input })).await;
    data["checkWorkflow"].as_array().unwrap().clone()
}

fn codes(problems: &[Value]) -> Vec<(String, i64, String)> {
    let problems = problems.iter();
    problems
        .map(|it| {
            (
                text(&it["code"]),
                it["stageOrder"].as_i64().unwrap_or(0),
                it["field"].as_str().unwrap_or("").to_owned(),
            )
        })
        .collect()
}

#[tokio::test]
async fn a_saved_workflow_says_what_is_wrong_and_what_it_asks_for() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let stages = json!([
        { "promptTemplate": "{{topic}} {{stage_2.raw}}", "nextStageOnFail": 3 },
        { "promptTemplate": "Ünï {{user.name}}" },
        { "promptTemplate": "{{stage_1.raw}} {{tone}}",
          "inputVariableMapping": { "tone": { "from": "inputs.tone", "default": "" } } },
        { "promptTemplate": null },
    ]);
    let workflow = server.workflow(&user, &model, stages).await;
    let query = "query($id: ID!) { workflow(id: $id) {
        inputNames problems { severity code message stageOrder field start end } } }";
    let data = server.data(&user, query, json!({ "id": workflow })).await;
    let workflow = &data["workflow"];
    assert_eq!(workflow["inputNames"], json!(["topic", "tone"]));
    let problems = workflow["problems"].as_array().unwrap();
    let place = |code: &str, order, field: &str| (code.to_owned(), order, field.to_owned());
    assert_eq!(
        codes(problems),
        [
            place("NEVER_THERE", 1, "promptTemplate"),
            place("NO_PROMPT", 4, "promptTemplate"),
            place("LOOKS_LIKE_A_PLACEHOLDER", 2, "promptTemplate"),
            place("MAYBE_MISSING", 3, "promptTemplate"),
        ]
    );
    assert_eq!(
        (&problems[2]["start"], &problems[2]["end"]),
        (&json!(4), &json!(17))
    );
    assert_eq!(problems[0]["severity"], "ERROR");
    assert_eq!(problems[2]["severity"], "WARNING");

    // Of many workflows they are read together.
    let list = "{ workflows { nodes { inputNames problems { code } } } }";
    let one = server.deps.store.statements();
    server.data(&user, list, json!({})).await;
    let for_one = server.deps.store.statements() - one;
    for _ in 0..5 {
        server.workflow(&user, &model, json!([{}])).await;
    }
    let six = server.deps.store.statements();
    server.data(&user, list, json!({})).await;
    assert_eq!(server.deps.store.statements() - six, for_one);
    server.stop().await;
}

#[tokio::test]
async fn a_draft_says_what_a_save_would_refuse_in_the_same_words_and_writes_nothing() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let workflow = server
        .workflow(&user, &model, json!([{ "key": "facts" }, {}]))
        .await;
    let ids = stage_ids(&server, &user, &workflow).await;
    let draft = |more: Value| {
        let mut stage = json!({ "stageOrder": 1, "promptTemplate": "go", "modelId": model });
        let fields = stage.as_object_mut().unwrap();
        fields.extend(more.as_object().cloned().unwrap());
        json!([stage])
    };
    let mut prompt = "x".repeat(300_000);
    prompt.push('!');
    for more in [
        json!({ "retryLimit": 101 }),
        json!({ "promptTemplate": "{{stage_7.raw}}" }),
        json!({ "promptTemplate": prompt }),
        json!({ "modelId": "00000000-0000-0000-0000-000000000000" }),
        json!({ "validationType": "REGEX", "validationCriteria": { "pattern": "(" } }),
        json!({ "validationType": "FUNCTION", "validationCriteria": { "functionName": "min_length", "args": { "length": -1 } } }),
        json!({ "outputVariables": { "a": { "type": "nothing" } } }),
        json!({ "flowiseConfig": { "temperature": 3 } }),
        json!({ "forEach": { "in": "inputs.list" }, "validationType": "MANUAL" }),
        json!({ "key": "stage_1" }),
    ] {
        let stages = draft(more.clone());
        let save = "mutation($input: UpdateWorkflowStagesInput!) { updateWorkflowStages(input: $input) { id } }";
        let input = json!({ "workflowId": workflow, "stages": stages });
        let refused = server
            .answer(Some(&user), save, json!({ "input": input }))
            .await;
        let refused = &refused["errors"][0];
        let found = check(&server, &user, json!({ "stages": stages })).await;
        let worst = &found[0];
        assert_eq!(worst["severity"], "ERROR", "{more}: {found:?}");
        assert_eq!(worst["message"], refused["message"], "{more}");
        assert_eq!(
            format!("stages[0].{}", text(&worst["field"])),
            text(&refused["extensions"]["field"]),
            "{more}"
        );
    }

    // What is saved is as it was.
    assert_eq!(stage_ids(&server, &user, &workflow).await, ids);
    // Of what the workflow answers a draft with its stages is told.
    let input = json!({ "id": workflow, "outputMapping": { "a": "stage_2.output.text" } });
    server
        .mutate(&user, "updateWorkflow", input, "{ id }")
        .await;
    let alone =
        json!([{ "id": ids[0], "stageOrder": 1, "promptTemplate": "go", "modelId": model }]);
    let found = check(&server, &user, json!({ "stages": alone })).await;
    assert_eq!(found[0]["field"], "outputMapping.a", "{found:?}");
    let found = check(
        &server,
        &user,
        json!({ "stages": alone, "outputMapping": {} }),
    )
    .await;
    assert_eq!(found, Vec::<Value>::new());
    server.stop().await;
}

#[tokio::test]
async fn a_provider_without_a_key_and_nobodys_models_are_told() {
    let server = Server::start().await;
    let user = server.user();
    let admin = server.admin();
    let input = json!({ "name": "far", "provider": "groq", "modelIdentifierForFlowise": "far" });
    let model = server.mutate(&admin, "upsertModel", input, "{ id }").await;
    let stages = json!([{ "stageOrder": 1, "promptTemplate": "go", "modelId": model["id"] }]);
    let found = check(&server, &user, json!({ "stages": stages })).await;
    assert_eq!(found[0]["code"], "PROVIDER_NOT_CONFIGURED", "{found:?}");
    assert!(
        text(&found[0]["message"]).contains("GROQ_API_KEY"),
        "{found:?}"
    );
    let none = check(&server, &user, json!({ "stages": [] })).await;
    assert_eq!(none[0]["code"], "NO_STAGES");
    assert_eq!(none[0]["stageOrder"], json!(null));
    server.stop().await;
}
