//! Examples that models alone answer.

use serde_json::{Value, json};

use super::{Terminal, assert_holds, prompt};
use crate::support::provider::Reply;

#[tokio::test]
async fn each_kind_of_message_is_answered_by_a_writer_of_its_own() {
    let terminal = Terminal::open().await;
    for (kind, system) in [
        ("billing", "accounts department"),
        ("fault", "technicians"),
        ("sales", "the shop"),
        ("other", ""),
    ] {
        let before = terminal.calls().len();
        let sorted = json!({ "kind": kind, "summary": "It is about a kite." });
        terminal.answers(&[&sorted.to_string(), "Dear customer"]);
        let message = format!("message=a {kind} letter");
        let output = terminal.run("router.json", &["--input", &message]).await;
        assert_eq!(output, json!({ "kind": kind, "answer": "Dear customer" }));
        let [triage, writer] = &terminal.calls()[before..] else {
            panic!("{kind} takes other than two calls");
        };
        let letter = format!("a {kind} letter");
        assert_holds(&triage.1, &[&letter]);
        assert_holds(&writer.0, &[system]);
        assert_holds(&writer.1, &[&letter]);
        assert_eq!(writer.0.is_empty(), kind == "other");
        let about = writer.1.contains("It is about a kite.");
        assert_eq!(about, kind != "other", "{writer:?}");
    }
    terminal.server.stop().await;
}

#[tokio::test]
async fn the_writer_hears_the_critic_until_its_verdict_ends_the_run() {
    let terminal = Terminal::open().await;
    let verdict =
        |word: &str, advice: &str| json!({ "verdict": word, "advice": advice }).to_string();
    terminal.answers(&[
        "A bell.",
        &verdict("again", "Say how it sounds."),
        "A bell like a blackbird.",
        &verdict("again", "Say who hears it."),
        "They turn and smile.",
        &verdict("ready", "Leave it so."),
    ]);
    let output = terminal.run("critic.json", &[]).await;
    let expected = json!({ "text": "They turn and smile.", "lastAdvice": "Leave it so." });
    assert_eq!(output, expected);
    let prompts = terminal.prompts();
    assert_eq!(prompts.len(), 6);
    for (at, said) in [
        (0, ["none, this is the first", "nothing yet"]),
        (1, ["A bell.", "a bicycle bell"]),
        (2, ["A bell.", "Say how it sounds."]),
        (3, ["A bell like a blackbird.", "a bicycle bell"]),
        (4, ["A bell like a blackbird.", "Say who hears it."]),
        (5, ["They turn and smile.", "a bicycle bell"]),
    ] {
        assert_holds(&prompts[at], &said);
    }
    assert!(!prompts[4].contains("Say how it sounds."), "{prompts:?}");
    terminal.server.stop().await;
}

#[tokio::test]
async fn a_glossary_is_kept_to_where_there_is_one() {
    let terminal = Terminal::open().await;
    terminal.answers(&["Vor dem Frost", "Vor dem ersten Frost"]);
    let output = terminal.run("translation.json", &[]).await;
    let expected = json!({ "translation": "Vor dem ersten Frost", "glossary": {} });
    assert_eq!(output, expected);
    let calls = terminal.calls();
    assert_holds(&calls[0].0, &["into German"]);
    assert_holds(&calls[0].1, &["not otherwise: none\n", "dahlia tubers"]);
    assert_holds(&calls[1].1, &["as they are: none.", "Vor dem Frost"]);

    terminal.answers(&["Før frosten", "Før den første frost"]);
    let glossary = r#"glossary:={"frost":"rim"}"#;
    let words = ["--input", glossary, "--input", "language=Danish"];
    let output = terminal.run("translation.json", &words).await;
    assert_eq!(output["glossary"], json!({ "frost": "rim" }));
    let calls = &terminal.calls()[2..];
    assert_holds(&calls[0].0, &["into Danish"]);
    for (_, prompt) in calls {
        // What is not given anew is the file's.
        assert_holds(prompt, &[r#"{"frost":"rim"}"#, "dahlia tubers"]);
    }
    terminal.server.stop().await;
}

#[tokio::test]
async fn every_character_has_a_voice_and_all_of_them_a_story() {
    let terminal = Terminal::open().await;
    let cast = json!([
        { "name": "Ada", "wish": "a ship" },
        { "name": "Bo", "wish": "sleep" },
        { "name": "Cleo", "wish": "rye" },
    ]);
    let answer = json!({ "characters": cast }).to_string();
    terminal.server.provider.otherwise(move |body| {
        let prompt = prompt(body);
        if prompt.starts_with("Invent 3 people") {
            return Reply::text(&answer);
        }
        let voice = prompt.strip_prefix("You are ");
        let voice = voice.and_then(|rest| rest.split_once(", and what you want most is "));
        Reply::text(&match voice {
            Some((name, rest)) => {
                let (wish, _) = rest.split_once('.').unwrap();
                format!("{name} says {wish}")
            }
            None => "It was night.".to_owned(),
        })
    });
    let output = terminal.run("characters.json", &[]).await;
    assert_eq!(
        output,
        json!({ "characters": cast, "story": "It was night." })
    );
    let voices = ["Ada says a ship", "Bo says sleep", "Cleo says rye"];
    let voices = voices.map(|voice| json!({ "text": voice }));
    let story = terminal.prompts().pop().unwrap();
    assert_holds(&story, &[&json!(voices).to_string(), &cast.to_string()]);
    assert_eq!(terminal.prompts().len(), 5);
    let mut items = terminal
        .latest("logs { nodes { itemIndex stageOrder } }")
        .await;
    let items = items["nodes"].as_array_mut().unwrap();
    items.retain(|log| log["stageOrder"] == 2);
    let mut items: Vec<_> = items.iter().map(|log| log["itemIndex"].as_i64()).collect();
    items.sort_unstable();
    assert_eq!(items, [Some(0), Some(1), Some(2)]);
    terminal.server.stop().await;
}

#[tokio::test]
async fn an_answer_that_is_no_order_is_mended_and_one_that_is_goes_past_the_mending() {
    let terminal = Terminal::open().await;
    let order = json!({ "customer": "Ida Marsh",
        "lines": [{ "article": "blue lanterns", "quantity": 40 }] });
    let broken =
        r#"{"customer": "Ida Marsh", "lines": [{"article": "blue lanterns", "quantity": forty}]}"#;
    terminal.answers(&[broken, &order.to_string(), "Dear Ida Marsh"]);
    let output = terminal.run("repair.json", &[]).await;
    let expected = json!({ "order": order, "confirmation": "Dear Ida Marsh" });
    assert_eq!(output, expected);
    let prompts = terminal.prompts();
    assert_eq!(prompts.len(), 3);
    let notes = terminal.latest("logs { nodes { errorMessage } }").await;
    let notes = notes["nodes"][0]["errorMessage"].as_str().unwrap();
    assert_holds(&prompts[1], &[broken, notes]);
    assert!(!prompts[1].contains("rowing club"), "{prompts:?}");
    assert_holds(&prompts[2], &[&order.to_string()]);

    terminal.answers(&[&order.to_string(), "Dear Ida"]);
    let output = terminal.run("repair.json", &[]).await;
    let expected = json!({ "order": order, "confirmation": "Dear Ida" });
    assert_eq!(output, expected);
    let prompts = &terminal.prompts()[3..];
    assert_eq!(prompts.len(), 2);
    assert_holds(&prompts[1], &[&order.to_string()]);
    terminal.server.stop().await;
}

#[tokio::test]
async fn an_answer_comes_after_all_that_was_said_before() {
    let terminal = Terminal::open().await;
    terminal.answers(&["Then the museum."]);
    let output = terminal.run("chat.json", &[]).await;
    assert_eq!(output, json!({ "answer": "Then the museum." }));
    let logs = terminal.latest("logs { nodes { messagesSent } }").await;
    let turns = logs["nodes"][0]["messagesSent"].as_array().unwrap().clone();
    let roles: Vec<_> = turns.iter().map(|turn| turn["role"].as_str()).collect();
    let both = [Some("user"), Some("assistant")];
    assert_eq!(roles, both.repeat(2));
    let file: Value = serde_json::from_str(include_str!("../../../examples/chat.json")).unwrap();
    assert_eq!(json!(turns[2..]), file["inputs"]["history"]);
    let sent = &terminal.server.provider.requests()[0].body["messages"];
    assert_eq!(sent.as_array().unwrap()[1..5], turns[..]);
    assert_eq!(terminal.prompts(), ["And what if it rains?"]);

    terminal.answers(&["Hello."]);
    let words = ["--input", "history:=[]", "--input", "message=Hi"];
    terminal.run("chat.json", &words).await;
    let logs = terminal.latest("logs { nodes { messagesSent } }").await;
    assert_eq!(logs["nodes"][0]["messagesSent"], json!(turns[..2]));
    terminal.server.stop().await;
}
