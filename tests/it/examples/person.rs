//! Examples that wait for a person, or for a program in the place of one.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use super::{Terminal, assert_holds, complaint_of, example, prompt};
use crate::support::process::eventually;
use crate::support::provider::Reply;

impl Terminal {
    /// Makes and runs an example that waits for a decision, without a terminal to ask on.
    async fn run_until_asked(&self, name: &str) {
        let complaint = complaint_of(&self.start(&example(name), &[]).await);
        assert_holds(&complaint, &["waits for a decision", "--follow"]);
    }

    /// Follows the latest run until it waits for a decision.
    async fn follow_until_asked(&self) {
        let run = self.latest("id").await;
        let words = ["--follow", run.as_str().unwrap(), "--quiet"];
        let complaint = complaint_of(&self.command(&words).await);
        assert_holds(&complaint, &["waits for a decision"]);
    }

    /// The attempts that wait.
    async fn waiting(&self) -> Vec<Value> {
        let query = "{ pendingValidations { nodes { id rawOutput } } }";
        let waiting = self.server.data(&self.user, query, json!({})).await;
        let waiting = waiting["pendingValidations"]["nodes"].as_array();
        waiting.unwrap().clone()
    }

    /// Decides the one attempt that waits, and answers what its model had said.
    async fn decide(&self, mut decision: Value) -> Value {
        let waiting = self.waiting().await;
        let [log] = waiting.as_slice() else {
            panic!("one attempt should wait: {waiting:?}");
        };
        decision["logId"] = log["id"].clone();
        let name = "recordManualValidation";
        self.server
            .mutate(&self.user, name, decision, "{ id }")
            .await;
        log["rawOutput"].clone()
    }
}

#[tokio::test]
async fn a_pitch_that_is_sent_back_is_written_anew_with_the_notes() {
    let terminal = Terminal::open().await;
    terminal.answers(&["A card for sheds.", "One card, every drill.", "One card"]);
    terminal.run_until_asked("pitch.json").await;
    let sent_back = json!({ "result": "FAIL", "notes": "Begin with the drill." });
    assert_eq!(terminal.decide(sent_back).await, "A card for sheds.");
    terminal.follow_until_asked().await;
    let passed = json!({ "result": "PASS", "notes": "Good." });
    assert_eq!(terminal.decide(passed).await, "One card, every drill.");
    let output = terminal.follow().await;
    let expected =
        json!({ "subject": "One card", "pitch": "One card, every drill.", "notes": "Good." });
    assert_eq!(output, expected);
    let calls = terminal.calls();
    assert_eq!(calls.len(), 3);
    assert_holds(&calls[0].1, &["a library card"]);
    assert_holds(&calls[1].1, &["Begin with the drill.", "A card for sheds."]);
    assert_holds(&calls[2].1, &["One card, every drill."]);
    for (system, _) in &calls[..2] {
        assert_holds(system, &["the town council"]);
    }
    terminal.server.stop().await;
}

/// `tests/clients` runs the program that decides.
#[tokio::test]
async fn what_a_program_puts_in_the_place_of_an_answer_is_what_the_next_stage_reads() {
    let terminal = Terminal::open().await;
    let asked = json!({ "amount": 240, "from": "EUR", "to": "DKK" });
    terminal.answers(&[&asked.to_string(), "That is 1790.40 kroner."]);
    let mut edited = asked.clone();
    edited["rate"] = json!(7.46);
    edited["converted"] = json!(1790.4);
    let decision = json!({ "result": "PASS", "editedOutput": edited.to_string() });
    let program = async {
        eventually("an attempt that waits", async || {
            terminal.waiting().await.pop()
        })
        .await;
        terminal.decide(decision).await
    };
    let (output, decided) = tokio::join!(terminal.run("exchange.json", &["--wait"]), program);
    assert_eq!(decided, asked.to_string());
    let expected = json!({ "converted": 1790.4, "answer": "That is 1790.40 kroner." });
    assert_eq!(output, expected);
    let said = "240 EUR are 1790.4 DKK, at a rate of 7.46.";
    assert_holds(&terminal.prompts()[1], &[said]);
    terminal.server.stop().await;
}

#[tokio::test]
async fn every_fact_passes_its_judge_and_the_newsletter_its_reader() {
    let terminal = Terminal::open().await;
    let found = json!({ "topic": "tools", "facts": ["There are drills.", "There are saws."],
        "people": ["Mara Lindt"] });
    let is_refused = AtomicBool::new(false);
    let found_text = found.to_string();
    terminal.server.provider.otherwise(move |body| {
        let prompt = prompt(body);
        let is = |part: &str| prompt.contains(part);
        let answer = if is("Has this text at most 60 words") {
            let refuses = is("drills") && !is_refused.swap(true, Ordering::Relaxed);
            json!({ "pass": !refuses, "notes": if refuses { "Too dry." } else { "" } }).to_string()
        } else if is("Read the article") {
            found_text.clone()
        } else if is("Write a paragraph") {
            "Borrow drills.".to_owned()
        } else if is("was sent back") {
            "Borrow drills for free.".to_owned()
        } else if is("saws") {
            "Saws, too!".to_owned()
        } else if is("Too dry.") {
            "Now: drills!".to_owned()
        } else {
            "We have drills.".to_owned()
        };
        Reply::text(&answer)
    });
    terminal.run_until_asked("newsletter.json").await;
    let sent_back = json!({ "result": "FAIL", "notes": "Say what it costs." });
    assert_eq!(terminal.decide(sent_back).await, "Borrow drills.");
    terminal.follow_until_asked().await;
    terminal.decide(json!({ "result": "PASS" })).await;
    let output = terminal.follow().await;
    let expected = json!({ "topic": "tools", "newsletter": "Borrow drills for free.",
        "people": ["Mara Lindt"] });
    assert_eq!(output, expected);
    let prompts = terminal.prompts();
    // The facts, two items of which one has a second attempt, a verdict for each, and two newsletters.
    assert_eq!(prompts.len(), 1 + 3 + 3 + 2);
    let [.., written, rewritten] = prompts.as_slice() else {
        panic!("{prompts:?}");
    };
    let notes = json!(["Now: drills!", "Saws, too!"]).to_string();
    assert_holds(written, &[&notes, "about tools"]);
    assert_holds(rewritten, &["Say what it costs.", "Borrow drills."]);
    terminal.server.stop().await;
}
