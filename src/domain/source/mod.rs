//! Source paths: places in a run's inputs and in the outputs of its stages, as mappings and templates name
//! them.

mod path;
mod places;

pub use self::path::{INDEX, ITEM, Part, SourcePath};
pub use self::places::{At, Found, Nulls, Places};

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::context::Context;
    use crate::domain::key::Keys;

    fn inputs() -> Value {
        json!({"topic": "tea", "nested": {"a.b": 1, "list": ["x", {"y": 2}]}, "nothing": null})
    }

    fn output() -> Value {
        json!({"items": ["p", "q"], "0": "zero"})
    }

    fn context() -> Context {
        Context::read(&json!({
            "stage_1": {"output": output(), "raw": "text"},
            "stage_3": {"output": {"text": "plain"}, "raw": "plain", "notes": "fine", "ended": 2,
                "failed": {"raw": "{", "notes": "no JSON", "index": 7, "ended": 3}},
            "stage_4": {"failed": {"raw": "", "ended": 1}},
        }))
    }

    #[test]
    fn a_path_leads_to_its_value_and_prints_as_it_was_written() {
        for (path, stage, value) in [
            ("inputs", None, inputs()),
            ("inputs.topic", None, json!("tea")),
            ("inputs.nothing", None, json!(null)),
            ("inputs.nested.list.1.y", None, json!(2)),
            ("stage_1.output", Some(1), output()),
            ("stage_1.output.items.1", Some(1), json!("q")),
            ("stage_1.output.0", Some(1), json!("zero")),
            ("stage_1.raw", Some(1), json!("text")),
            ("stage_3.raw", Some(3), json!("plain")),
            ("stage_3.output", Some(3), json!({"text": "plain"})),
            ("stage_3.output.text", Some(3), json!("plain")),
            ("stage_3.notes", Some(3), json!("fine")),
            ("stage_3.failed.raw", Some(3), json!("{")),
            ("stage_3.failed.notes", Some(3), json!("no JSON")),
            ("stage_3.failed.index", Some(3), json!(7)),
            ("stage_4.failed.raw", Some(4), json!("")),
        ] {
            let source = SourcePath::parse(path, Keys::NONE).expect(path);
            assert_eq!(source.to_string(), path);
            assert_eq!(source.stage(), stage, "{path}");
            let (inputs, context) = (inputs(), context());
            let found = Places::new(&inputs, &context, Nulls::AreValues).find(&source);
            let found = found.map(Found::to_value);
            assert_eq!(found, Some(value), "{path}");
        }
    }

    #[test]
    fn null_is_a_value_or_none() {
        let (inputs, context) = (inputs(), context());
        let path = SourcePath::parse("inputs.nothing", Keys::NONE).expect("a path");
        let all = SourcePath::parse("inputs", Keys::NONE).expect("a path");
        for (nulls, found) in [(Nulls::AreValues, true), (Nulls::AreNone, false)] {
            let places = Places::new(&inputs, &context, nulls);
            assert_eq!(places.find(&path).is_some(), found);
            assert_eq!(places.input("nothing").is_some(), found);
            assert_eq!(places.input_as_written("nothing").is_some(), found);
            // What is in a value is its own affair.
            let whole = places.find(&all).map(Found::to_value);
            assert_eq!(whole.as_ref(), Some(&inputs));
            assert_eq!(places.fault(&path), "is null");
        }
    }

    #[test]
    fn a_path_that_leads_nowhere_has_no_value() {
        for path in [
            "inputs.other",
            "inputs.topic.length",
            "inputs.nested.a.b",
            "inputs.nested.list.2",
            "inputs.nested.list.+1",
            "inputs.nested.list.-1",
            "inputs.nested.list.99999999999999999999999",
            "stage_1.output.items.first",
            "stage_2.output",
            "stage_2.raw",
            "stage_3.output.other",
            "stage_3.output.text.0",
            "stage_1.notes",
            "stage_1.failed.raw",
            "stage_4.raw",
            "stage_4.notes",
            "stage_4.failed.notes",
            "stage_4.failed.index",
        ] {
            let source = SourcePath::parse(path, Keys::NONE).expect(path);
            let (inputs, context) = (inputs(), context());
            assert_eq!(
                Places::new(&inputs, &context, Nulls::AreValues).find(&source),
                None,
                "{path}"
            );
        }
    }

    #[test]
    fn an_item_has_its_index_and_what_an_earlier_stage_brought_for_it() {
        let inputs = json!({});
        let context = Context::read(&json!({
            "stage_2": {"output": {"items": ["x", {"name": "y"}, null]}, "raw": ["x", "y", null]},
            "stage_3": {"output": {"text": "plain"}, "raw": "plain"},
        }));
        let item = json!({"name": "Ann", "none": null});
        let find = |index: u64, path: &str| {
            let index = json!(index);
            let at = At {
                item: &item,
                index: &index,
                list: None,
            };
            let path = SourcePath::parse(path, Keys::NONE).expect(path);
            let found = Places::new(&inputs, &context, Nulls::AreValues)
                .at(at)
                .find(&path);
            found.map(Found::to_value)
        };
        for (index, path, value) in [
            (0, "item", Some(item.clone())),
            (0, "item.name", Some(json!("Ann"))),
            (0, "item.other", None),
            (7, "index", Some(json!(7))),
            (0, "stage_2.item", Some(json!("x"))),
            (1, "stage_2.item.name", Some(json!("y"))),
            (2, "stage_2.item", None),
            (3, "stage_2.item", None),
            (0, "stage_3.item", None),
            (0, "stage_2.raw", Some(json!(["x", "y", null]))),
        ] {
            assert_eq!(find(index, path), value, "{path}");
            let parsed = SourcePath::parse(path, Keys::NONE).expect(path);
            assert_eq!(parsed.to_string(), path);
        }
        let outside = SourcePath::parse("item", Keys::NONE).expect("a path");
        let nowhere = Places::new(&inputs, &context, Nulls::AreValues);
        assert_eq!(nowhere.find(&outside), None);
        assert!(SourcePath::parse("index.x", Keys::NONE).is_err());
    }

    #[test]
    fn anything_but_a_source_path_is_refused_with_what_is_allowed() {
        for path in [
            "",
            ".",
            "topic",
            "inputs.",
            "inputs..topic",
            "input.topic",
            " inputs.topic",
            "stage_1",
            "stage_1.outputs",
            "stage_1.raw.text",
            "stage_1.notes.0",
            "stage_1.failed",
            "stage_1.failed.output",
            "stage_1.failed.raw.0",
            "stage_1.output.",
            "stage_0.raw",
            "stage_-1.raw",
            "stage_+1.raw",
            "stage_01.raw",
            "stage_99999999999.raw",
            "stage_.raw",
            "stage_x.raw",
        ] {
            let message = SourcePath::parse(path, Keys::NONE).expect_err(path);
            assert!(
                message.contains("inputs.name, stage_N.output.name, stage_N.raw"),
                "{message}"
            );
        }
    }

    #[test]
    fn a_misspelt_path_is_told_the_one_that_is_nearest() {
        let keys = Keys::from_iter([("facts", 3)]);
        for (path, meant) in [
            ("input.x", "inputs.x"),
            ("inputz.h.0", "inputs.h.0"),
            ("{{inputs.h}}", "inputs.h"),
            (" inputs.topic", "inputs.topic"),
            ("input", "inputs"),
            ("l", "inputs.l"),
            ("topic", "inputs.topic"),
            ("fakts", "facts.output"),
            ("facts", "facts.output"),
            ("fact.people", "facts.people"),
            ("facts.raw.x", "facts.raw"),
            ("facts.failed.idnex", "facts.failed.index"),
            ("stage_1", "stage_1.output"),
            ("stage_1.outptu", "stage_1.output"),
            ("stage_1.outptu.a", "stage_1.output.a"),
            ("stage_1.raww", "stage_1.raw"),
            ("stage_1.note", "stage_1.notes"),
            ("stage_1.people", "stage_1.output.people"),
            ("stage_1.failed", "stage_1.failed.raw"),
            ("stage_1.failed.note", "stage_1.failed.notes"),
            ("items.name", "item.name"),
            ("user.name", ""),
            ("inputs..x", ""),
            ("a word or two", ""),
            ("", ""),
        ] {
            let message = SourcePath::parse(path, &keys).expect_err(path);
            let hint = match meant {
                "" => "is no source path: use".to_owned(),
                meant => format!("is no source path (did you mean {meant}?): use"),
            };
            assert!(message.contains(&hint), "{path}: {message}");
        }
    }

    #[test]
    fn a_path_says_which_visit_left_what_is_there() {
        let (inputs, context) = (inputs(), context());
        let places = Places::new(&inputs, &context, Nulls::AreNone);
        for (path, end) in [
            ("inputs.topic", 0),
            ("stage_9.raw", 0),
            ("stage_3.output.text", 2),
            ("stage_3.notes", 2),
            ("stage_3.failed.raw", 3),
            ("stage_4.failed.raw", 1),
        ] {
            let source = SourcePath::parse(path, Keys::NONE).expect(path);
            assert_eq!(places.end(&source), end, "{path}");
        }
    }

    #[test]
    fn a_key_stands_for_its_stage_before_a_part_of_it_and_for_its_output_before_anything_else() {
        let keys: Keys<'_> = [("facts", 1), ("e\u{301}", 3)].into_iter().collect();
        for (path, plain) in [
            ("facts.people", "stage_1.output.people"),
            ("facts.people.0", "stage_1.output.people.0"),
            ("facts.output", "stage_1.output"),
            ("facts.output.raw", "stage_1.output.raw"),
            ("facts.raw", "stage_1.raw"),
            ("facts.notes", "stage_1.notes"),
            ("facts.failed.raw", "stage_1.failed.raw"),
            ("e\u{301}.text", "stage_3.output.text"),
        ] {
            assert!(SourcePath::is_root(path.split('.').next().unwrap(), &keys));
            assert_eq!(
                SourcePath::parse(path, &keys),
                SourcePath::parse(plain, Keys::NONE),
                "{path}"
            );
        }
        for path in [
            "facts",
            "facts.",
            "facts.raw.x",
            "Facts.people",
            "\u{e9}.text",
        ] {
            SourcePath::parse(path, &keys).expect_err(path);
        }
        let message = SourcePath::parse("fact.people", &keys).expect_err("no key");
        assert!(message.contains("did you mean facts.people?"), "{message}");
    }

    #[test]
    fn names_on_the_way_are_compared_whatever_their_normal_form() {
        let inputs = json!({"caf\u{e9}": {"the\u{301}": "green"}});
        for path in ["inputs.cafe\u{301}.th\u{e9}", "inputs.caf\u{e9}.the\u{301}"] {
            let source = SourcePath::parse(path, Keys::NONE).expect(path);
            let context = Context::default();
            let found = Places::new(&inputs, &context, Nulls::AreValues).find(&source);
            let found = found.map(Found::to_value);
            assert_eq!(found, Some(json!("green")), "{path}");
        }
    }
}
