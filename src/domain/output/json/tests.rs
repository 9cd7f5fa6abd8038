//! Examples, hostile texts, and properties.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn read(text: &str) -> Result<Value, String> {
    object(text)
        .map(Value::Object)
        .map_err(|fault| fault.to_string())
}

#[test]
fn the_one_object_is_found_whatever_words_stand_around_it() {
    for text in [
        r#"{"a": 1}"#,
        "\u{feff}{\"a\": 1}",
        "\u{a0}{\"a\": 1}\u{a0}\n",
        "Here you are: {\"a\": 1}",
        "Sure!{\"a\": 1}Anything else?",
        "```json\n{\"a\": 1}\n```",
        "```json{\"a\": 1}```",
        "``` {\"a\": 1} ```",
        "~~~\n{\"a\": 1}\n~~~",
        "~~~~json title=\"x\"\n{\"a\": 1}\n~~~~",
        "```json\n{\"a\": 1}",
        "Here:\n```json\n{\"a\": 1}\n```\nHope that helps {really}!",
        "As in [1], use {braces}: {\"a\": 1}",
        "{ { {\"a\": 1}",
        "{{\"a\": 1}}",
        "He said {\"hi\"} and {\" and meant {\"a\": 1}",
        "not {\"a\": <a number>} but {\"a\": 1}",
        "not {a: {\"b\": 2}} nor {'a': {\"b\": 2}} but {\"a\": 1}",
        "function f() { return {\"a\": 1}; }",
        "{\u{a0}\"a\"\u{202f}:\u{3000}1\u{b}}",
        "[see] {\"a\": 1}, [2]",
    ] {
        assert_eq!(read(text), Ok(json!({ "a": 1 })), "{text}");
    }
}

#[test]
fn what_is_ambiguous_or_cut_off_is_an_error_that_says_so() {
    for (text, message) in [
        ("{\"a\": 1} {\"a\": 2}", "more than one JSON object"),
        (
            "{\"a\": 1}\n\n```\n{\"a\": 1}\n```",
            "more than one JSON object",
        ),
        ("{} {}", "more than one JSON object"),
        ("[{\"a\": 1}]", "it is an array: [{\"a\": 1}]"),
        ("Here: [{\"a\": 1}, {\"a\": 2}]", "it is an array"),
        ("```\n[ 1, {\"a\": 1} ]\n```", "it is an array"),
        ("[[{\"a\": 1}", "it is an array"),
        ("[1, 2]", "it is an array: [1,2]"),
        ("{\"a\": 1", "does not end"),
        ("{\"a\": {\"b\": 1}, \"c", "does not end"),
        ("{\"a\": \"x}", "does not end"),
        ("{\"a", "does not end"),
        ("{\"a\": 1} and {\"b\": 2", "does not end"),
        ("{\"a\": {\"b\": 1}, c}", "is no JSON (key must be a string"),
        ("{\"a\": 1,}", "is no JSON (trailing comma"),
        ("{a: {\"b\": 1}}", "is no JSON (key must be a string"),
        ("{'a': {\"b\": 1}}", "is no JSON (key must be a string"),
        ("{\"a\": \"\\x\"}", "is no JSON (invalid escape"),
        ("words", "is no JSON (expected"),
        ("", "is empty"),
        ("\u{feff}\u{a0}", "is empty"),
    ] {
        let error = read(text).expect_err(text);
        assert!(error.contains(message), "{text}: {error}");
    }
}

#[test]
fn control_characters_and_lone_halves_in_strings_are_read() {
    for (text, expected) in [
        ("{\"a\": \"x\ny\tz\"}", json!({ "a": "x\ny\tz" })),
        (
            "{\"a\": \"\0\u{1f}\u{a0}\\n\"}",
            json!({ "a": "\u{fffd}\u{1f}\u{a0}\n" }),
        ),
        ("{\"a\n\": \"\\\"\n{\"}", json!({ "a\n": "\"\n{" })),
        (
            "{\"a\": \"\\ud83d\\ude00\\ud83d\"}",
            json!({ "a": "😀\u{fffd}" }),
        ),
    ] {
        assert_eq!(read(text), Ok(expected), "{text}");
    }
    assert!(read("{\"a\": \"\\\n\"}").is_err(), "an escaped line break");
}

#[test]
fn integers_that_64_bits_do_not_hold_are_refused_with_their_place() {
    for (text, place) in [
        (
            "so: {\"id\": 123456789012345678901234}",
            "keeps at id: a text",
        ),
        (
            "{\"a\":\n{\"b\": [1, -9223372036854775809]}}",
            "keeps at a.b[1]: a text",
        ),
        (
            "{\"a\": \"\n\", \"b\": 18446744073709551616}",
            "keeps at b: a text",
        ),
    ] {
        let error = read(text).expect_err(text);
        assert!(error.contains(place), "{text}: {error}");
    }
    let kept = "{\"a\": [18446744073709551615, -9223372036854775808, 1e30, 0.1]}";
    assert_eq!(
        read(kept),
        Ok(json!({ "a": [u64::MAX, i64::MIN, 1e30, 0.1] }))
    );
    let bare = whole("123456789012345678901234").expect_err("a large number");
    assert!(bare.to_string().contains("keeps: a text"), "{bare}");
}

#[test]
fn all_of_a_text_may_be_any_json() {
    for (text, expected) in [
        ("[1, {\"a\": 2}]", json!([1, { "a": 2 }])),
        ("\u{feff}```json\n[1]\n```\n", json!([1])),
        ("~~~json [1]~~~", json!([1])),
        ("```true```", json!(true)),
        ("```\n\"a\nb\"", json!("a\nb")),
        ("``\n", Value::Null),
    ] {
        let read = whole(text);
        assert_eq!(read.is_ok(), !expected.is_null(), "{text}");
        assert_eq!(read.unwrap_or_default(), expected, "{text}");
    }
    assert!(whole("so: {\"a\": 1}").is_err());
    assert_eq!(value("so: {\"a\": 1}"), Ok(json!({ "a": 1 })));
    assert_eq!(value("[{\"a\": 1}]"), Ok(json!([{ "a": 1 }])));
}

/// What looked at every character once for every other one would take hours.
#[test]
fn nothing_takes_long_whatever_it_repeats() {
    const LENGTH: usize = 256 * 1024;
    for part in [
        "{",
        "}",
        "[",
        "]",
        "\"",
        "\\",
        "{\"",
        "{\"a\":",
        "{\"a\":[",
        "{\"a\":x}",
        "{}",
        "{'",
        "{' ",
        "{a",
        "{a:",
        "[{\"a\":",
        "[1,",
        "{\"a\":\"",
        "\"{\"",
        "{\\\"",
        "{ ",
        "\u{a0}",
        "\0",
        "{\"a\": {\"b\": 1}, ",
        "`",
        "```{",
        "9",
        "{\"\":{\"\":[1,",
        "{\"a\"",
        "{\"a\" ",
        "<think>",
    ] {
        let text = part.repeat(LENGTH / part.len());
        let closed = format!("{text}{}", "}".repeat(LENGTH));
        for text in [
            &text,
            &closed,
            &format!("{{\"a\":{text}"),
            &format!("{{\"{text}\":0}}"),
        ] {
            let began = Instant::now();
            let _ = object(text);
            let _ = value(text);
            let took = began.elapsed();
            assert!(took < Duration::from_secs(20), "{part}: {took:?}");
        }
    }
}

proptest! {
    #[test]
    fn any_object_is_found_between_any_words(
        before in "[a-z0-9 .:`~\\n\\u{a0}]{0,20}", text in any::<String>(), behind in "[^{\\[\\]]{0,20}")
    {
        let value = json!({ "t": text, "n": [{ "a": 1 }, {}] });
        let written = read(&format!("{before}{value}{behind}"));
        prop_assert_eq!(written, Ok(json!({ "t": text.replace('\0', "\u{fffd}"), "n": [{ "a": 1 }, {}] })));
    }

    #[test]
    fn an_object_that_is_cut_off_is_none(text in "[a-z{}\"\\\\ ]{0,8}", cut in 1_usize..100) {
        let value = json!({ "a": { "b": text }, "c": [{ "d": text }] }).to_string();
        prop_assume!(cut < value.len());
        prop_assert!(read(&value[..cut]).is_err());
    }

    #[test]
    fn raw_control_characters_in_a_string_mean_themselves(text in "[a-z{}\\[\\]:,\\n\\t\\u{1}\\u{a0} 0-9]{0,24}") {
        let written = format!("{{\"t\":\"{text}\",\u{a0}\"n\":1}}");
        prop_assert_eq!(read(&written), Ok(json!({ "t": text, "n": 1 })));
    }
}
