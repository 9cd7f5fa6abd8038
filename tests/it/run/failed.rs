//! What a visit leaves that ends without a verdict, and what whoever judged said: later stages find both.

use serde_json::{Value, json};

use super::{awaiting, decide, ended, one_stage};
use crate::support::provider::Reply;
use crate::support::server::{Server, User, text};

/// A stage whose answer has to be an object with a number, and one that mends what was none.
fn mended() -> Value {
    json!([
        { "promptTemplate": "count", "outputVariables": { "n": "integer" }, "retryLimit": 1,
          "nextStageOnPass": 3, "nextStageOnFail": 2 },
        { "promptTemplate": "mend {{stage_1.failed.raw}}: {{why}}",
          "inputVariableMapping": { "why": "stage_1.failed.notes" }, "nextStageOnPass": 1 },
        { "promptTemplate": "{{stage_1.output.n}} {{left}}",
          "inputVariableMapping": { "left": ["stage_1.failed.raw", "stage_2.raw"] } },
    ])
}

fn context(run: &Value) -> &Value {
    &run["executionContext"]
}

async fn rerun(server: &Server, user: &User, of: &str, from: i32) -> Value {
    let input = json!({ "executionId": of, "fromStageOrder": from });
    let again = server.mutate(user, "rerunExecution", input, "{ id }").await;
    ended(server, user, &text(&again["id"])).await
}

#[tokio::test]
async fn a_repair_stage_reads_the_answer_that_does_not_parse() {
    let server = Server::start().await;
    for answer in [
        "{\"n\": on",
        "<think>hm</think>{\"n\": two",
        "so",
        "{\"n\": 3}",
        "done",
    ] {
        server.provider.reply(Reply::text(answer));
    }
    server.provider.otherwise(|_| Reply::text("{\"n\": 4}"));
    let user = server.user();
    let id = server.run_of(&user, mended()).await;
    let run = ended(&server, &user, &id).await;
    assert_eq!(run["status"], "COMPLETED", "{run}");
    let logs = run["logs"]["nodes"].as_array().unwrap();
    let why = text(&logs[1]["errorMessage"]);
    let mend = format!("mend {{\"n\": two: {why}");
    assert_eq!(logs[2]["promptSent"], json!(mend));
    // The next verdict takes it away.
    assert_eq!(logs[4]["promptSent"], "3 so");
    assert_eq!(
        context(&run)["stage_1"],
        json!({ "raw": "{\"n\": 3}", "output": { "n": 3 } })
    );

    // A rerun from there begins with it.
    let again = rerun(&server, &user, &id, 2).await;
    let logs = again["logs"]["nodes"].as_array().unwrap();
    assert_eq!(logs[0]["promptSent"], json!(mend));
    assert_eq!(logs[2]["promptSent"], "4 {\"n\": 4}");
    let again = rerun(&server, &user, &id, 3).await;
    assert_eq!(again["logs"]["nodes"][0]["promptSent"], "3 so");
    server.stop().await;
}

#[tokio::test]
async fn an_earlier_output_stays_beside_what_came_to_no_verdict() {
    let server = Server::start().await;
    for answer in ["{\"n\": 1}", "first", "{}", "second"] {
        server.provider.reply(Reply::text(answer));
    }
    server.provider.otherwise(|_| Reply::status(400));
    let user = server.user();
    let stages = json!([
        { "promptTemplate": "count", "outputVariables": { "n": "integer" }, "nextStageOnFail": 2 },
        { "promptTemplate": "{{n}} {{failed}}", "nextStageOnPass": 1, "inputVariableMapping":
            { "n": "stage_1.output.n", "failed": { "from": "stage_1.failed.raw", "default": "none" } } },
    ]);
    let id = server.run_of(&user, stages).await;
    let run = ended(&server, &user, &id).await;
    assert_eq!(run["status"], "FAILED");
    let logs = run["logs"]["nodes"].as_array().unwrap();
    assert_eq!(logs[1]["promptSent"], "1 none");
    assert_eq!(logs[3]["promptSent"], "1 {}");
    // A visit that broke off leaves what one before has left as it is, also where the run fails by it.
    assert_eq!(logs.len(), 6, "{run}");
    assert_eq!(logs[5]["promptSent"], "1 {}");
    let left = &context(&run)["stage_1"];
    assert_eq!(left["output"], json!({ "n": 1 }));
    assert_eq!(left["failed"]["raw"], "{}");
    assert_eq!(left["failed"]["notes"], logs[2]["errorMessage"]);
    server.stop().await;
}

#[tokio::test]
async fn an_answer_that_had_come_to_its_end_is_kept_and_no_other() {
    let judge =
        json!({ "validationType": "LLM", "validationCriteria": { "prompt": "{{output}}?" } });
    let typed = json!({ "outputVariables": { "n": "integer" } });
    let refused = json!({ "validationType": "FUNCTION", "validationCriteria":
        { "functionName": "contains", "args": { "text": "never" } } });
    let nonsense = || Reply::text("maybe");
    let handed_back = Reply::json(
        400,
        &json!({ "error": { "code": "json_validate_failed", "message": "no JSON",
            "failed_generation": "{\"n\":" } }),
    );
    for (stage, replies, kept) in [
        (
            json!({}),
            vec![Reply::text("cut").finish("length")],
            Some("cut"),
        ),
        (json!({}), vec![Reply::text("")], Some("")),
        (typed.clone(), vec![Reply::text("no JSON")], Some("no JSON")),
        (typed, vec![handed_back], Some("{\"n\":")),
        (
            judge.clone(),
            vec![Reply::text("unjudged"), nonsense(), nonsense(), nonsense()],
            Some("unjudged"),
        ),
        (
            judge,
            vec![Reply::text("unjudged"), Reply::status(401)],
            Some("unjudged"),
        ),
        (
            json!({}),
            vec![Reply::text("filtered").finish("content_filter")],
            None,
        ),
        (json!({}), vec![Reply::refusal("I will not")], None),
        (json!({}), vec![Reply::status(400)], None),
        // A verdict.
        (refused, vec![Reply::text("x")], None),
    ] {
        let run = one_stage(stage.clone(), replies).await;
        assert_eq!(run["status"], "FAILED", "{stage}: {run}");
        let failed = &context(&run)["stage_1"]["failed"];
        let expected = match kept {
            Some(raw) => {
                json!({ "raw": raw, "notes": run["logs"]["nodes"][0]["errorMessage"] })
            }
            None => json!(null),
        };
        assert_eq!(*failed, expected, "{stage}: {run}");
    }
}

#[tokio::test]
async fn what_whoever_judged_said_stands_beside_the_output() {
    let server = Server::start().await;
    let verdict =
        |pass: bool, notes: &str| Reply::text(&json!({ "pass": pass, "notes": notes }).to_string());
    for reply in [
        Reply::text("one"),
        verdict(false, "too short"),
        Reply::text("two"),
        verdict(false, "dull"),
        Reply::text("shown"),
        Reply::text("written"),
    ] {
        server.provider.reply(reply);
    }
    server.provider.otherwise(|_| Reply::text("end"));
    let user = server.user();
    let stages = json!([
        { "promptTemplate": "pitch", "validationType": "LLM", "retryLimit": 1,
          "validationCriteria": { "prompt": "{{output}}" }, "nextStageOnFail": 2 },
        { "promptTemplate": "show {{stage_1.raw}} ({{stage_1.notes}})", "validationType": "MANUAL",
          "nextStageOnFail": 3 },
        { "promptTemplate": "{{stage_2.notes}}/{{stage_1.notes}}/{{none}}",
          "inputVariableMapping": { "none": { "from": "stage_3.notes", "default": "-" } } },
    ]);
    let id = server.run_of(&user, stages).await;
    server.until(&user, &id, "PAUSED").await;
    let log = awaiting(&server, &user).await;
    let decision = json!({ "logId": log, "result": "FAIL", "notes": "say more" });
    decide(&server, &user, decision).await;
    let run = ended(&server, &user, &id).await;
    assert_eq!(run["status"], "COMPLETED", "{run}");
    let logs = run["logs"]["nodes"].as_array().unwrap();
    assert_eq!(logs[2]["promptSent"], "show two (dull)");
    assert_eq!(logs[3]["promptSent"], "say more/dull/-");
    let expected = json!({
        "stage_1": { "raw": "two", "output": { "text": "two" }, "notes": "dull" },
        "stage_2": { "raw": "shown", "output": { "text": "shown" }, "notes": "say more" },
        "stage_3": { "raw": "written", "output": { "text": "written" } },
    });
    assert_eq!(*context(&run), expected);
    let again = rerun(&server, &user, &id, 3).await;
    assert_eq!(again["logs"]["nodes"][0]["promptSent"], "say more/dull/-");
    server.stop().await;
}

#[tokio::test]
async fn notes_that_nobody_wrote_are_no_value() {
    let server = Server::start().await;
    server.provider.otherwise(|_| Reply::text("x"));
    let user = server.user();
    let model = server.model().await;
    for path in [
        "stage_1.notes",
        "stage_1.failed.raw",
        "stage_1.failed.notes",
    ] {
        let reading = json!({ "promptTemplate": format!("{{{{{path}}}}}") });
        let workflow = server.workflow(&user, &model, json!([{}, reading])).await;
        let id = server.run(&user, &workflow).await;
        let run = ended(&server, &user, &id).await;
        assert_eq!(run["status"], "FAILED");
        let message = text(&run["errorMessage"]);
        assert!(
            message.contains(&format!("{path} does not resolve")),
            "{message}"
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn answers_without_a_verdict_stand_as_long_as_there_is_room() {
    const MIB: usize = 1024 * 1024;
    let server = Server::start().await;
    let answer = "x".repeat(MIB);
    server.provider.otherwise(move |body| {
        let prompt = body["messages"].as_array().unwrap().last().unwrap();
        Reply::text(if prompt["content"] == "a" {
            &answer
        } else {
            "short"
        })
    });
    let user = server.user();
    let mut stages: Vec<_> = (1..=10)
        .map(|order| {
            json!({ "promptTemplate": "a", "outputVariables": { "n": "integer" },
                "nextStageOnFail": order + 1 })
        })
        .collect();
    let reading = json!({ "promptTemplate": "{{it}}",
        "inputVariableMapping": { "it": { "from": "stage_8.failed.raw", "default": "gone" } } });
    let mut judged = reading.clone();
    judged["validationType"] = json!("MANUAL");
    stages.extend([judged, reading]);
    let id = server.run_of(&user, stages.into()).await;
    server.until(&user, &id, "PAUSED").await;
    let run = super::read(&server, &user, &id).await;
    let stages = context(&run).as_object().unwrap();
    assert_eq!(
        stages.len(),
        7,
        "the eighth, with the notes, would pass 8 MiB"
    );
    let decision = json!({ "logId": awaiting(&server, &user).await, "result": "PASS" });
    decide(&server, &user, decision).await;
    // What its worker holds and what is made anew say the same.
    let run = ended(&server, &user, &id).await;
    assert_eq!(run["status"], "COMPLETED");
    let logs = run["logs"]["nodes"].as_array().unwrap();
    for log in &logs[10..] {
        assert_eq!(log["promptSent"], "gone");
    }
    let delete = "mutation($id: ID!) { deleteExecution(id: $id) }";
    server.data(&user, delete, json!({ "id": id })).await;
    server.stop().await;
}
