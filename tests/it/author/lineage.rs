//! Where the values in a prompt came from: from a wrong word back to the prompt that wrote it.

use serde_json::{Value, json};

use super::{ended, logs, ran, reran};
use crate::support::provider::Reply;
use crate::support::server::{Server, text};

/// Of each variable of an attempt its name, path, value and who produced it.
fn used(log: &Value) -> Vec<Value> {
    let all = log["variables"].as_array().unwrap().iter();
    all.map(|it| {
        json!([
            it["name"],
            it["path"],
            it["value"],
            it["found"],
            it["producedBy"]["id"]
        ])
    })
    .collect()
}

#[tokio::test]
async fn each_value_names_its_path_and_the_attempt_that_brought_it() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let good = json!({ "functionName": "contains", "args": { "text": "good" } });
    for answer in ["bad", "good one", "two"] {
        server.provider.reply(Reply::text(answer));
    }
    let stages = json!([
        { "key": "draft", "promptTemplate": "{{topic}}", "retryLimit": 1, "retryPromptTemplate": "{{output}}",
          "validationType": "FUNCTION", "validationCriteria": good },
        { "promptTemplate": "{{draft.text}} {{m}} {{n}} {{draft.text}}", "systemTemplate": "{{inputs.topic}}",
          "messages": [{ "from": "inputs.history" }],
          "inputVariableMapping": { "m": ["stage_2.raw", "draft.raw"], "n": { "from": "inputs.none", "default": 7 } } },
    ]);
    let workflow = server.workflow(&user, &model, stages).await;
    let history = json!([{ "role": "user", "content": "before" }]);
    let inputs = json!({ "topic": "tea", "history": history });
    let run = ran(&server, &user, &workflow, inputs, json!({})).await;
    assert_eq!(run["status"], "COMPLETED", "{run}");
    let [bad, good, last] = logs(&run).as_slice() else {
        panic!("{run}");
    };
    assert_eq!(
        used(bad),
        [json!(["topic", "inputs.topic", "tea", true, null])]
    );
    assert_eq!(
        used(good),
        [json!(["output", "output", "bad", true, bad["id"]])]
    );
    let expected = [
        json!(["inputs.topic", "inputs.topic", "tea", true, null]),
        json!(["messages[0].from", "inputs.history", history, true, null]),
        json!([
            "draft.text",
            "stage_1.output.text",
            "good one",
            true,
            good["id"]
        ]),
        json!(["m", "stage_1.raw", "good one", true, good["id"]]),
        json!(["n", "inputs.none", 7, false, null]),
    ];
    assert_eq!(used(last), expected);

    // A rerun names the attempts of the first run, and once that is gone nobody.
    let input = json!({ "executionId": run["id"], "fromStageOrder": 2 });
    let again = reran(&server, &user, input).await;
    assert_eq!(used(&logs(&again)[0]), expected);
    let again_twice = json!({ "executionId": again["id"], "fromStageOrder": 2 });
    let again_twice = reran(&server, &user, again_twice).await;
    assert_eq!(used(&logs(&again_twice)[0]), expected);
    server.stop().await;
}

#[tokio::test]
async fn items_and_lists_name_the_attempt_of_each_item() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    server.provider.otherwise(|body| {
        let messages = body["messages"].as_array().unwrap();
        Reply::text(&format!("<{}>", text(&messages.last().unwrap()["content"])))
    });
    let each = json!({ "in": "inputs.people", "concurrency": 2 });
    let stages = json!([
        { "promptTemplate": "{{item.name}}", "forEach": each },
        { "promptTemplate": "{{item.text}} {{index}}", "forEach": { "in": "stage_1.output.items" } },
        { "promptTemplate": "{{stage_1.raw}} {{stage_2.output.items.2.text}}" },
    ]);
    let workflow = server.workflow(&user, &model, stages).await;
    let inputs = json!({ "people": [{ "name": "ann" }, null, { "name": "bob" }] });
    let run = ran(&server, &user, &workflow, inputs, json!({})).await;
    assert_eq!(run["status"], "COMPLETED", "{run}");
    let of = |order: i64, index: i64| {
        let mut logs = logs(&run).iter();
        logs.find(|log| log["stageOrder"] == order && log["itemIndex"] == index)
            .unwrap()
    };
    assert_eq!(
        used(of(1, 2)),
        [json!([
            "item.name",
            "inputs.people.2.name",
            "bob",
            true,
            null
        ])]
    );
    assert_eq!(
        used(of(2, 2)),
        [
            json!([
                "item.text",
                "stage_1.output.items.2.text",
                "<bob>",
                true,
                of(1, 2)["id"]
            ]),
            json!(["index", "index", 2, true, of(1, 2)["id"]]),
        ]
    );
    let last = logs(&run).last().unwrap();
    assert_eq!(
        used(last),
        [
            json!([
                "stage_1.raw",
                "stage_1.raw",
                ["<ann>", null, "<bob>"],
                true,
                null
            ]),
            json!([
                "stage_1.raw",
                "stage_1.raw.0",
                "<ann>",
                true,
                of(1, 0)["id"]
            ]),
            json!(["stage_1.raw", "stage_1.raw.1", null, false, null]),
            json!([
                "stage_1.raw",
                "stage_1.raw.2",
                "<bob>",
                true,
                of(1, 2)["id"]
            ]),
            json!([
                "stage_2.output.items.2.text",
                "stage_2.output.items.2.text",
                "<<bob> 2>",
                true,
                of(2, 2)["id"]
            ]),
        ]
    );
    server.stop().await;
}

#[tokio::test]
async fn an_edit_is_of_the_attempt_that_was_edited() {
    let server = Server::start().await;
    server.provider.otherwise(|_| Reply::text("hello"));
    let user = server.user();
    let model = server.model().await;
    let stages = json!([
        { "promptTemplate": "write", "validationType": "MANUAL" },
        { "promptTemplate": "{{m}}", "inputVariableMapping": { "m": { "latest": ["stage_1.raw", "stage_2.raw"] } } },
    ]);
    let workflow = server.workflow(&user, &model, stages).await;
    let query = "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";
    let input = json!({ "workflowId": workflow });
    let data = server.data(&user, query, json!({ "input": input })).await;
    let id = text(&data["startExecution"]["id"]);
    server.until(&user, &id, "PAUSED").await;
    let data = server
        .data(&user, "{ pendingValidations { nodes { id } } }", json!({}))
        .await;
    let log = text(&data["pendingValidations"]["nodes"][0]["id"]);
    let decide = json!({ "logId": log, "result": "PASS", "editedOutput": "mine" });
    server
        .mutate(&user, "recordManualValidation", decide, "{ id }")
        .await;
    let run = ended(&server, &user, &id).await;
    let [first, second] = logs(&run).as_slice() else {
        panic!("{run}");
    };
    assert_eq!(
        used(second),
        [json!(["m", "stage_1.raw", "mine", true, first["id"]])]
    );
    server.stop().await;
}
