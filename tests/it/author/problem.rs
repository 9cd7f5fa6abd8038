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
    let (_, for_one) = server.priced(&user, list, json!({})).await;
    for _ in 0..5 {
        server.workflow(&user, &model, json!([{}])).await;
    }
    let (_, for_six) = server.priced(&user, list, json!({})).await;
    assert_eq!(for_six, for_one);
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

#[tokio::test]
async fn a_draft_is_read_as_a_save_would_make_it() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let workflow = server
        .workflow(
            &user,
            &model,
            json!([{ "key": "k" }, { "promptTemplate": "{{k.text}}" }]),
        )
        .await;
    let ids = stage_ids(&server, &user, &workflow).await;
    let answer = json!({ "id": workflow, "outputMapping": { "o": "k.text" } });
    server
        .mutate(&user, "updateWorkflow", answer, "{ id }")
        .await;
    let stage = |index: usize, more: Value| {
        let mut stage = json!({ "id": ids[index], "stageOrder": index + 1, "promptTemplate": "go", "modelId": model });
        let fields = stage.as_object_mut().unwrap();
        fields.extend(more.as_object().cloned().unwrap());
        stage
    };
    let reads = json!({ "promptTemplate": "{{k.text}}", "inputVariableMapping": { "v": "k.raw" } });
    // A key that changes is followed, in what the workflow answers too.
    let renamed = json!([stage(0, json!({ "key": "kk" })), stage(1, reads.clone())]);
    let found = check(&server, &user, json!({ "stages": renamed })).await;
    assert!(
        found.iter().all(|it| it["severity"] != "ERROR"),
        "{found:?}"
    );
    // One that goes while it is read is refused, and so is an id that is given twice, or is somebody else's.
    let other = server.user();
    let theirs = server.workflow(&other, &model, json!([{}])).await;
    let theirs = stage_ids(&server, &other, &theirs).await;
    for stages in [
        json!([stage(0, json!({})), stage(1, reads)]),
        json!([
            stage(0, json!({ "key": "k" })),
            stage(1, json!({ "id": ids[0] }))
        ]),
        json!([
            stage(0, json!({ "key": "k" })),
            stage(1, json!({ "id": theirs[0] }))
        ]),
    ] {
        let save = "mutation($input: UpdateWorkflowStagesInput!) { updateWorkflowStages(input: $input) { id } }";
        let input = json!({ "workflowId": workflow, "stages": stages });
        let refused = server
            .answer(Some(&user), save, json!({ "input": input }))
            .await;
        let found = check(&server, &user, json!({ "stages": stages })).await;
        let refused = &refused["errors"][0]["message"];
        let is_told = found.iter().any(|it| it["message"] == *refused);
        assert!(is_told, "{refused} {found:?}");
    }
    server.stop().await;
}

#[tokio::test]
async fn thousands_of_placeholders_and_of_what_looks_like_one_hold_nobody_up() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let lookalikes = "${x}".repeat(60_000);
    let stages = json!([{ "stageOrder": 1, "promptTemplate": lookalikes, "modelId": model }]);
    let found = check(&server, &user, json!({ "stages": stages })).await;
    assert_eq!(found.len(), 500);
    let names: Vec<_> = (0..3_000)
        .map(|index| format!("{{{{v{index}}}}} "))
        .collect();
    let prompt = names.concat().repeat(4);
    let mapping: serde_json::Map<_, _> = (0..3_000)
        .map(|index| (format!("v{index}"), json!(format!("inputs.i{index}"))))
        .collect();
    let stages = json!([{ "promptTemplate": prompt, "inputVariableMapping": mapping }]);
    let workflow = server.workflow(&user, &model, stages).await;
    let query = "query($id: ID!) { workflow(id: $id) { inputNames } }";
    let data = server.data(&user, query, json!({ "id": workflow })).await;
    let names = data["workflow"]["inputNames"].as_array().unwrap();
    assert_eq!((names.len(), &names[0]), (3_000, &json!("i0")));
    server.stop().await;
}
