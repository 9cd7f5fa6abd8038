//! A run's context: made anew from its attempts, bounded, and written once.

use footlight::service::drive::session;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

use super::{awaiting, decide, ended, read};
use crate::support::provider::Reply;
use crate::support::server::{Server, User, text, too_large};

const MIB: usize = 1024 * 1024;

/// A chain of so many stages, each of which sends what the one before it wrote.
fn chain(stages: usize) -> Value {
    (1..=stages)
        .map(|order| match order {
            1 => json!({ "promptTemplate": "begin {{word}}" }),
            _ => json!({ "promptTemplate": "go on: {{before}}",
                "inputVariableMapping": { "before": format!("stage_{}.raw", order - 1) } }),
        })
        .collect()
}

/// Runs a statement that no part of the server has.
async fn execute(server: &Server, sql: &str) {
    let tx = server.deps.store.transaction().await.unwrap();
    tx.execute_unprepared(sql).await.unwrap();
    tx.commit().await.unwrap();
}

/// The only value that a question has for an answer, as text.
async fn answer(server: &Server, sql: &str) -> String {
    let db = server.deps.store.reader();
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let row = db.query_one_raw(statement).await.unwrap().unwrap();
    row.try_get("", "answer").unwrap()
}

async fn delete(server: &Server, user: &User, run: &str) {
    let delete = "mutation($id: ID!) { deleteExecution(id: $id) }";
    server.data(user, delete, json!({ "id": run })).await;
}

#[tokio::test]
async fn what_a_run_writes_grows_with_its_texts_and_not_with_their_square() {
    let server = Server::start().await;
    let answer = "words and \"quotes\", line after line\n".repeat(400);
    let user = server.user();
    let model = server.model().await;
    let plain = chain(20);
    let mut structured = chain(20);
    for stage in structured.as_array_mut().unwrap() {
        stage["outputVariables"] = json!({ "words": "string" });
        stage["inputVariableMapping"]["unused"] = json!("inputs.word");
    }
    // Every output mapped, and not used.
    let mut idle = chain(20);
    for (index, stage) in idle.as_array_mut().unwrap().iter_mut().enumerate() {
        for before in 1..=index {
            let path = format!("stage_{before}.output");
            stage["inputVariableMapping"][format!("unused{before}")] = json!(path);
        }
    }
    for (stages, reply) in [
        (plain, answer.clone()),
        (structured, json!({ "words": answer }).to_string()),
        (idle, answer),
    ] {
        server.provider.otherwise(move |_| Reply::text(&reply));
        let workflow = server.workflow(&user, &model, stages).await;
        let before = server.deps.store.bytes_bound();
        let id = server.run(&user, &workflow).await;
        server.until(&user, &id, "COMPLETED").await;
        let written = server.deps.store.bytes_bound() - before;
        let run = read(&server, &user, &id).await;
        let logs = run["logs"]["nodes"].as_array().unwrap();
        assert_eq!(logs.len(), 20);
        let length = |log: &Value, field: &str| log[field].as_str().unwrap().len();
        let texts: usize = logs
            .iter()
            .map(|log| length(log, "promptSent") + length(log, "rawOutput"))
            .sum();
        assert!(texts > 20 * 2 * 12_000);
        assert!(written <= 3 * texts, "{written} bytes for {texts} of texts");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_decision_writes_the_model_s_answer_no_second_time() {
    let server = Server::start().await;
    let draft = "draft ".repeat(20_000);
    server.provider.reply(Reply::text(&draft));
    let user = server.user();
    let id = server
        .run_of(&user, json!([{ "validationType": "MANUAL" }]))
        .await;
    server.until(&user, &id, "PAUSED").await;
    let log = awaiting(&server, &user).await;
    let before = server.deps.store.bytes_bound();
    let input = json!({ "logId": log, "result": "PASS", "notes": "fine" });
    let decided = decide(&server, &user, input.clone()).await;
    assert_eq!(decided["rawOutput"], json!(draft));
    let run = ended(&server, &user, &id).await;
    assert!(server.deps.store.bytes_bound() - before < 20_000);
    let output = json!({ "text": draft });
    let expected = json!({ "stage_1": { "raw": draft, "output": output, "notes": "fine" } });
    assert_eq!(run["executionContext"], expected);
    assert_eq!(
        run["logs"]["nodes"][0]["parsedOutput"],
        expected["stage_1"]["output"]
    );
    assert_eq!(decide(&server, &user, input).await["status"], "FINISHED");
    server.stop().await;
}

#[tokio::test]
async fn nobody_keeps_a_context_as_a_whole_and_no_text_is_kept_twice() {
    let server = Server::start().await;
    server
        .provider
        .otherwise(|_| Reply::text("a text like no other"));
    let user = server.user();
    let first = server.run_of(&user, chain(3)).await;
    ended(&server, &user, &first).await;
    let again = json!({ "executionId": first, "fromStageOrder": 3 });
    let second = server
        .mutate(&user, "rerunExecution", again, "{ id }")
        .await;
    let second = ended(&server, &user, &text(&second["id"])).await;
    let entry =
        json!({ "raw": "a text like no other", "output": { "text": "a text like no other" } });
    let expected = json!({ "stage_1": entry, "stage_2": entry, "stage_3": entry });
    assert_eq!(second["executionContext"], expected);
    for (sql, expected) in [
        (
            "select distinct cast(execution_context as text) as answer from executions",
            "{}",
        ),
        (
            "select cast(count(parsed_output) as text) as answer from execution_logs",
            "0",
        ),
    ] {
        assert_eq!(answer(&server, sql).await, expected, "{sql}");
    }
    let sql = "select cast(initial_context as text) as answer from executions
        where rerun_of is not null";
    let kept: Value = serde_json::from_str(&answer(&server, sql).await).unwrap();
    let raw = json!({ "raw": "a text like no other" });
    assert_eq!(kept, json!({ "stage_1": raw, "stage_2": raw }));
    server.stop().await;
}

#[tokio::test]
async fn the_stage_that_would_pass_the_limit_fails_without_another_attempt() {
    let server = Server::start().await;
    let answer = "x".repeat(MIB);
    server.provider.otherwise(move |_| Reply::text(&answer));
    let user = server.user();
    let stages: Value = (0..9).map(|_| json!({ "retryLimit": 3 })).collect();
    let id = server.run_of(&user, stages).await;
    let run = ended(&server, &user, &id).await;
    assert_eq!(run["status"], "FAILED");
    assert_eq!(run["statusReason"], "STAGE_FAILED");
    let message = run["errorMessage"].as_str().unwrap();
    assert!(message.contains("at most 8 MiB"), "{message}");
    let last = run["logs"]["nodes"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["stageOrder"], &last["attemptNumber"]),
        (&json!(9), &json!(1))
    );
    assert_eq!(last["validationResult"], "ERROR");
    assert_eq!(last["rawOutput"].as_str().unwrap().len(), MIB);
    assert_eq!(last["parsedOutput"], json!(null));
    assert_eq!(run["executionContext"].as_object().unwrap().len(), 8);
    assert_eq!(server.provider.requests().len(), 9);
    delete(&server, &user, &id).await;
    server.stop().await;
}

#[tokio::test]
async fn an_edit_that_would_pass_the_limit_is_refused_and_the_run_stays_paused() {
    let server = Server::start().await;
    let answer = "x".repeat(MIB - 10);
    for _ in 0..8 {
        server.provider.reply(Reply::text(&answer));
    }
    server.provider.otherwise(|_| Reply::text("short"));
    let user = server.user();
    let mut stages = vec![json!({}); 8];
    stages.push(json!({ "validationType": "MANUAL" }));
    let id = server.run_of(&user, stages.into()).await;
    server.until(&user, &id, "PAUSED").await;
    let log = awaiting(&server, &user).await;
    let edit = |length: usize| json!({ "logId": log, "result": "PASS", "editedOutput": "y".repeat(length) });
    let refusal = server
        .refused(&user, "recordManualValidation", edit(81))
        .await;
    assert_eq!(refusal, too_large("editedOutput"));
    assert_eq!(awaiting(&server, &user).await, log);
    decide(&server, &user, edit(80)).await;
    let run = ended(&server, &user, &id).await;
    assert_eq!(run["status"], "COMPLETED");
    assert_eq!(run["executionContext"]["stage_9"]["raw"], "y".repeat(80));
    delete(&server, &user, &id).await;
    server.stop().await;
}

#[tokio::test]
async fn a_run_that_began_under_the_version_before_goes_on_as_it_would_have() {
    let server = Server::start().await;
    server.provider.reply(Reply::text("one"));
    server.provider.reply(Reply::text("{\"n\": \"draft\"}"));
    server.provider.reply(Reply::text("three"));
    server.provider.otherwise(|_| Reply::text("more"));
    let user = server.user();
    let stages = json!([
        {},
        { "validationType": "MANUAL", "outputVariables": { "n": "string" } },
        { "validationType": "MANUAL" },
        { "promptTemplate": "{{a}} {{b}} {{c}}", "inputVariableMapping":
            { "a": "stage_1.output.text", "b": "stage_2.output.n", "c": "stage_3.raw" } },
    ]);
    let id = server.run_of(&user, stages).await;
    server.until(&user, &id, "PAUSED").await;
    let log = awaiting(&server, &user).await;
    let edit = json!({ "logId": log, "result": "PASS", "editedOutput": "{\"n\": \"edit\"}" });
    decide(&server, &user, edit).await;
    let mut socket = server.socket(&user).await;
    socket.subscribe(super::EVENTS, json!({ "id": id })).await;
    let mut requested = 0;
    while requested < 2 {
        let told = socket.next().await.unwrap();
        let kind = &told["data"]["executionEvents"]["__typename"];
        requested += usize::from(kind == "ManualValidationRequested");
    }
    drop(socket);
    // What that version wrote otherwise: outputs in full, the context, and no value beside an edit.
    execute(
        &server,
        "update execution_logs set edited_value = null;
         update execution_logs set edited_output = '{\"n\": \"edit\", \"m\": 100000000000000000000}'
             where stage_order = 2;
         update execution_logs set parsed_output = '{\"text\": \"one\"}' where stage_order = 1;
         update execution_logs set parsed_output = '{\"text\": \"three\"}' where stage_order = 3;
         update executions set execution_context = '{\"stage_1\": {\"raw\": \"one\", \"output\": {\"text\": \"one\"}}}'",
    )
    .await;
    let log = awaiting(&server, &user).await;
    decide(&server, &user, json!({ "logId": log, "result": "PASS" })).await;
    let run = ended(&server, &user, &id).await;
    assert_eq!(run["status"], "COMPLETED");
    let sent = |run: &Value| {
        let logs = run["logs"]["nodes"].as_array().unwrap();
        logs.last().unwrap()["promptSent"].clone()
    };
    assert_eq!(sent(&run), "one edit three");
    let expected = json!({
        "stage_1": { "raw": "one", "output": { "text": "one" } },
        // A number that is refused now was changed then, and is not lost.
        "stage_2": { "raw": "{\"n\": \"edit\", \"m\": 100000000000000000000}",
            "output": { "n": "edit", "m": 1e20 } },
        "stage_3": { "raw": "three", "output": { "text": "three" } },
        "stage_4": { "raw": "more", "output": { "text": "more" } },
    });
    assert_eq!(run["executionContext"], expected);
    // A rerun of that version's began with a context in full.
    let again = json!({ "executionId": id, "fromStageOrder": 4 });
    let again = server
        .mutate(&user, "rerunExecution", again, "{ id }")
        .await;
    let again = text(&again["id"]);
    ended(&server, &user, &again).await;
    execute(
        &server,
        "update executions set initial_context = '{\"stage_3\": {\"raw\": \"three\", \"output\": {\"text\": \"three\"}}}'
         where rerun_of is not null",
    )
    .await;
    let context = &read(&server, &user, &again).await["executionContext"];
    assert_eq!(context["stage_3"], expected["stage_3"]);
    server.stop().await;
}

#[tokio::test]
async fn a_fail_that_a_pause_keeps_from_its_next_attempt_is_not_in_the_context_yet() {
    let server = Server::start().await;
    server.provider.reply(Reply::gated("no"));
    server.provider.otherwise(|_| Reply::text("yes"));
    let user = server.user();
    let stage = json!({ "retryLimit": 1, "validationType": "FUNCTION",
        "validationCriteria": { "functionName": "equals", "args": { "value": "yes" } } });
    let id = server.run_of(&user, json!([stage])).await;
    server.provider.wait_for_requests(1).await;
    super::act(&server, &user, "pause", &id).await;
    server.provider.release();
    server.until(&user, &id, "PAUSED").await;
    assert_eq!(
        read(&server, &user, &id).await["executionContext"],
        json!({})
    );
    super::act(&server, &user, "resume", &id).await;
    let run = ended(&server, &user, &id).await;
    assert_eq!(run["executionContext"]["stage_1"]["raw"], "yes");
    server.stop().await;
}

#[tokio::test]
async fn while_a_replica_of_the_version_before_lives_it_finds_what_it_needs() {
    let server = Server::start().await;
    if server.deps.store.is_embedded() {
        return eprintln!("left out: an SQLite file has one process");
    }
    let reply = |_: &Value| Reply::text("<think>hm</think>\nwords");
    server.provider.otherwise(reply);
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, chain(2)).await;
    let kept = "select cast(execution_context as text) as answer from executions
        order by created_at desc, id desc limit 1";
    let outputs = "select cast(count(parsed_output) as text) as answer from execution_logs";
    // It takes all of a text for the answer.
    let bare = "select cast(count(*) as text) as answer from execution_logs
        where raw_output = 'words' and reasoning = 'hm'";
    let entry = json!({ "raw": "words", "output": { "text": "words" } });
    for (sql, expected, in_full) in [
        (
            "insert into worker_sessions (id, expires_at, draining)
                values (gen_random_uuid(), 9000000000000, false)",
            json!({ "stage_1": entry, "stage_2": entry }),
            "2",
        ),
        (
            "delete from worker_sessions where not makes_contexts",
            json!({}),
            "2",
        ),
    ] {
        execute(&server, sql).await;
        let mut unattended = session::Unattended::default();
        session::beat(&server.deps, &mut unattended).await.unwrap();
        let id = server.run(&user, &workflow).await;
        ended(&server, &user, &id).await;
        let context: Value = serde_json::from_str(&answer(&server, kept).await).unwrap();
        assert_eq!(context, expected);
        assert_eq!(answer(&server, outputs).await, in_full);
        assert_eq!(answer(&server, bare).await, "2");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_context_has_its_stages_in_their_order() {
    let server = Server::start().await;
    server.provider.otherwise(|_| Reply::text("x"));
    let user = server.user();
    let stages = json!([{ "stageOrder": 2 }, { "stageOrder": 9 }, { "stageOrder": 10 }, { "stageOrder": 100 }]);
    let id = server.run_of(&user, stages).await;
    ended(&server, &user, &id).await;
    let query = format!("{{ execution(id: \"{id}\") {{ executionContext }} }}");
    let sent = reqwest::Client::new()
        .post(format!("http://{}/graphql", server.address))
        .bearer_auth(&user.token)
        .json(&json!({ "query": query }))
        .send();
    let text = sent.await.unwrap().text().await.unwrap();
    let places = ["stage_2", "stage_9", "stage_10", "stage_100"];
    let places = places.map(|name| text.find(&format!("\"{name}\"")).unwrap());
    assert!(places.is_sorted(), "{text}");
    server.stop().await;
}
