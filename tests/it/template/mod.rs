//! Templates over the API: what stands for a value, what is refused, and what is literal.

mod before;
mod beside;
mod escaped;
mod key;
mod third;

use serde_json::{Value, json};

use crate::support::provider::Reply;
use crate::support::server::{Server, User, bad_input, text};

const START: &str =
    "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";
const RUN: &str = "query($id: ID!) { execution(id: $id) { status errorMessage definition
    logs { nodes { stageOrder inputs promptSent errorMessage validatorNotes } } } }";

/// The run after its end.
async fn ended(server: &Server, user: &User, run: &str) -> Value {
    let mut socket = server.socket(user).await;
    let query = "subscription($id: ID!) { executionEvents(executionId: $id) { seq } }";
    socket.subscribe(query, json!({ "id": run })).await;
    socket.rest().await;
    let mut data = server.data(user, RUN, json!({ "id": run })).await;
    data["execution"].take()
}

/// Runs a workflow to its end.
async fn run(server: &Server, user: &User, workflow: &str, inputs: Value) -> Value {
    let input = json!({ "input": { "workflowId": workflow, "inputs": inputs } });
    let started = server.data(user, START, input).await;
    ended(server, user, &text(&started["startExecution"]["id"])).await
}

/// What the provider was asked last, without our own message to a judge.
fn asked(server: &Server) -> String {
    let requests = server.provider.requests();
    let messages = requests.last().unwrap().body["messages"].clone();
    text(&messages.as_array().unwrap().last().unwrap()["content"])
}

#[tokio::test]
async fn names_of_any_script_and_paths_stand_for_values_and_a_backslash_for_the_text() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let answer = "{\"ti\u{301}tulo\": \"A\", \"list\": [\"x\", \"y\"]}";
    server.provider.otherwise(move |_| Reply::text(answer));
    let inputs = json!({ "word": "hello", "ชื่อ": "Thai", "हिन्दी": "Hindi",
        "cafe\u{301}": "French", "\u{1112}\u{1161}\u{11ab}": "Korean", "more": { "deep": [7] } });
    for (template, sent) in [
        ("{{word}} {{ word }} {{\tword\n}}", "hello hello hello"),
        (
            "{{ชื่อ}} {{हिन्दी}} {{ caf\u{e9} }} {{한}}",
            "Thai Hindi French Korean",
        ),
        (
            "{{inputs.word}} {{ inputs.more.deep.0 }} {{inputs.more}}",
            "hello 7 {\"deep\":[7]}",
        ),
        (
            "{{stage_1.output.list.1}} {{stage_1.output.t\u{ed}tulo}}",
            "y A",
        ),
        ("{{stage_1.output.list}}", "[\"x\",\"y\"]"),
        ("{{stage_1.raw}}", answer),
        (
            r"\{{word}} \\{{word}} \\\{{ word }}",
            r"{{word}} \hello \{{ word }}",
        ),
        (
            r"\{{stage_1.raw}} \{{stage_1.title}}",
            "{{stage_1.raw}} {{stage_1.title}}",
        ),
        (
            r#"{{user.name}} {{#if}} {{1st}} {"a": {"b": 1}} \n {{{word}}}"#,
            r#"{{user.name}} {{#if}} {{1st}} {"a": {"b": 1}} \n {hello}"#,
        ),
    ] {
        let typed = json!({ "outputVariables": { "list": "array", "t\u{ed}tulo": "string" } });
        let stages = json!([typed, { "promptTemplate": template }]);
        let workflow = server.workflow(&user, &model, stages).await;
        let run = run(&server, &user, &workflow, inputs.clone()).await;
        assert_eq!(run["status"], "COMPLETED", "{template}: {run}");
        assert_eq!(run["logs"]["nodes"][1]["promptSent"], json!(sent));
        assert_eq!(asked(&server), sent);
    }
    server.stop().await;
}

#[tokio::test]
async fn a_judge_is_asked_by_paths_too_and_the_log_says_what_stood_there() {
    let server = Server::start().await;
    let user = server.user();
    for answer in ["first", "second", "{\"pass\": true}"] {
        server.provider.reply(Reply::text(answer));
    }
    let model = server.model().await;
    let judged = json!({ "promptTemplate": "better than {{stage_1.raw}}",
        "validationType": "LLM",
        "validationCriteria": { "prompt": "{{ output }}, {{stage_1.output.text}}, {{inputs.word}}" } });
    let workflow = server.workflow(&user, &model, json!([{}, judged])).await;
    let run = run(&server, &user, &workflow, json!({ "word": "hello" })).await;
    assert_eq!(run["status"], "COMPLETED", "{run}");
    assert_eq!(asked(&server), "second, first, hello");
    assert_eq!(
        run["logs"]["nodes"][1]["inputs"],
        json!({ "stage_1.raw": "first", "stage_1.output.text": "first", "inputs.word": "hello" })
    );
    assert_eq!(run["definition"]["templateSyntax"], 3);
    server.stop().await;
}

#[tokio::test]
async fn a_path_is_checked_when_it_is_saved_like_that_of_a_mapping() {
    let server = Server::start().await;
    let user = server.user();
    for template in [
        "{{stage_9.output}}",
        "{{ stage_9.raw }}",
        "{{stage_1.title}}",
        "{{stage_1.raw.title}}",
        "{{stage_0.output}}",
        "{{stage_one.output}}",
        r"\\{{stage_9.raw}}",
    ] {
        for (stage, field) in [
            (json!({ "promptTemplate": template }), "promptTemplate"),
            (
                json!({ "validationType": "LLM", "validationCriteria": { "prompt": template } }),
                "validationCriteria.prompt",
            ),
        ] {
            let mut stage = stage;
            stage["stageOrder"] = json!(1);
            let input = json!({ "name": "New", "stages": [stage] });
            assert_eq!(
                server.refused(&user, "createWorkflow", input).await,
                bad_input(&format!("stages[0].{field}")),
                "{template}"
            );
        }
    }
    let stage =
        json!({ "stageOrder": 1, "promptTemplate": r"\{{stage_9.raw}} {{stage_1.raw}} {{a.b}}" });
    let input = json!({ "name": "New", "stages": [stage] });
    server
        .mutate(&user, "createWorkflow", input, "{ id }")
        .await;
    server.stop().await;
}

#[tokio::test]
async fn a_judge_reads_what_its_own_stage_left_in_its_last_visit() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let verdict = json!({ "pass": true, "notes": "fine" }).to_string();
    for answer in ["again", "done", "third"] {
        server.provider.reply(Reply::text(answer));
        server.provider.reply(Reply::text(&verdict));
    }
    // At its first visit nothing is there, so that the judge asks for it once there is.
    let stage = json!({ "key": "k", "validationType": "LLM", "nextStageOnPass": 0,
        "routes": { "by": "stage_1.raw", "to": { "again": 1 } },
        "validationCriteria": { "prompt": "is {{output}} good?" } });
    let workflow = server.workflow(&user, &model, json!([stage])).await;
    let run = server.run(&user, &workflow).await;
    server.until(&user, &run, "COMPLETED").await;
    let ask = "query($id: ID!) { workflow(id: $id) {
        problems { code field message } stages { id } } }";
    let found = server.data(&user, ask, json!({ "id": workflow })).await;
    let criteria = json!({ "prompt":
        "is {{output}} better than {{k.raw}}, {{stage_1.output.text}}, {{k.notes}}?" });
    let input =
        json!({ "id": found["workflow"]["stages"][0]["id"], "validationCriteria": criteria });
    server.mutate(&user, "updateStage", input, "{ id }").await;
    let found = server.data(&user, ask, json!({ "id": workflow })).await;
    let problems = found["workflow"]["problems"].as_array().unwrap();
    let problem = problems
        .iter()
        .find(|it| it["field"] == "validationCriteria.prompt");
    let problem = problem.unwrap_or_else(|| panic!("it may be empty: {found}"));
    assert_eq!(problem["code"], "MAYBE_MISSING", "{problem}");
    assert!(
        text(&problem["message"]).contains("{{output}} is the answer that is judged"),
        "{problem}"
    );

    let rerun = "mutation($input: RerunExecutionInput!) { rerunExecution(input: $input) { id } }";
    let input = json!({ "executionId": run, "fromStageOrder": 1, "useLatestVersion": true });
    let data = server.data(&user, rerun, json!({ "input": input })).await;
    let run = text(&data["rerunExecution"]["id"]);
    server.until(&user, &run, "COMPLETED").await;
    let asked = server.provider.requests().pop().unwrap().body;
    let asked = asked["messages"].as_array().unwrap().last().unwrap()["content"].clone();
    assert_eq!(asked, "is third better than again, again, fine?");
    server.stop().await;
}

#[tokio::test]
async fn of_two_forms_of_a_name_each_stands_for_itself_and_a_mapping_has_one() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    server.provider.otherwise(|_| Reply::text("said"));
    let (sign, letter) = ("\u{212b}", "\u{c5}");
    let stage = json!({ "promptTemplate": format!("{{{{{sign}}}}} {{{{inputs.{sign}}}}} {{{{{letter}}}}}") });
    let workflow = server.workflow(&user, &model, json!([stage])).await;
    for (inputs, sent) in [
        (
            json!({ sign: "sign", letter: "letter" }),
            "sign sign letter",
        ),
        (json!({ letter: "letter" }), "letter letter letter"),
    ] {
        run(&server, &user, &workflow, inputs).await;
        assert_eq!(asked(&server), sent);
    }
    let both = json!({ sign: "inputs.word", letter: "inputs.word" });
    let stage = json!({ "stageOrder": 1, "inputVariableMapping": both });
    let input = json!({ "name": "New", "stages": [stage] });
    let (code, field) = server.refused(&user, "createWorkflow", input).await;
    assert_eq!(code, "BAD_USER_INPUT");
    let field = field.unwrap();
    assert!(
        field.starts_with("stages[0].inputVariableMapping."),
        "{field}"
    );
    server.stop().await;
}

#[tokio::test]
async fn a_path_that_leads_nowhere_fails_its_stage_before_the_model_is_asked() {
    let server = Server::start().await;
    let user = server.user();
    server.provider.reply(Reply::text("first"));
    let model = server.model().await;
    let stages = json!([{}, { "promptTemplate": "{{stage_1.output.title}}", "retryLimit": 3 }]);
    let workflow = server.workflow(&user, &model, stages).await;
    let run = run(&server, &user, &workflow, json!({ "word": "hello" })).await;
    assert_eq!(run["status"], "FAILED");
    let logs = run["logs"]["nodes"].as_array().unwrap();
    let message = "the path stage_1.output.title does not resolve";
    assert_eq!(logs[1]["errorMessage"], message);
    assert_eq!((logs.len(), server.provider.requests().len()), (2, 1));
    server.stop().await;
}

#[tokio::test]
async fn a_rerun_reads_paths_and_is_refused_where_an_input_is_not_there() {
    let server = Server::start().await;
    let user = server.user();
    for answer in ["first", "second", "again"] {
        server.provider.reply(Reply::text(answer));
    }
    let model = server.model().await;
    let stages = json!([{}, { "promptTemplate": "{{inputs.word}} {{stage_1.raw}}" }]);
    let workflow = server.workflow(&user, &model, stages).await;
    let started = server.run(&user, &workflow).await;
    ended(&server, &user, &started).await;
    let input = json!({ "executionId": started, "fromStageOrder": 2, "inputs": {} });
    let refusal = server.refused(&user, "rerunExecution", input).await;
    assert_eq!(refusal.0, "BAD_USER_INPUT");
    let input = json!({ "executionId": started, "fromStageOrder": 2, "inputs": { "word": "bye" } });
    let again = server
        .mutate(&user, "rerunExecution", input, "{ id }")
        .await;
    ended(&server, &user, &text(&again["id"])).await;
    assert_eq!(asked(&server), "bye first");
    server.stop().await;
}
