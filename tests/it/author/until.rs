//! Runs that end once a stage of them has passed.

use serde_json::{Value, json};

use super::{logs, ran, reran};
use crate::support::provider::Reply;
use crate::support::server::{Server, bad_input, text};

fn orders(run: &Value) -> Vec<i64> {
    let orders = logs(run).iter().map(|log| log["stageOrder"].as_i64());
    orders.map(Option::unwrap).collect()
}

#[tokio::test]
async fn a_run_ends_with_the_first_pass_of_the_stage_until_which_it_goes() {
    let server = Server::start().await;
    server.provider.otherwise(|_| Reply::text("hello"));
    let user = server.user();
    let model = server.model().await;
    let routes = json!({ "by": "inputs.kind", "to": { "x": 1 } });
    let stages = json!([
        { "promptTemplate": "one" },
        { "promptTemplate": "two", "routes": routes },
        // It is not come to: that nobody wrote its prompt yet does not matter.
        { "promptTemplate": null },
    ]);
    let workflow = server.workflow(&user, &model, stages).await;
    let inputs = json!({ "kind": "x" });
    let until = json!({ "untilStageOrder": 2 });
    let run = ran(&server, &user, &workflow, inputs.clone(), until).await;
    assert_eq!(run["status"], "COMPLETED", "{run}");
    assert_eq!(run["statusReason"], "UNTIL_STAGE");
    assert_eq!(run["untilStageOrder"], 2);
    assert_eq!(orders(&run), [1, 2]);
    assert_eq!(run["output"]["text"], "hello");

    // What a rerun of it comes to has to be ready, as for a start.
    let again = json!({ "executionId": run["id"] });
    let refused = server.refused(&user, "rerunExecution", again).await;
    assert_eq!(refused, bad_input("stages[2].promptTemplate"));

    let start = "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";
    for (until, field, says) in [
        (json!(9), "untilStageOrder", "there are 1, 2, 3"),
        (json!(3), "stages[2].promptTemplate", "write a prompt"),
        (json!(null), "stages[2].promptTemplate", "write a prompt"),
    ] {
        let input = json!({ "workflowId": workflow, "inputs": inputs, "untilStageOrder": until });
        let answer = server
            .answer(Some(&user), start, json!({ "input": input }))
            .await;
        let error = &answer["errors"][0];
        assert_eq!(error["extensions"]["field"], field, "{error}");
        assert!(text(&error["message"]).contains(says), "{error}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_stage_is_tried_alone_on_what_an_earlier_run_had_and_its_fail_ends_that() {
    let server = Server::start().await;
    server.provider.otherwise(|_| Reply::text("hello"));
    let user = server.user();
    let model = server.model().await;
    let never = json!({ "functionName": "contains", "args": { "text": "good" } });
    let stages = json!([
        { "promptTemplate": "one" },
        { "promptTemplate": "two of {{stage_1.raw}}", "nextStageOnFail": 3,
          "validationType": "FUNCTION", "validationCriteria": never },
        { "promptTemplate": "three" },
    ]);
    server.provider.reply(Reply::text("first"));
    server.provider.reply(Reply::text("good"));
    let workflow = server.workflow(&user, &model, stages).await;
    let first = ran(&server, &user, &workflow, json!({}), json!({})).await;
    assert_eq!(orders(&first), [1, 2, 3], "{first}");

    let alone = json!({ "executionId": first["id"], "fromStageOrder": 2, "untilStageOrder": 2, "useLatestVersion": true });
    let failed = reran(&server, &user, alone.clone()).await;
    assert_eq!(
        (&failed["status"], &failed["statusReason"]),
        (&json!("FAILED"), &json!("STAGE_FAILED"))
    );
    assert_eq!(orders(&failed), [2]);
    assert_eq!(logs(&failed)[0]["promptSent"], "two of first");
    server.provider.reply(Reply::text("good again"));
    let passed = reran(&server, &user, alone).await;
    assert_eq!(
        (&passed["status"], &passed["statusReason"]),
        (&json!("COMPLETED"), &json!("UNTIL_STAGE"))
    );
    assert_eq!(orders(&passed), [2]);

    // From the start, a fail goes on as it does.
    let until = json!({ "executionId": first["id"], "untilStageOrder": 2 });
    let on = reran(&server, &user, until).await;
    assert_eq!(
        (&on["status"], orders(&on)),
        (&json!("COMPLETED"), vec![1, 2, 3])
    );
    server.stop().await;
}

#[tokio::test]
async fn of_a_list_the_whole_visit_ends_it_and_a_key_is_of_one_request() {
    let server = Server::start().await;
    server.provider.otherwise(|_| Reply::text("hello"));
    let user = server.user();
    let model = server.model().await;
    let stages = json!([
        { "promptTemplate": "{{item}}", "forEach": { "in": "inputs.list", "concurrency": 2 } },
        { "promptTemplate": "two" },
    ]);
    let workflow = server.workflow(&user, &model, stages).await;
    let inputs = json!({ "list": ["a", "b", "c"] });
    let more = json!({ "untilStageOrder": 1, "clientKey": "once" });
    let run = ran(&server, &user, &workflow, inputs.clone(), more.clone()).await;
    assert_eq!(run["statusReason"], "UNTIL_STAGE", "{run}");
    assert_eq!(orders(&run), [1, 1, 1]);
    let again = ran(&server, &user, &workflow, inputs.clone(), more).await;
    assert_eq!(again["id"], run["id"]);
    let input = json!({ "workflowId": workflow, "inputs": inputs, "clientKey": "once" });
    let start = "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";
    let other = server
        .answer(Some(&user), start, json!({ "input": input }))
        .await;
    assert_eq!(text(&other["errors"][0]["extensions"]["code"]), "CONFLICT");
    server.stop().await;
}
