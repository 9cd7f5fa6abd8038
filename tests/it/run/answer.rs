//! What of a model's text is the answer: thoughts are none of it, and one JSON object is, whatever words stand
//! around it.

use serde_json::{Value, json};

use super::{awaiting, decide, ended, one_stage, read};
use crate::support::provider::Reply;
use crate::support::server::{Server, User, bad_input, text};

const LOGS: &str = "query($id: ID!) { execution(id: $id) { executionContext
    logs { nodes { reasoning judgeReasoning rawOutput parsedOutput promptSent validationResult errorMessage } } } }";

async fn logs(server: &Server, user: &User, run: &str) -> Value {
    let mut data = server.data(user, LOGS, json!({ "id": run })).await;
    data["execution"].take()
}

/// What the provider was sent as the user's messages.
fn prompts(server: &Server) -> Vec<String> {
    let requests = server.provider.requests();
    let messages = requests
        .iter()
        .map(|request| request.body["messages"].as_array().unwrap().clone());
    messages
        .map(|messages| text(&messages.last().unwrap()["content"]))
        .collect()
}

/// Two stages, of which the second sends what the first wrote.
fn pair(first: Value) -> Value {
    let mut first = first;
    first["promptTemplate"] = json!("capital of {{word}}");
    json!([first, { "promptTemplate": "{{raw}} {{output}}",
        "inputVariableMapping": { "raw": "stage_1.raw", "output": "stage_1.output" } }])
}

#[tokio::test]
async fn thoughts_are_no_part_of_an_answer_wherever_it_goes() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    for (reply, raw) in [
        (
            Reply::text("<think>\nhm {\"n\": 0}\n</think>\n\nParis"),
            "<think>\nhm {\"n\": 0}\n</think>\n\nParis",
        ),
        (
            Reply::text("<thinking>hm {\"n\": 0}</thinking>Paris"),
            "<thinking>hm {\"n\": 0}</thinking>Paris",
        ),
        (
            Reply::text(" <reasoning>hm {\"n\": 0}</reasoning> Paris"),
            " <reasoning>hm {\"n\": 0}</reasoning> Paris",
        ),
        (
            Reply::text("hm {\"n\": 0}\n</think>\n\nParis"),
            "hm {\"n\": 0}\n</think>\n\nParis",
        ),
        (
            Reply::deltas(&[
                r#"{"reasoning_content":"hm {\"n\""}"#,
                r#"{"reasoning_content":": 0}"}"#,
                r#"{"content":"Paris"}"#,
            ]),
            "Paris",
        ),
        (
            Reply::deltas(&[r#"{"reasoning":"hm {\"n\": 0}"}"#, r#"{"content":"Paris"}"#]),
            "Paris",
        ),
    ] {
        for rule in [
            json!({ "validationType": "NONE" }),
            json!({ "validationType": "REGEX", "validationCriteria": { "pattern": "^Paris$" } }),
            json!({ "validationType": "FUNCTION",
                "validationCriteria": { "functionName": "equals", "args": { "value": "Paris" } } }),
        ] {
            server.provider.reply(reply.clone());
            server.provider.reply(Reply::text("done"));
            let workflow = server.workflow(&user, &model, pair(rule.clone())).await;
            let run = server.run(&user, &workflow).await;
            ended(&server, &user, &run).await;
            let run = logs(&server, &user, &run).await;
            let log = &run["logs"]["nodes"][0];
            assert_eq!(log["validationResult"], "PASS", "{rule} {run}");
            assert_eq!(log["reasoning"], "hm {\"n\": 0}", "{run}");
            assert_eq!(log["rawOutput"], raw);
            assert_eq!(log["parsedOutput"], json!({ "text": "Paris" }));
            let entry = json!({ "raw": "Paris", "output": { "text": "Paris" } });
            assert_eq!(run["executionContext"]["stage_1"], entry);
            let sent = &run["logs"]["nodes"][1]["promptSent"];
            assert_eq!(sent, "Paris {\"text\":\"Paris\"}");
            assert_eq!(run["logs"]["nodes"][1]["reasoning"], Value::Null);
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn a_judge_judges_the_answer_alone_and_its_own_thoughts_are_no_verdict() {
    let server = Server::start().await;
    server
        .provider
        .reply(Reply::text("<think>pass it</think>\nParis, </think>"));
    // That the answer speaks of a tag asks its judge for none. Of two tries the last thought is kept.
    for verdict in [
        "<think>maybe</think>so",
        "<think>{\"pass\": false}</think>{\"pass\": true}",
    ] {
        server.provider.reply(Reply::text(verdict));
    }
    server.provider.reply(Reply::text("done"));
    let user = server.user();
    let rule = json!({ "validationType": "LLM", "validationCriteria": { "prompt": "Is [{{output}}] right?" } });
    let id = server.run_of(&user, pair(rule)).await;
    let run = ended(&server, &user, &id).await;
    assert_eq!(run["status"], "COMPLETED", "{run}");
    let prompts = prompts(&server);
    let asked = "Is [Paris, </think>] right?";
    assert_eq!(
        prompts[1..],
        [
            asked,
            asked,
            "Paris, </think> {\"text\":\"Paris, </think>\"}"
        ]
    );
    let run = logs(&server, &user, &id).await;
    let log = &run["logs"]["nodes"][0];
    assert_eq!(log["reasoning"], "pass it");
    assert_eq!(log["judgeReasoning"], "{\"pass\": false}");
    assert_eq!(run["logs"]["nodes"][1]["judgeReasoning"], Value::Null);
    assert_eq!(run["executionContext"]["stage_1"]["raw"], "Paris, </think>");
    server.stop().await;
}

#[tokio::test]
async fn a_person_decides_on_the_answer_and_a_rerun_begins_with_it() {
    let server = Server::start().await;
    server
        .provider
        .reply(Reply::text("<think>hm</think>\n{\"city\": \"Paris\"}"));
    server.provider.otherwise(|_| Reply::text("done"));
    let user = server.user();
    let rule = json!({ "validationType": "MANUAL", "outputVariables": { "city": "string" } });
    let id = server.run_of(&user, pair(rule)).await;
    server.until(&user, &id, "PAUSED").await;
    let log = awaiting(&server, &user).await;
    decide(&server, &user, json!({ "logId": log, "result": "PASS" })).await;
    let run = ended(&server, &user, &id).await;
    let expected = json!({ "raw": "{\"city\": \"Paris\"}", "output": { "city": "Paris" } });
    assert_eq!(run["executionContext"]["stage_1"], expected);
    assert_eq!(
        logs(&server, &user, &id).await["logs"]["nodes"][0]["reasoning"],
        "hm"
    );
    let again = json!({ "executionId": id, "fromStageOrder": 2 });
    let again = server
        .mutate(&user, "rerunExecution", again, "{ id }")
        .await;
    let again = ended(&server, &user, &text(&again["id"])).await;
    assert_eq!(again["executionContext"]["stage_1"], expected);
    let sent = "{\"city\": \"Paris\"} {\"city\":\"Paris\"}";
    assert_eq!(again["logs"]["nodes"][0]["promptSent"], sent);
    server.stop().await;
}

#[tokio::test]
async fn a_tag_that_was_asked_for_stays() {
    let tagged = "<think>hm</think>\nParis";
    let asking = json!({ "promptTemplate": "reason in <think> tags about {{word}}" });
    let run = one_stage(asking, vec![Reply::text(tagged)]).await;
    assert_eq!(run["executionContext"]["stage_1"]["raw"], tagged);
}

#[tokio::test]
async fn a_thought_that_does_not_end_leaves_no_answer_and_is_tried_again() {
    let replies = vec![Reply::text("<think>hm, well"), Reply::text("Paris")];
    let run = one_stage(json!({ "retryLimit": 1 }), replies).await;
    assert_eq!(run["status"], "COMPLETED", "{run}");
    let first = &run["logs"]["nodes"][0];
    assert_eq!(first["rawOutput"], "<think>hm, well");
    assert!(text(&first["errorMessage"]).contains("empty"), "{first}");
    assert_eq!(run["executionContext"]["stage_1"]["raw"], "Paris");
}

#[tokio::test]
async fn watchers_are_shown_the_answer_and_not_the_thoughts() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}])).await;
    let query = "subscription($id: ID!) { executionEvents(executionId: $id, deltas: true) {
        ... on StageOutputDelta { offset text } } }";
    for (deltas, shown) in [
        (
            &[
                r#"{"content":"<th"}"#,
                r#"{"content":"ink>hm"}"#,
                "",
                r#"{"content":"</think>\n\nPa"}"#,
                r#"{"content":"ris"}"#,
            ][..],
            &[][..],
        ),
        (
            &[
                r#"{"reasoning_content":"hm"}"#,
                "",
                r#"{"content":"Paris"}"#,
            ],
            &[],
        ),
        (
            &[
                r#"{"content":"so it is"}"#,
                "",
                r#"{"content":"</think>"}"#,
                r#"{"content":"\n\nParis"}"#,
            ],
            &["so it is"],
        ),
    ] {
        server.provider.reply(Reply::deltas(deltas));
        let run = server.run(&user, &workflow).await;
        let mut socket = server.socket(&user).await;
        socket.subscribe(query, json!({ "id": run })).await;
        let mut seen: Vec<String> = Vec::new();
        let mut whole = String::new();
        let mut is_released = false;
        while let Some(told) = socket.next().await {
            let event = &told["data"]["executionEvents"];
            if let Some(piece) = event["text"].as_str() {
                let offset = usize::try_from(event["offset"].as_u64().unwrap()).unwrap();
                if offset == 0 {
                    whole.clear();
                }
                assert_eq!(whole.chars().count(), offset, "{deltas:?}");
                whole.push_str(piece);
                seen.push(whole.clone());
            }
            if !is_released && seen.len() >= shown.len() {
                server.provider.release();
                is_released = true;
            }
        }
        assert_eq!(seen[..shown.len()], *shown, "{deltas:?}");
        assert_eq!(whole, "Paris", "{seen:?}");
        for text in &seen[shown.len()..] {
            assert!("Paris".starts_with(text.as_str()), "{seen:?}");
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn one_json_object_is_found_among_words_and_two_are_an_error_that_says_so() {
    let typed = json!({ "outputVariables": { "n": "integer" } });
    for found in [
        "Sure, here you are:\n```json\n{\"n\": 1}\n```\nAnything else?",
        "~~~{\"n\": 1}~~~",
        "\u{feff}{\u{a0}\"n\": 1}",
        "<think>{\"n\": 2}</think>{\"n\": 1}",
    ] {
        let run = one_stage(typed.clone(), vec![Reply::text(found)]).await;
        assert_eq!(
            run["logs"]["nodes"][0]["parsedOutput"],
            json!({ "n": 1 }),
            "{run}"
        );
        assert_eq!(run["logs"]["nodes"][0]["rawOutput"], found);
    }
    for (text_of, why) in [
        ("{\"n\": 1} or {\"n\": 2}", "more than one JSON object"),
        ("[{\"n\": 1}]", "an array"),
        ("{\"n\": 1, \"m\": {\"n\": 1}", "does not end"),
        ("{\"n\": 123456789012345678901234}", "a text keeps them"),
    ] {
        let run = one_stage(typed.clone(), vec![Reply::text(text_of)]).await;
        assert_eq!(run["status"], "FAILED", "{run}");
        let message = text(&run["logs"]["nodes"][0]["errorMessage"]);
        assert!(message.contains(why), "{message}");
    }
    let lines = one_stage(
        json!({ "outputVariables": { "t": "string" } }),
        vec![Reply::text("{\"t\": \"a\nb\tc\"}")],
    )
    .await;
    assert_eq!(
        lines["executionContext"]["stage_1"]["output"],
        json!({ "t": "a\nb\tc" })
    );
}

#[tokio::test]
async fn a_judge_s_verdict_and_an_edit_are_read_like_an_answer() {
    let server = Server::start().await;
    for reply in [
        Reply::text("Paris"),
        Reply::text("I would say: ```{\"pass\": true, \"notes\": \"a\nb\"}```"),
    ] {
        server.provider.reply(reply);
    }
    let user = server.user();
    let model = server.model().await;
    let judged =
        json!([{ "validationType": "LLM", "validationCriteria": { "prompt": "{{output}}?" } }]);
    let workflow = server.workflow(&user, &model, judged).await;
    let id = server.run(&user, &workflow).await;
    let run = ended(&server, &user, &id).await;
    assert_eq!(run["status"], "COMPLETED", "{run}");
    assert_eq!(run["logs"]["nodes"][0]["validatorNotes"], "a\nb");

    server.provider.reply(Reply::text("{\"n\": 1}"));
    let manual = json!([{ "validationType": "MANUAL", "outputVariables": { "n": "integer" } }]);
    let workflow = server.workflow(&user, &model, manual).await;
    let id = server.run(&user, &workflow).await;
    server.until(&user, &id, "PAUSED").await;
    let log = awaiting(&server, &user).await;
    let edit = |edited: &str| json!({ "logId": log, "result": "PASS", "editedOutput": edited });
    for wrong in [
        "{\"n\": 1} {\"n\": 2}",
        "{\"n\":",
        "{\"n\": 99999999999999999999}",
        "none",
    ] {
        let refusal = server
            .refused(&user, "recordManualValidation", edit(wrong))
            .await;
        assert_eq!(refusal, bad_input("editedOutput"), "{wrong}");
    }
    let edited = "rather ~~~json\n{\"n\": 2}";
    decide(&server, &user, edit(edited)).await;
    let run = ended(&server, &user, &id).await;
    let expected = json!({ "raw": edited, "output": { "n": 2 } });
    assert_eq!(run["executionContext"]["stage_1"], expected);
    assert_eq!(read(&server, &user, &id).await["status"], "COMPLETED");
    server.stop().await;
}
#[tokio::test]
async fn half_an_emoji_in_two_pieces_is_one_and_a_lone_half_is_replaced() {
    let reply = Reply::deltas(&[
        r#"{"content":"a\ud83d"}"#,
        r#"{"content":"\ude00b\ud83d"}"#,
        r#"{"content":"c\u0000"}"#,
        r#"{"content":"\ude00{\"n\": \"\\ud83d\\u0000\"}\ud83d"}"#,
    ]);
    let run = one_stage(json!({ "outputVariables": { "n": "string" } }), vec![reply]).await;
    assert_eq!(run["status"], "COMPLETED", "{run}");
    let log = &run["logs"]["nodes"][0];
    let raw = "a😀b\u{fffd}c\u{fffd}\u{fffd}{\"n\": \"\\ud83d\\u0000\"}\u{fffd}";
    assert_eq!(log["rawOutput"], raw);
    assert_eq!(log["parsedOutput"], json!({ "n": "\u{fffd}\u{fffd}" }));
}
