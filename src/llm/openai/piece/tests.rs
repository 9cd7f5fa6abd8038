//! What events say, in every form in which they say it.

use serde_json::json;

use super::*;

fn all(data: &str) -> Vec<Said> {
    in_frame(data, false)
}

fn in_frame(data: &str, is_bare: bool) -> Vec<Said> {
    said(&Event {
        is_error: false,
        is_bare,
        data: data.as_bytes().to_owned(),
    })
}

fn piece(value: &Value) -> Piece {
    match all(&value.to_string()).remove(0) {
        Said::Piece(piece) => piece,
        other => panic!("{value} is {other:?}"),
    }
}

#[test]
fn text_and_thoughts_are_found_in_every_form() {
    for (delta, text, thought) in [
        (json!({"content": "a"}), "a", ""),
        (json!({"content": null, "role": "assistant"}), "", ""),
        (json!({"content": 1, "reasoning": {}}), "", ""),
        (json!({"reasoning_content": "b", "reasoning": "b"}), "", "b"),
        (json!({"reasoning_content": "", "reasoning": "c"}), "", "c"),
        (
            json!({"content": [{"type": "text", "text": "a"}, {"text": "b"}]}),
            "ab",
            "",
        ),
        (
            json!({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "t"}]}, "a"]}),
            "a",
            "t",
        ),
        (json!({"content": {"type": "text", "text": "a"}}), "a", ""),
    ] {
        for place in ["delta", "message"] {
            let read = piece(&json!({"choices": [{"index": 0, place: delta}]}));
            assert_eq!(read.text, text.as_bytes(), "{delta}");
            assert_eq!(read.thought, thought.as_bytes(), "{delta}");
            assert_eq!(read.whole, Whole::No, "a part of a stream is no whole");
        }
    }
    for (choice, text) in [
        (
            json!({"delta": {"content": "a"}, "message": {"content": "all"}}),
            "a",
        ),
        (json!({"delta": {}, "message": {"content": "all"}}), "all"),
        (
            json!({"delta": {"content": ""}, "message": {"content": "all"}}),
            "all",
        ),
        (json!({"text": "a"}), "a"),
        (json!({"index": "0", "delta": {"content": "a"}}), "a"),
        (json!({"index": 1, "delta": {"content": "a"}}), ""),
    ] {
        for choices in [json!([choice]), choice.clone()] {
            let read = piece(&json!({ "choices": choices }));
            assert_eq!(read.text, text.as_bytes(), "{choices}");
        }
    }
    let other = json!({"choices": [
        {"index": 0, "delta": {"content": "a"}}, {"index": 1, "delta": {"content": "x"}},
        {"index": 0, "finish_reason": "stop"},
    ]});
    let other = piece(&other);
    assert_eq!(
        (other.text, other.reason.unwrap()),
        (b"a".to_vec(), "stop".to_owned())
    );
}

#[test]
fn only_a_body_that_is_no_stream_holds_a_whole_answer() {
    let choices = json!([{"message": {"content": "a"}}]);
    for (object, whole) in [
        (json!("chat.completion"), Whole::Yes),
        (json!(null), Whole::Perhaps),
        (json!("chat.completion.chunk"), Whole::No),
    ] {
        let answer = json!({"object": object, "choices": choices}).to_string();
        for (is_bare, whole) in [(true, whole), (false, Whole::No)] {
            let [Said::Piece(piece)] = &in_frame(&answer, is_bare)[..] else {
                panic!("{answer} is no piece");
            };
            assert_eq!(piece.whole, whole, "{answer}");
        }
    }
    let part = json!({"choices": [{"delta": {"content": "a"}}]}).to_string();
    let [Said::Piece(part)] = &in_frame(&part, true)[..] else {
        panic!("{part} is no piece");
    };
    assert_eq!(part.whole, Whole::No);
}

#[test]
fn what_stands_beside_the_text_costs_nothing() {
    for beside in [
        r#""usage": [1]"#,
        r#""usage": "none""#,
        r#""usage": {"prompt_tokens": 1e999}"#,
        r#""error": null"#,
        r#""error": false"#,
        r#""error": {}"#,
        r#""error": {"code": 0, "message": "success"}"#,
        r#""id": "\ud83d""#,
        r#""\ud83d": 1"#,
    ] {
        let choice = r#"{"delta": {"content": "a", "refusal": false}, "finish_reason": 0}"#;
        let said = all(&format!(r#"{{"choices": [{choice}], {beside}}}"#));
        let text = b"a".to_vec();
        let expected = Piece {
            text,
            ..Piece::default()
        };
        assert_eq!(said, [Said::Piece(expected)], "{beside}");
    }
}

#[test]
fn what_can_be_mended_costs_nothing() {
    for data in [
        "{\"choices\": [{\"delta\": {\"content\": \"a\u{1}\tb\"}}]}",
        r#"{"choices": [{"delta": {"content": "a\u0001\tb"}, "logprobs": NaN}], "x": -Infinity}"#,
    ] {
        let [Said::Piece(piece)] = &all(data)[..] else {
            panic!("{data} is no piece");
        };
        assert_eq!(piece.text, b"a\x01\tb", "{data}");
    }
    assert_eq!(all("{\"choices\": [\"\t\""), [Said::Broken]);
    assert_eq!(all("wait, \"\tx"), [Said::Stray("wait, \"\tx".to_owned())]);
}

#[test]
fn tokens_are_counted_in_whatever_way_they_are_written() {
    for (written, count) in [
        (json!(3), Some(3)),
        (json!(3.0), Some(3)),
        (json!("3"), Some(3)),
        (json!(3.5), None),
        (json!(-1), None),
        (json!(1e300), None),
        (json!("many"), None),
        (json!([3]), None),
    ] {
        let usage = piece(&json!({"choices": [], "usage": {"prompt_tokens": written}})).usage;
        let expected = count.map(|count| Usage {
            prompt_tokens: Some(count),
            ..Usage::default()
        });
        assert_eq!(usage, expected, "{written}");
    }
}

#[test]
fn errors_are_told_from_pieces_in_every_form() {
    for error in [
        json!({"error": {"message": "no"}}),
        json!({"error": "no", "choices": []}),
        json!({"code": 429, "message": "no", "type": "rate_limit"}),
    ] {
        assert!(
            matches!(&all(&error.to_string())[..], [Said::Error(_)]),
            "{error}"
        );
    }
    for none in [
        json!({"type": "ping"}),
        json!({"code": 0, "message": "ok"}),
        json!({"error": null, "usage": {}}),
    ] {
        assert!(
            matches!(&all(&none.to_string())[..], [Said::Piece(_)]),
            "{none}"
        );
    }
    let queued = json!({"status": "queued", "message": "wait"});
    let said_of = all(&queued.to_string());
    assert!(matches!(&said_of[..], [Said::Piece(_), Said::Remark(words)] if *words == queued));
    let event = Event {
        is_error: true,
        is_bare: false,
        data: b"no".to_vec(),
    };
    assert_eq!(said(&event), [Said::Error(json!("no"))]);
    let beside = piece(&json!({"choices": [{"finish_reason": "error", "error": {"code": 5}}]}));
    assert_eq!(beside.error, Some(json!({"code": 5})));
}

#[test]
fn events_that_are_glued_together_are_told_apart() {
    let said = all(r#"{"choices":[]}{"choices":[]} data: {"choices":[]}[DONE]"#);
    assert_eq!(said.len(), 4);
    assert_eq!(said[3], Said::Done);
    assert_eq!(all("\"[DONE]\""), [Said::Done]);
    assert_eq!(all(r#"{"choices": [{"#), [Said::Broken]);
    for words in ["waiting", "[waiting", "{waiting}", "it's \"5 o clock"] {
        assert_eq!(all(words), [Said::Stray(words.to_owned())]);
    }
    assert_eq!(all("null"), []);
}
