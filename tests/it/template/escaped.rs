//! What is escaped means what it meant, and nothing is escaped without need.

use footlight::domain::template::{Syntax, Template};
use migration::templates::escaped;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Renders a text; every placeholder has a value.
fn rendered(text: &str, syntax: Syntax) -> String {
    let template = Template::parse(text, syntax);
    let variables: Map<_, _> = template
        .placeholders()
        .map(|it| (it.name.to_string(), Value::from(format!("<{}>", it.name))))
        .collect();
    template.render(&variables).unwrap()
}

#[test]
fn what_was_literal_is_escaped_and_what_stood_before_a_placeholder_is_doubled() {
    for (before, after) in [
        ("{{ a }}", r"\{{ a }}"),
        ("{{a }}{{a}}", r"\{{a }}{{a}}"),
        ("{{ชื่อ}}", r"\{{ชื่อ}}"),
        ("{{inputs.a}}", r"\{{inputs.a}}"),
        ("{{stage_1.title}}", r"\{{stage_1.title}}"),
        (r"\{{a}}", r"\\{{a}}"),
        (r"\\{{a}}", r"\\\\{{a}}"),
        (r"\{{ a }}", r"\\\{{ a }}"),
        ("{{{ a }}}", r"{\{{ a }}}"),
    ] {
        assert_eq!(escaped(before).as_deref(), Some(after), "{before}");
        let old = rendered(before, Syntax::First);
        assert_eq!(rendered(after, Syntax::Second), old, "{before}");
    }
    for same in [
        "",
        "{{a}} {{_1ä}}",
        "{{user.name}} {{a-b}} {{}} {{ }}",
        r"\n \\ {a} {{{a}}}",
        r"\{{user.name}}",
    ] {
        assert_eq!(escaped(same), None, "{same}");
    }
}

/// Texts of what either reading looks at.
fn texts() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{",
        "{{",
        "}",
        "}}",
        "\\",
        "\\\\",
        " ",
        "\t",
        "\n",
        "\u{a0}",
        "a",
        "_b",
        "1",
        "é",
        "e\u{301}",
        "ชื่อ",
        "हिन्दी",
        "\u{200d}",
        "\u{1112}\u{1161}",
        ".",
        "inputs",
        "stage_1",
        "stage_",
        "output",
        "raw",
        "user",
        "{{a}}",
        "{{ a }}",
        "{{inputs.a}}",
        "{{stage_1.output.0}}",
        "{{stage_x.y}}",
        "-",
        "\"",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn what_is_escaped_means_what_it_meant(text in texts()) {
        let after = escaped(&text).unwrap_or_else(|| text.clone());
        let old = rendered(&text, Syntax::First);
        prop_assert_eq!(rendered(&after, Syntax::Second), old);
    }

    #[test]
    fn nothing_is_escaped_where_both_readings_agree(text in texts()) {
        let after = escaped(&text);
        let agree = rendered(&text, Syntax::First) == rendered(&text, Syntax::Second);
        prop_assert_eq!(after.is_none(), agree);
    }

    #[test]
    fn any_text_means_what_it_meant(text in any::<String>()) {
        let text = text.replace('(', "{{").replace(')', "}}");
        let after = escaped(&text).unwrap_or_else(|| text.clone());
        let old = rendered(&text, Syntax::First);
        prop_assert_eq!(rendered(&after, Syntax::Second), old);
    }

    #[test]
    fn what_a_stage_and_a_snapshot_keep_is_escaped_alike(text in texts()) {
        let mut criteria = json!({"prompt": text});
        let changed = migration::templates::escape_criteria("LLM", &mut criteria);
        prop_assert_eq!(changed, escaped(&text).is_some());
        let after = escaped(&text).unwrap_or_else(|| text.clone());
        prop_assert_eq!(&criteria["prompt"], &json!(after));

        let stage = json!({"promptTemplate": text, "validationType": "LLM",
            "validationCriteria": {"prompt": text}});
        let mut data = json!({"stages": [stage]});
        prop_assert_eq!(migration::templates::escape_snapshot(&mut data), changed);
        prop_assert_eq!(&data["stages"][0]["promptTemplate"], &json!(after));
        prop_assert_eq!(&data["stages"][0]["validationCriteria"]["prompt"], &json!(after));
        prop_assert!(!migration::templates::escape_snapshot(&mut data));
    }
}
