//! Paths by keys, in every place where a run reads them.

use serde_json::json;

use super::{asked, run};
use crate::support::provider::Reply;
use crate::support::server::{Server, text};

#[tokio::test]
async fn a_key_stands_for_the_output_of_its_stage_and_its_parts_for_what_they_are() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let answer = "{\"people\": [\"Ada\"], \"raw\": \"R\", \"output\": \"O\"}";
    for (template, sent) in [
        ("{{facts.people.0}} {{ facts.people }}", "Ada [\"Ada\"]"),
        ("{{stage_3.output.people.0}}", "Ada"),
        ("{{facts.output.raw}} {{facts.output.output}}", "R O"),
        ("{{facts.raw}}", answer),
        (
            "{{facts}} {{Facts.people}} {{fact.people}}",
            "given {{Facts.people}} {{fact.people}}",
        ),
        (
            r"\{{facts.people}} \\{{facts.people.0}}",
            r"{{facts.people}} \Ada",
        ),
        ("{{mapped}}", "Ada"),
        ("{{ข้อมูล.text}}", "plain"),
    ] {
        server.provider.reply(Reply::text("plain"));
        server.provider.reply(Reply::text(answer));
        server
            .provider
            .otherwise(|_| Reply::text("{\"pass\": true}"));
        let variables = json!({ "people": "array", "raw": "string", "output": "string" });
        let stages = json!([
            { "stageOrder": 3, "key": "facts", "outputVariables": variables },
            { "stageOrder": 2, "key": "ข้อมูล" },
            {
                "stageOrder": 7,
                "promptTemplate": template,
                "inputVariableMapping": { "mapped": "facts.people.0" },
                "validationType": "LLM",
                "validationCriteria": { "prompt": format!("{{{{output}}}}: {template}") },
            },
        ]);
        let workflow = server.workflow(&user, &model, stages).await;
        let inputs = json!({ "word": "hello", "facts": "given" });
        let run = run(&server, &user, &workflow, inputs).await;
        assert_eq!(run["status"], "COMPLETED", "{template}: {run}");
        assert_eq!(run["logs"]["nodes"][2]["promptSent"], sent, "{template}");
        assert_eq!(asked(&server), format!("{{\"pass\": true}}: {sent}"));
        assert_eq!(run["definition"]["stages"][1]["key"], "facts");
    }
    server.stop().await;
}

#[tokio::test]
async fn what_stood_as_text_is_a_path_once_its_word_is_a_key() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    server.provider.otherwise(|_| Reply::text("done"));
    let stages = json!([{}, { "promptTemplate": "{{draft.text}}" }]);
    let workflow = server.workflow(&user, &model, stages).await;
    let inputs = json!({ "word": "hello" });
    let before = run(&server, &user, &workflow, inputs.clone()).await;
    assert_eq!(before["logs"]["nodes"][1]["promptSent"], "{{draft.text}}");
    let query = "query($id: ID!) { workflow(id: $id) { stages { id } } }";
    let read = server.data(&user, query, json!({ "id": workflow })).await;
    let first = text(&read["workflow"]["stages"][0]["id"]);
    let input = json!({ "id": first, "key": "draft" });
    server.mutate(&user, "updateStage", input, "{ id }").await;
    let after = run(&server, &user, &workflow, inputs).await;
    assert_eq!(after["logs"]["nodes"][1]["promptSent"], "done");
    server.stop().await;
}

#[tokio::test]
async fn a_stage_is_called_by_its_key_where_what_it_left_is_missed() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    server
        .provider
        .otherwise(|_| Reply::text("{\"people\": 1}"));
    let facts = json!({ "key": "facts", "outputVariables": { "people": "number" } });
    let reading = |stage: serde_json::Value| json!([facts, stage]);
    for (stage, said) in [
        (
            json!({ "inputVariableMapping": { "word": "facts.person" } }),
            "the path facts.person of the variable word does not resolve",
        ),
        (
            json!({ "inputVariableMapping": { "word": ["facts.person", "stage_1.notes"] } }),
            "facts.person, stage_1.notes",
        ),
        (
            json!({ "promptTemplate": "{{facts.person}}" }),
            "the path facts.person does not resolve",
        ),
        (
            json!({ "messages": [{ "from": "facts.person" }] }),
            "the path facts.person does not resolve",
        ),
        (
            json!({ "messages": [{ "from": "facts.people" }] }),
            "facts.people is no list",
        ),
        (
            json!({ "forEach": { "in": "facts.people" } }),
            "what is at facts.people is no list",
        ),
        (
            json!({ "forEach": { "in": "facts.person" } }),
            "the path facts.person of forEach does not resolve",
        ),
    ] {
        let workflow = server.workflow(&user, &model, reading(stage)).await;
        let run = run(&server, &user, &workflow, json!({ "word": "hello" })).await;
        let message = text(&run["logs"]["nodes"][1]["errorMessage"]);
        assert!(message.contains(said), "{message}");
    }
    server.stop().await;
}

#[tokio::test]
async fn what_was_said_of_a_stage_and_what_it_left_without_a_verdict_are_read_by_its_key() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let refused = json!({ "key": "facts", "nextStageOnFail": 2, "validationType": "FUNCTION",
        "validationCriteria": { "functionName": "max_length", "args": { "length": 2 } } });
    let unread =
        json!({ "key": "facts", "nextStageOnFail": 2, "outputVariables": { "notes": "string" } });
    let named =
        json!({ "key": "facts", "outputVariables": { "notes": "string", "failed": "object" } });
    for (stage, answer, template, sent) in [
        (&refused, "long", "{{facts.raw}}", Some("long")),
        (&refused, "long", "{{facts.notes}}", None),
        (
            &unread,
            "{\"notes",
            "{{facts.failed.raw}}",
            Some("{\"notes"),
        ),
        (&unread, "{\"notes", "{{ facts.failed.notes }}", None),
        (
            &named,
            r#"{"notes": "a", "failed": {"raw": "b"}}"#,
            "{{facts.output.notes}} {{facts.output.failed.raw}}",
            Some("a b"),
        ),
    ] {
        server.provider.reply(Reply::text(answer));
        server.provider.reply(Reply::text("done"));
        let stages = json!([stage, { "promptTemplate": template }]);
        let workflow = server.workflow(&user, &model, stages).await;
        let run = run(&server, &user, &workflow, json!({ "word": "hello" })).await;
        assert_eq!(run["status"], "COMPLETED", "{template}: {run}");
        let logs = &run["logs"]["nodes"];
        // What no sentence here says is what the log says.
        let said = [&logs[0]["validatorNotes"], &logs[0]["errorMessage"]];
        let said = said.into_iter().find_map(|it| it.as_str());
        assert_eq!(logs[1]["promptSent"].as_str(), sent.or(said), "{template}");
    }
    server.stop().await;
}
