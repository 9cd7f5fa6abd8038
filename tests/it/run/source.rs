//! Where variables come from: of several paths the first with a value, or the one whose stage ended last, and defaults;
//! what is null, what an input that is not there refuses.

use serde_json::{Value, json};

use super::{awaiting, decide, ended};
use crate::support::provider::Reply;
use crate::support::server::{Server, User, bad_input, text};

const START: &str =
    "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";

/// The run of a workflow with these inputs, after its end.
async fn run(server: &Server, user: &User, workflow: &str, inputs: Value) -> Value {
    let input = json!({ "input": { "workflowId": workflow, "inputs": inputs } });
    let started = server.data(user, START, input).await;
    ended(server, user, &text(&started["startExecution"]["id"])).await
}

/// What was sent in each attempt, in order.
fn sent(run: &Value) -> Vec<&str> {
    let logs = run["logs"]["nodes"].as_array().unwrap();
    logs.iter()
        .map(|log| log["promptSent"].as_str().unwrap_or_default())
        .collect()
}

/// A draft that is checked, and mended until it passes; then a person looks at it, and a last stage reads what there is.
fn looping() -> Value {
    let latest = json!({ "draft": { "latest": ["stage_1.raw", "stage_3.raw"] } });
    json!([
        { "promptTemplate": "draft {{word}}" },
        { "promptTemplate": "check {{draft}}", "inputVariableMapping": latest,
          "validationType": "REGEX", "validationCriteria": { "pattern": "fine" },
          "nextStageOnPass": 4, "nextStageOnFail": 3 },
        { "promptTemplate": "mend {{draft}}", "inputVariableMapping": latest, "nextStageOnPass": 2 },
        { "promptTemplate": "show {{draft}}", "inputVariableMapping": latest,
          "validationType": "MANUAL" },
        { "promptTemplate": "{{draft}}|{{first}}|{{title}}|{{country}}|{{tone}}",
          "inputVariableMapping": {
            "draft": { "latest": ["stage_3.raw", "stage_4.raw", "stage_1.raw"] },
            "first": ["stage_1.output.title", "inputs.nobody", "stage_1.raw", "stage_3.raw"],
            "title": { "from": ["stage_1.output.title"], "default": { "none": [null] } },
            "country": { "from": "inputs.country", "default": "" },
            "tone": { "latest": ["stage_2.output.tone"], "default": 7 },
        } },
    ])
}

#[tokio::test]
async fn a_variable_takes_the_first_value_or_the_last_that_ended_or_its_default() {
    let server = Server::start().await;
    for answer in ["one", "no", "two", "no", "three", "fine", "seen", "done"] {
        server.provider.reply(Reply::text(answer));
    }
    server.provider.otherwise(|body| {
        let prompt = body["messages"][0]["content"].as_str().unwrap();
        Reply::text(match prompt {
            "check three" => "no",
            "check more" => "fine",
            _ => "more",
        })
    });
    let user = server.user();
    let id = server.run_of(&user, looping()).await;
    server.until(&user, &id, "PAUSED").await;
    // Whoever goes on after a decision has made the context anew.
    let log = awaiting(&server, &user).await;
    decide(&server, &user, json!({ "logId": log, "result": "PASS" })).await;
    let run = ended(&server, &user, &id).await;
    assert_eq!(run["status"], "COMPLETED", "{run}");
    let last = "seen|one|{\"none\":[null]}||7";
    let expected = [
        "draft hello",
        "check one",
        "mend one",
        "check two",
        "mend two",
        "check three",
        "show three",
        last,
    ];
    assert_eq!(sent(&run), expected);

    // A rerun begins with what had ended when, and its own stages end after that.
    let rerun = async |from: i32| {
        let input = json!({ "executionId": id, "fromStageOrder": from });
        let again = server.mutate(&user, "rerunExecution", input, "{ id }");
        text(&again.await["id"])
    };
    let again = ended(&server, &user, &rerun(5).await).await;
    assert_eq!(sent(&again), [last]);
    let again = rerun(2).await;
    server.until(&user, &again, "PAUSED").await;
    let log = awaiting(&server, &user).await;
    decide(&server, &user, json!({ "logId": log, "result": "PASS" })).await;
    let again = ended(&server, &user, &again).await;
    let expected = [
        "check three",
        "mend three",
        "check more",
        "show more",
        "more|one|{\"none\":[null]}||7",
    ];
    assert_eq!(sent(&again), expected);
    server.stop().await;
}

#[tokio::test]
async fn null_is_no_value_where_nothing_else_is_said() {
    let server = Server::start().await;
    server
        .provider
        .otherwise(|_| Reply::text("{\"title\": \"T\", \"list\": [null]}"));
    let user = server.user();
    let model = server.model().await;
    let inputs = json!({ "word": "hello", "nothing": null, "deep": { "nothing": null } });
    let typed =
        json!({ "promptTemplate": "a", "outputVariables": { "title": "string", "list": "array" } });
    let mapped = |source: Value| {
        let mapping = json!({ "it": source });
        json!({ "promptTemplate": "[{{it}}]", "inputVariableMapping": mapping })
    };
    for (stage, said) in [
        (mapped(json!(["inputs.nothing", "inputs.word"])), "[hello]"),
        (
            mapped(json!({ "from": "inputs.deep.nothing", "default": "" })),
            "[]",
        ),
        // It was said so.
        (
            mapped(json!({ "from": "inputs.nothing", "default": null })),
            "[null]",
        ),
        (
            mapped(json!(["stage_1.output.list.0", "stage_1.output.title"])),
            "[T]",
        ),
        (mapped(json!("stage_1.output.list")), "[[null]]"),
        (
            json!({ "promptTemplate": "{{inputs.deep}}" }),
            "{\"nothing\":null}",
        ),
    ] {
        let workflow = server.workflow(&user, &model, json!([typed, stage])).await;
        let run = run(&server, &user, &workflow, inputs.clone()).await;
        assert_eq!(run["status"], "COMPLETED", "{stage}: {run}");
        assert_eq!(sent(&run)[1], said, "{stage}");
    }
    for (stage, fault) in [
        (
            mapped(json!("stage_1.output.list.0")),
            "the path stage_1.output.list.0 of the variable it is null",
        ),
        (
            json!({ "promptTemplate": "{{stage_1.output.list.0}}" }),
            "the path stage_1.output.list.0 is null",
        ),
        (
            mapped(json!(["stage_1.output.list.0", "inputs.nothing"])),
            "none of the paths of the variable it has a value: stage_1.output.list.0, inputs.nothing",
        ),
    ] {
        let workflow = server.workflow(&user, &model, json!([typed, stage])).await;
        let run = run(&server, &user, &workflow, inputs.clone()).await;
        assert_eq!(run["status"], "FAILED", "{stage}: {run}");
        let message = text(&run["errorMessage"]);
        assert!(message.contains(fault), "{message}");
        assert_eq!(run["logs"]["nodes"].as_array().unwrap().len(), 2);
    }
    server.stop().await;
}

/// Inputs that are missed elsewhere than in mappings and first prompts: the stages, the field, and the path.
fn elsewhere() -> Vec<(Value, &'static str, &'static str)> {
    vec![
        (
            json!([{ "retryPromptTemplate": "{{output}} {{inputs.deep.list.1}}" }]),
            "stages[0].retryPromptTemplate",
            "inputs.deep.list.1",
        ),
        (
            json!([{ "validationType": "LLM",
                "validationCriteria": { "prompt": "{{output}} {{inputs.deep.list.0.a}}" } }]),
            "stages[0].validationCriteria.prompt",
            "inputs.deep.list.0.a",
        ),
        (
            json!([{}, { "messages": [{ "role": "user", "content": "a" },
                { "role": "assistant", "content": "{{inputs.deep.other}}" }] }]),
            "stages[1].messages[1].content",
            "inputs.deep.other",
        ),
        (
            json!([{}, { "messages": [{ "from": "inputs.deep.list.1" }] }]),
            "stages[1].messages[0].from",
            "inputs.deep.list.1",
        ),
        (
            json!([{ "routes": { "by": "inputs.deep.other.kind", "to": { "a": 0 } } }]),
            "stages[0].routes.by",
            "inputs.deep.other.kind",
        ),
        (
            json!([{ "routes": { "by": "inputs.nothing", "to": { "a": 0 } } }]),
            "stages[0].routes.by",
            "inputs.nothing",
        ),
        (
            json!([{}, { "promptTemplate": "{{item}}", "forEach": { "in": "inputs.deep.lists" } }]),
            "stages[1].forEach.in",
            "inputs.deep.lists",
        ),
        (
            json!([{}, { "promptTemplate": "{{item}}", "forEach": { "in": "inputs.nothing" } }]),
            "stages[1].forEach.in",
            "inputs.nothing",
        ),
        (
            json!([{ "promptTemplate": "{{item}} {{inputs.deep.other}}",
                "forEach": { "in": "inputs.deep.list" } }]),
            "stages[0].promptTemplate",
            "inputs.deep.other",
        ),
    ]
}

#[tokio::test]
async fn an_input_that_is_not_there_is_refused_at_the_start_and_not_at_its_stage() {
    let server = Server::start().await;
    server.provider.otherwise(|_| Reply::text("done"));
    let user = server.user();
    let model = server.model().await;
    let mapped = |source: Value| {
        let mapping = json!({ "it": source });
        json!([{}, { "promptTemplate": "{{it}}", "inputVariableMapping": mapping }])
    };
    let inputs = json!({ "word": "x", "nothing": null, "deep": { "list": [1] } });
    let mapping = "stages[1].inputVariableMapping.it";
    for (stages, field, path) in [
        (mapped(json!("inputs.nobody")), mapping, "inputs.nobody"),
        (mapped(json!("inputs.nothing")), mapping, "inputs.nothing"),
        (
            mapped(json!("inputs.deep.list.1")),
            mapping,
            "inputs.deep.list.1",
        ),
        (mapped(json!(["inputs.a", "inputs.b"])), mapping, "inputs.a"),
        (mapped(json!({ "from": ["inputs.a"] })), mapping, "inputs.a"),
        (
            mapped(json!({ "latest": ["inputs.a"] })),
            mapping,
            "inputs.a",
        ),
        (
            json!([{}, { "inputVariableMapping": { "unused": "inputs.a" } }]),
            "stages[1].inputVariableMapping.unused",
            "inputs.a",
        ),
        (
            json!([{ "promptTemplate": "{{inputs.deep.list.0}} {{inputs.deep.other}}" }]),
            "stages[0].promptTemplate",
            "inputs.deep.other",
        ),
        (
            json!([{ "promptTemplate": "{{nothing}}" }]),
            "stages[0].promptTemplate",
            "nothing",
        ),
        (
            json!([{ "systemTemplate": "{{inputs.nothing}}" }]),
            "stages[0].systemTemplate",
            "inputs.nothing",
        ),
    ]
    .into_iter()
    .chain(elsewhere())
    {
        let workflow = server.workflow(&user, &model, stages.clone()).await;
        let input = json!({ "input": { "workflowId": workflow, "inputs": inputs } });
        let answer = server.answer(Some(&user), START, input).await;
        let error = &answer["errors"][0];
        assert_eq!(
            error["extensions"]["code"], "BAD_USER_INPUT",
            "{stages}: {answer}"
        );
        assert_eq!(error["extensions"]["field"], json!(field), "{stages}");
        let message = text(&error["message"]);
        assert!(
            message.contains(path) && message.starts_with("stage "),
            "{message}"
        );
    }
    let nothing = server
        .data(&user, "{ executions { nodes { id } } }", json!({}))
        .await;
    assert_eq!(nothing["executions"]["nodes"], json!([]));

    for stages in [
        mapped(json!("inputs.deep.list.0")),
        mapped(json!(["inputs.a", "stage_1.raw"])),
        mapped(json!(["inputs.a", "inputs.word"])),
        mapped(json!({ "from": "inputs.a", "default": 1 })),
        mapped(json!({ "latest": ["inputs.a", "stage_1.raw"] })),
        json!([{ "promptTemplate": "{{item}}", "forEach": { "in": "inputs.deep.list" } }]),
        json!([{ "routes": { "by": "inputs.deep.list.0", "to": { "1": 0 } } }]),
    ] {
        let workflow = server.workflow(&user, &model, stages).await;
        let run = run(&server, &user, &workflow, inputs.clone()).await;
        assert_eq!(run["status"], "COMPLETED", "{run}");
    }

    // And when it is run again.
    let workflow = server
        .workflow(&user, &model, mapped(json!("inputs.word")))
        .await;
    let id = server.run(&user, &workflow).await;
    ended(&server, &user, &id).await;
    for latest in [false, true] {
        let input = json!({ "executionId": id, "useLatestVersion": latest, "inputs": {} });
        let refusal = server.refused(&user, "rerunExecution", input).await;
        assert_eq!(refusal, bad_input("stages[0].promptTemplate"));
        let input =
            json!({ "executionId": id, "useLatestVersion": latest, "inputs": { "word": null } });
        let refusal = server.refused(&user, "rerunExecution", input).await;
        assert_eq!(refusal.0, "BAD_USER_INPUT");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_list_that_is_not_there_any_more_is_refused_when_it_is_run_again() {
    let server = Server::start().await;
    server.provider.otherwise(|_| Reply::text("done"));
    let user = server.user();
    let model = server.model().await;
    let over = json!([{ "promptTemplate": "{{item}}", "forEach": { "in": "inputs.deep.list" } }]);
    let workflow = server.workflow(&user, &model, over).await;
    let run = json!({ "input": { "workflowId": workflow, "inputs": { "deep": { "list": [1] } } } });
    let run = server.data(&user, START, run).await;
    let id = text(&run["startExecution"]["id"]);
    ended(&server, &user, &id).await;
    let input = json!({ "executionId": id, "inputs": { "deep": {} } });
    let refusal = server.refused(&user, "rerunExecution", input).await;
    assert_eq!(refusal, bad_input("stages[0].forEach.in"));
    server.stop().await;
}

#[tokio::test]
async fn what_a_mapping_may_say_is_checked_when_it_is_saved() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}])).await;
    let update = "mutation($input: UpdateWorkflowStagesInput!) {
        updateWorkflowStages(input: $input) { stages { inputVariableMapping } } }";
    let input = |source: &Value| {
        let stage = json!({ "stageOrder": 1, "promptTemplate": "a",
            "inputVariableMapping": { "it": source } });
        json!({ "input": { "workflowId": workflow, "stages": [stage] } })
    };
    for (source, said) in [
        (json!(1), "a list of such paths"),
        (json!([]), "at least one"),
        (json!(["stage_1.raw", "stage_7.raw"]), "reads from stage 7"),
        (
            json!({ "latest": ["stage_7.failed.raw"] }),
            "reads from stage 7",
        ),
        (json!("stage_7.notes"), "reads from stage 7"),
        (json!({ "form": "inputs.a" }), "did you mean from?"),
        (json!("stage_1.failed"), "stage_N.failed.raw"),
    ] {
        let answer = server.answer(Some(&user), update, input(&source)).await;
        let error = &answer["errors"][0];
        assert_eq!(
            error["extensions"]["code"], "BAD_USER_INPUT",
            "{source}: {answer}"
        );
        assert_eq!(
            error["extensions"]["field"],
            "stages[0].inputVariableMapping.it"
        );
        let message = text(&error["message"]);
        assert!(
            message.contains(said) && message.starts_with("stage 1"),
            "{message}"
        );
    }
    for source in [
        json!("stage_1.notes"),
        json!(["stage_1.failed.raw", "inputs.word"]),
        json!({ "latest": ["stage_1.raw", "stage_1.failed.index"], "default": [] }),
    ] {
        let saved = server.data(&user, update, input(&source)).await;
        let mapping = &saved["updateWorkflowStages"]["stages"][0]["inputVariableMapping"];
        assert_eq!(*mapping, json!({ "it": source }));
    }

    // A stage that is one of several is needed, too.
    for source in [
        json!(["inputs.a", "stage_1.raw"]),
        json!({ "latest": ["stage_2.raw", "stage_1.failed.raw"], "default": 1 }),
    ] {
        let reading = json!({ "inputVariableMapping": { "word": source } });
        let workflow = server.workflow(&user, &model, json!([{}, reading])).await;
        let query = "query($id: ID!) { workflow(id: $id) { stages { id } } }";
        let data = server.data(&user, query, json!({ "id": workflow })).await;
        let first = &data["workflow"]["stages"][0]["id"];
        let refusal = server
            .refused(&user, "deleteStage", json!({ "id": first }))
            .await;
        assert_eq!(refusal, bad_input("id"), "{source}");
    }
    server.stop().await;
}
