//! What becomes of an item: its attempts, its verdict, what its failures tell the next of them, and what it leaves when
//! none is left.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::{each, ended, logs, of_kind, over, prompt, start, start_of};
use crate::support::provider::Reply;
use crate::support::server::{Server, text};

#[tokio::test]
async fn every_item_has_its_attempts_and_its_verdict() {
    let stage = json!({ "retryLimit": 1, "validationType": "REGEX",
        "validationCriteria": { "pattern": "^ok" } });
    let calls = AtomicUsize::new(0);
    let answer = move |asked: &str| {
        let call = calls.fetch_add(1, Ordering::SeqCst);
        // The first attempt at each item is refused.
        let word = if call.is_multiple_of(2) { "no" } else { "ok" };
        Reply::text(&format!("{word} {asked}"))
    };
    let (events, run, _) = over(json!(["a", "b"]), stage, answer).await;
    assert_eq!(run["status"], "COMPLETED", "{run}");
    let raw = json!(["ok tell of a", "ok tell of b"]);
    assert_eq!(run["executionContext"]["stage_1"]["raw"], raw);
    let numbers = logs(&run).iter().map(|log| {
        json!([
            log["itemIndex"],
            log["attemptNumber"],
            log["validationResult"]
        ])
    });
    assert_eq!(
        numbers.collect::<Vec<_>>(),
        [
            json!([0, 1, "FAIL"]),
            json!([0, 2, "PASS"]),
            json!([1, 1, "FAIL"]),
            json!([1, 2, "PASS"]),
        ]
    );
    assert_eq!(
        of_kind(
            &events,
            "StageRetryScheduled",
            &["itemIndex", "attemptNumber"]
        ),
        [json!([0, 2]), json!([1, 2])]
    );
}

#[tokio::test]
async fn an_item_without_attempts_left_fails_the_stage_and_no_other_begins() {
    let stage = json!({ "validationType": "REGEX", "validationCriteria": { "pattern": "[^b]$" } });
    let list = json!(["a", "b", "c"]);
    let (events, run, requests) = over(list, stage, Reply::text).await;
    assert_eq!(run["status"], "FAILED", "{run}");
    assert_eq!(run["statusReason"], "STAGE_FAILED");
    let message = text(&run["errorMessage"]);
    assert!(message.contains("item 1"), "{message}");
    assert_eq!(requests.len(), 2);
    let failed = json!({ "raw": "tell of b", "index": 1, "notes": run["executionContext"]["stage_1"]["failed"]["notes"] });
    assert_eq!(
        run["executionContext"],
        json!({ "stage_1": { "failed": failed } })
    );
    let finished = of_kind(&events, "StageFinished", &["itemIndex", "nextStageOrder"]);
    assert_eq!(finished, [json!([0, 1]), json!([1, null])]);
}

#[tokio::test]
async fn a_failed_visit_goes_on_by_the_fail_path_and_leaves_what_an_earlier_one_brought() {
    let server = Server::start().await;
    let calls = AtomicUsize::new(0);
    server.provider.otherwise(move |body| {
        let call = calls.fetch_add(1, Ordering::SeqCst);
        Reply::text(&format!("{} {call}", prompt(body)))
    });
    let user = server.user();
    let stages = json!([
        each(json!({ "validationType": "REGEX", "nextStageOnFail": 3,
            "validationCriteria": { "pattern": "[0-3]$" } })),
        { "promptTemplate": "again", "nextStageOnPass": 1 },
        { "promptTemplate": "close {{stage_1.output.items.0.text}}" },
    ]);
    let run = start(&server, &user, stages, json!({ "list": ["a", "b"] })).await;
    let (_, run) = ended(&server, &user, &run).await;
    assert_eq!(run["status"], "COMPLETED", "{run}");
    let raw = &run["executionContext"]["stage_1"]["raw"];
    assert_eq!(*raw, json!(["tell of a 0", "tell of b 1"]));
    let last = logs(&run).last().unwrap();
    assert_eq!(last["promptSent"], "close tell of a 0");
    let numbers = logs(&run).iter().filter(|log| log["stageOrder"] == 1);
    let numbers = numbers.map(|log| json!([log["visit"], log["itemIndex"], log["attemptNumber"]]));
    assert_eq!(
        numbers.collect::<Vec<_>>(),
        [
            json!([1, 0, 1]),
            json!([1, 1, 1]),
            json!([2, 0, 2]),
            json!([2, 1, 2])
        ]
    );
    server.stop().await;
}

#[tokio::test]
async fn a_failed_item_is_passed_over_where_the_stage_says_so() {
    let stage = json!({ "validationType": "REGEX", "validationCriteria": { "pattern": "[^b]$" },
        "forEach": { "onItemFail": "skip" } });
    let list = json!(["a", "b", "c"]);
    let (_, run, _) = over(list, stage, Reply::text).await;
    assert_eq!(run["status"], "COMPLETED", "{run}");
    assert_eq!(
        run["executionContext"]["stage_1"],
        json!({ "output": { "items": [{ "text": "tell of a" }, null, { "text": "tell of c" }] },
            "raw": ["tell of a", null, "tell of c"] })
    );
}

#[tokio::test]
async fn a_judge_judges_every_item_and_knows_it() {
    let server = Server::start().await;
    let verdicts = AtomicUsize::new(0);
    server.provider.otherwise(move |body| {
        let asked = prompt(body);
        if !asked.starts_with("is ") {
            return Reply::text(&format!("<{asked}>"));
        }
        match verdicts.fetch_add(1, Ordering::SeqCst) {
            0 => Reply::status(503),
            _ => Reply::text(&json!({ "pass": true, "notes": asked }).to_string()),
        }
    });
    let user = server.user();
    let stage = each(
        json!({ "validationType": "LLM", "forEach": { "concurrency": 2 },
        "validationCriteria": { "prompt": "is {{output}} right of {{item}} at {{index}}?" } }),
    );
    let run = start(
        &server,
        &user,
        json!([stage]),
        json!({ "list": ["a", "b", "c"] }),
    )
    .await;
    let (_, run) = ended(&server, &user, &run).await;
    assert_eq!(run["status"], "COMPLETED", "{run}");
    let raw = json!(["<tell of a>", "<tell of b>", "<tell of c>"]);
    assert_eq!(run["executionContext"]["stage_1"]["raw"], raw);
    let asked = server.provider.requests();
    let drafts = asked
        .iter()
        .filter(|request| prompt(&request.body).starts_with("tell"));
    assert_eq!(drafts.count(), 3, "an answer is not asked for again");
    let judged = asked.iter().map(|request| prompt(&request.body));
    let judged = judged.filter(|asked| *asked == "is <tell of b> right of b at 1?");
    assert!(judged.count() >= 1);
    server.stop().await;
}

/// The prompts that were sent for the item at an index, one attempt after the other.
fn sent(run: &Value, index: usize) -> Vec<String> {
    let logs = logs(run).iter();
    let logs = logs.filter(|log| log["itemIndex"] == json!(index));
    logs.map(|log| text(&log["promptSent"])).collect()
}

#[tokio::test]
async fn an_item_is_told_of_its_own_last_failure_that_counted_and_of_no_other() {
    for concurrency in [1, 4] {
        let server = Server::start().await;
        let busy = AtomicUsize::new(0);
        server.provider.otherwise(move |body| match prompt(body) {
            "tell of c" => Reply::empty(),
            // An outage is nothing to be told of.
            "mend <bad b> for <no b, b>, b" if busy.fetch_add(1, Ordering::SeqCst) == 0 => {
                Reply::status(503).retry_after("0")
            }
            asked if asked.starts_with("judge bad") || asked.starts_with("judge worse") => {
                let (_, said) = asked.split_once(' ').unwrap();
                let about = said.split_once(' ').unwrap().1;
                Reply::text(&json!({ "pass": false, "notes": format!("no {about}") }).to_string())
            }
            asked if asked.starts_with("judge") => {
                Reply::text(&json!({ "pass": true, "notes": "yes" }).to_string())
            }
            asked if asked.starts_with("mend <bad a>") => Reply::text("worse a"),
            asked if asked.starts_with("mend") => {
                Reply::text(&format!("good {}", &asked[asked.len() - 1..]))
            }
            "tell of d" => Reply::text("good d"),
            asked => Reply::text(&format!("bad {}", &asked[asked.len() - 1..])),
        });
        let user = server.user();
        let stage = each(
            json!({ "retryLimit": 2, "forEach": { "concurrency": concurrency },
            "retryPromptTemplate": "mend <{{output}}> for <{{notes}}>, {{item}}",
            // They win over variables of these names, which the judge has.
            "inputVariableMapping": { "notes": "item", "output": "index" },
            "validationType": "LLM", "validationCriteria": { "prompt": "judge {{output}}, {{notes}}" } }),
        );
        let inputs = json!({ "list": ["a", "b", "c", "d"] });
        let run = start(&server, &user, json!([stage]), inputs).await;
        let (_, run) = ended(&server, &user, &run).await;
        assert_eq!(run["status"], "COMPLETED", "{run}");
        let raw = json!(["good a", "good b", "good c", "good d"]);
        assert_eq!(run["executionContext"]["stage_1"]["raw"], raw);
        let mended = "mend <bad b> for <no b, b>, b";
        let expected = [
            vec![
                "tell of a",
                "mend <bad a> for <no a, a>, a",
                "mend <worse a> for <no a, a>, a",
            ],
            vec!["tell of b", mended, mended],
            vec!["tell of c", "mend <> for <the answer is empty>, c"],
            vec!["tell of d"],
        ];
        for (index, expected) in expected.into_iter().enumerate() {
            assert_eq!(sent(&run, index), expected, "{concurrency} at once");
        }
        let told = logs(&run).iter();
        let mut told = told.filter(|log| log["promptSent"] == mended);
        assert_eq!(
            told.next().unwrap()["inputs"],
            json!({ "output": "bad b", "notes": "no b, b", "item": "b" })
        );
        server.stop().await;
    }
}

#[tokio::test]
async fn a_new_visit_of_a_list_tells_its_items_nothing() {
    let server = Server::start().await;
    let firsts = AtomicUsize::new(0);
    server.provider.otherwise(move |body| match prompt(body) {
        // The second visit's passes.
        "tell of a" if firsts.fetch_add(1, Ordering::SeqCst) > 0 => Reply::text("ok"),
        asked => Reply::text(&format!("no {asked}")),
    });
    let user = server.user();
    let stages = json!([
        each(json!({ "retryLimit": 1, "retryPromptTemplate": "mend {{output}}", "nextStageOnFail": 2,
            "validationType": "REGEX", "validationCriteria": { "pattern": "^ok" }, "nextStageOnPass": 0 })),
        { "promptTemplate": "again {{stage_1.failed.index}} {{stage_1.failed.raw}}", "nextStageOnPass": 1 },
    ]);
    let run = start(&server, &user, stages, json!({ "list": ["a"] })).await;
    let (_, run) = ended(&server, &user, &run).await;
    assert_eq!(run["status"], "COMPLETED", "{run}");
    let sent = logs(&run).iter().map(|log| text(&log["promptSent"]));
    assert_eq!(
        sent.collect::<Vec<_>>(),
        [
            "tell of a",
            "mend no tell of a",
            "again 0 no mend no tell of a",
            "tell of a",
        ]
    );
    server.stop().await;
}

#[tokio::test]
async fn an_item_that_is_null_passes_with_null_whatever_else_the_stage_says_of_items() {
    let server = Server::start().await;
    server.provider.otherwise(|body| match prompt(body) {
        asked if asked.starts_with("judge") => Reply::text(&json!({ "pass": true }).to_string()),
        asked => Reply::text(asked),
    });
    let user = server.user();
    let model = server.model().await;
    for list in [
        json!([null, null, null]),
        json!([null, "a", null, "b", null]),
    ] {
        let told = each(
            json!({ "key": "told", "retryLimit": 1, "forEach": { "concurrency": 4 },
            "retryPromptTemplate": "{{output}}", "validationType": "LLM",
            "validationCriteria": { "prompt": "judge {{output}}" } }),
        );
        // What was null brought nothing: a later stage over other items finds no value there.
        let after = json!({ "promptTemplate": "{{item}} {{what}}", "forEach": { "in": "inputs.others" },
            "inputVariableMapping": { "what": { "from": "told.item.text", "default": "-" } } });
        let others: Vec<_> = (0..list.as_array().unwrap().len()).collect();
        let inputs = json!({ "list": list, "others": others });
        let workflow = server.workflow(&user, &model, json!([told, after])).await;
        let run = start_of(&server, &user, &workflow, &inputs).await;
        let (_, run) = ended(&server, &user, &run).await;
        assert_eq!(run["status"], "COMPLETED", "{run}");
        let said = |item: &Value| item.as_str().map(|item| format!("tell of {item}"));
        let list = list.as_array().unwrap();
        let raw: Vec<_> = list.iter().map(said).collect();
        let context = &run["executionContext"];
        assert_eq!(context["stage_1"]["raw"], json!(raw));
        let after = raw.iter().enumerate();
        let after =
            after.map(|(index, said)| format!("{index} {}", said.as_deref().unwrap_or("-")));
        assert_eq!(context["stage_2"]["raw"], json!(after.collect::<Vec<_>>()));
    }
    server.stop().await;
}
