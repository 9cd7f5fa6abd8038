//! What a stage would send is what a run sends, byte for byte.

use serde_json::{Value, json};

use super::{ended, logs, ran, reran, stage_ids};
use crate::support::process::eventually;
use crate::support::provider::Reply;
use crate::support::server::{Server, User, bad_input, text};

const PREVIEW: &str = "query($input: PreviewStageInput!) { previewStage(input: $input) {
    system messages prompt
    variables { name path value found producedBy { id } }
    problems { severity code message field } } }";

async fn preview(server: &Server, user: &User, input: Value) -> Value {
    let mut data = server.data(user, PREVIEW, json!({ "input": input })).await;
    data["previewStage"].take()
}

/// Is that what the attempt sent?
fn assert_sent(preview: &Value, log: &Value) {
    assert_eq!(preview["prompt"], log["promptSent"]);
    assert_eq!(preview["system"], log["systemSent"]);
    assert_eq!(preview["messages"], log["messagesSent"]);
    let names = |of: &Value| {
        let all = of["variables"].as_array().unwrap().iter();
        let one = |it: &Value| json!([it["name"], it["path"], it["value"], it["producedBy"]["id"]]);
        all.map(one).collect::<Vec<_>>()
    };
    assert_eq!(names(preview), names(log));
}

fn stages() -> Value {
    let good = json!({ "functionName": "contains", "args": { "text": "good" } });
    json!([
        { "key": "draft", "promptTemplate": "write of {{topic}}, \\{{x}} {x}", "systemTemplate": "be {{tone}}",
          "inputVariableMapping": { "tone": { "from": "inputs.tone", "default": "kind" } } },
        { "promptTemplate": "mend {{draft.text}}", "messages": [{ "role": "user", "content": "{{topic}}" }, { "from": "inputs.history" }],
          "retryPromptTemplate": "{{output}} is bad: {{notes}} {{draft.text}}", "retryLimit": 1,
          "validationType": "FUNCTION", "validationCriteria": good },
        { "promptTemplate": "{{item}} {{index}} {{stage_2.raw}}", "forEach": { "in": "inputs.list" } },
    ])
}

fn inputs() -> Value {
    json!({ "topic": "tea {{x}} 🫖", "list": ["a", { "b": 1 }], "history": [{ "role": "assistant", "content": "ho" }] })
}

#[tokio::test]
async fn a_preview_is_byte_for_byte_what_a_run_sent() {
    let server = Server::start().await;
    server.provider.otherwise(|_| Reply::text("hello"));
    let user = server.user();
    let model = server.model().await;
    for answer in ["first\n", "bad", "good"] {
        server.provider.reply(Reply::text(answer));
    }
    let workflow = server.workflow(&user, &model, stages()).await;
    let run = ran(&server, &user, &workflow, inputs(), json!({})).await;
    assert_eq!(run["status"], "COMPLETED", "{run}");
    let logs = logs(&run);
    let calls = server.provider.requests().len();
    for (order, more, log) in [
        (1, json!({}), &logs[0]),
        (2, json!({}), &logs[1]),
        (2, json!({ "retry": true }), &logs[2]),
        (3, json!({}), &logs[3]),
        (3, json!({ "itemIndex": 1 }), &logs[4]),
    ] {
        let mut input =
            json!({ "workflowId": workflow, "stageOrder": order, "executionId": run["id"] });
        let fields = input.as_object_mut().unwrap();
        fields.extend(more.as_object().cloned().unwrap());
        assert_sent(&preview(&server, &user, input).await, log);
    }
    assert_eq!(server.provider.requests().len(), calls, "nothing is called");

    // Other inputs come over that run's.
    let input = json!({ "workflowId": workflow, "stageOrder": 1, "executionId": run["id"],
        "inputs": { "tone": "curt" } });
    let other = preview(&server, &user, input).await;
    assert_eq!(other["system"], "be curt");
    assert_eq!(other["prompt"], logs[0]["promptSent"]);
    server.stop().await;
}

#[tokio::test]
async fn a_draft_finds_its_stages_of_then_by_their_ids() {
    let server = Server::start().await;
    server.provider.otherwise(|_| Reply::text("hello"));
    let user = server.user();
    let model = server.model().await;
    for answer in ["first", "good"] {
        server.provider.reply(Reply::text(answer));
    }
    let workflow = server.workflow(&user, &model, stages()).await;
    let ids = stage_ids(&server, &user, &workflow).await;
    let run = ran(&server, &user, &workflow, inputs(), json!({})).await;
    // The second stage of then is the fourth of the draft, and another has come between.
    let draft = json!([
        { "id": ids[0], "stageOrder": 2, "promptTemplate": "x", "modelId": model, "key": "lead" },
        { "stageOrder": 3, "promptTemplate": "new", "modelId": model },
        { "id": ids[1], "stageOrder": 4, "promptTemplate": "now {{lead.text}} of {{stage_2.raw}}", "modelId": model },
    ]);
    let input = json!({ "stages": draft, "stageOrder": 4, "executionId": run["id"] });
    let shown = preview(&server, &user, input).await;
    assert_eq!(shown["prompt"], "now first of first", "{shown}");
    assert_eq!(
        shown["variables"][0]["producedBy"]["id"],
        logs(&run)[0]["id"]
    );
    // Saved, and tried on that run, it sends the same.
    let input = json!({ "workflowId": workflow, "stages": draft });
    server
        .mutate(&user, "updateWorkflowStages", input, "{ id }")
        .await;
    let again = reran(
        &server,
        &user,
        json!({ "executionId": run["id"], "fromStageOrder": 4,
        "untilStageOrder": 4, "useLatestVersion": true }),
    )
    .await;
    assert_sent(&shown, &logs(&again)[0]);
    // One that the run never came to is given what there is now.
    let input = json!({ "workflowId": workflow, "stageOrder": 3, "executionId": run["id"] });
    assert_eq!(preview(&server, &user, input).await["prompt"], "new");
    server.stop().await;
}

#[tokio::test]
async fn what_cannot_be_sent_says_why() {
    let server = Server::start().await;
    server.provider.otherwise(|_| Reply::text("hello"));
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, stages()).await;
    let of = |more: Value| {
        let mut input = json!({ "workflowId": workflow, "stageOrder": 2 });
        let fields = input.as_object_mut().unwrap();
        fields.extend(more.as_object().cloned().unwrap());
        input
    };
    for (more, says) in [
        (json!({}), "stage_1.output.text does not resolve"),
        (json!({ "stageOrder": 1 }), "{{topic}} has no value"),
        (
            json!({ "stageOrder": 3 }),
            "the path inputs.list of forEach does not resolve",
        ),
        (
            json!({ "stageOrder": 3, "inputs": { "list": [] } }),
            "runs over an empty list here",
        ),
        (
            json!({ "stageOrder": 3, "inputs": { "list": [null] } }),
            "is null here",
        ),
    ] {
        let shown = preview(&server, &user, of(more.clone())).await;
        assert_eq!(shown["prompt"], json!(null), "{more}");
        let problem = &shown["problems"][0];
        assert_eq!(problem["code"], "NOT_SENT", "{shown}");
        let message = text(&problem["message"]);
        assert!(
            message.contains(says) || message.replace("draft", "stage_1.output").contains(says),
            "{message}"
        );
    }
    let other = server.user();
    for (user, input, field) in [
        (&user, of(json!({ "stageOrder": 9 })), Some("stageOrder")),
        (
            &user,
            of(json!({ "stageOrder": 3, "inputs": { "list": ["a"] }, "itemIndex": 1 })),
            Some("itemIndex"),
        ),
        (&user, of(json!({ "itemIndex": -1 })), Some("itemIndex")),
        (&user, json!({ "stageOrder": 1 }), Some("workflowId")),
        (&user, of(json!({ "stages": [] })), Some("workflowId")),
        (&other, of(json!({})), None),
        (&user, of(json!({ "executionId": workflow })), None),
    ] {
        let refused = server
            .refusal(Some(user), PREVIEW, json!({ "input": input }))
            .await;
        match field {
            Some(field) => assert_eq!(refused, bad_input(field), "{input}"),
            None => assert_eq!(refused.0, "NOT_FOUND", "{input}"),
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn a_run_under_way_shows_what_its_next_attempt_would_send() {
    let server = Server::start().await;
    server.provider.otherwise(|_| Reply::text("hello"));
    let user = server.user();
    let model = server.model().await;
    let stages = json!([
        { "promptTemplate": "write", "validationType": "MANUAL", "retryLimit": 2, "retryPromptTemplate": "{{output}}: {{notes}}" },
        { "promptTemplate": "{{stage_1.raw}}" },
    ]);
    let workflow = server.workflow(&user, &model, stages).await;
    let id = server.run(&user, &workflow).await;
    server.until(&user, &id, "PAUSED").await;
    let retry =
        json!({ "workflowId": workflow, "stageOrder": 1, "executionId": id, "retry": true });
    let before = preview(&server, &user, retry.clone()).await;
    assert_eq!(before["prompt"], ": ", "nothing has failed yet");
    let pending = server
        .data(&user, "{ pendingValidations { nodes { id } } }", json!({}))
        .await;
    let log = &pending["pendingValidations"]["nodes"][0]["id"];
    let no = json!({ "logId": log, "result": "FAIL", "notes": "longer" });
    server
        .mutate(&user, "recordManualValidation", no, "{ id }")
        .await;
    eventually("a second question", || async {
        let query = "{ pendingValidations { nodes { attemptNumber } } }";
        let pending = server.data(&user, query, json!({})).await;
        let number = &pending["pendingValidations"]["nodes"][0]["attemptNumber"];
        (*number == json!(2)).then_some(())
    })
    .await;
    let shown = preview(&server, &user, retry).await;
    assert_eq!(shown["prompt"], "hello: longer");
    let cancel = "mutation($id: ID!) { cancelExecution(id: $id) { id } }";
    server.data(&user, cancel, json!({ "id": id })).await;
    let run = ended(&server, &user, &id).await;
    assert_sent(&shown, &logs(&run)[1]);
    server.stop().await;
}
