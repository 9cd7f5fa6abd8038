//! REGEX: a pattern that the text of the model must match, or must not.
//!
//! The `regex` crate matches in linear time, so that no pattern can stall a run; its size limits
//! bound what compiling one may take.

use regex::{Regex, RegexBuilder};
use serde_json::Value;

use super::criteria::Fields;
use super::{Fault, Verdict};
use crate::domain::output::excerpt;

/// The longest pattern, in bytes.
const MAX_PATTERN: usize = 2 * 1024;
/// The largest compiled program, and the largest cache for matching it, in bytes.
pub(super) const SIZE_LIMIT: usize = 1024 * 1024;
/// How much of a match a note repeats, in characters.
const EXCERPT: usize = 200;

/// `{"pattern", "flags"?, "mustMatch"?}`, compiled.
#[derive(Clone, Debug)]
pub struct RegexRule {
    regex: Regex,
    must_match: bool,
}

impl RegexRule {
    /// # Errors
    ///
    /// The first fault of the criteria, a pattern that does not compile included.
    pub fn parse(criteria: Option<&Value>) -> Result<Self, Fault> {
        let fields = Fields::read("", criteria, &["pattern", "flags", "mustMatch"])?;
        let pattern = fields.string("pattern")?;
        if pattern.len() > MAX_PATTERN {
            return Err(fields.fault("pattern", "must be at most 2 KiB long"));
        }
        let mut builder = RegexBuilder::new(pattern);
        builder.size_limit(SIZE_LIMIT).dfa_size_limit(SIZE_LIMIT);
        apply(
            fields.optional_string("flags")?.unwrap_or_default(),
            &mut builder,
        )
        .map_err(|message| fields.fault("flags", message))?;
        let must_match = fields.optional_bool("mustMatch")?.unwrap_or(true);
        match builder.build() {
            Ok(regex) => Ok(Self { regex, must_match }),
            Err(error) => Err(fields.fault("pattern", explain(&error))),
        }
    }

    /// Looks at the text of the model.
    #[must_use]
    pub fn check(&self, raw: &str, _output: &Value) -> Verdict {
        match (self.regex.find(raw), self.must_match) {
            (Some(_), true) | (None, false) => Verdict::PASS,
            (None, true) => Verdict::fail("the output does not match the pattern".to_owned()),
            (Some(found), false) => Verdict::fail(format!(
                "the output matches the pattern that it must not match: {}",
                excerpt(found.as_str(), EXCERPT)
            )),
        }
    }
}

fn apply(flags: &str, builder: &mut RegexBuilder) -> Result<(), &'static str> {
    for (at, flag) in flags.char_indices() {
        if flags[..at].contains(flag) {
            return Err("must name each flag at most once");
        }
        match flag {
            'i' => builder.case_insensitive(true),
            'm' => builder.multi_line(true),
            's' => builder.dot_matches_new_line(true),
            'x' => builder.ignore_whitespace(true),
            _ => return Err("must consist of i, m, s and x"),
        };
    }
    Ok(())
}

/// The crate's message without the drawing of the pattern above it.
fn explain(error: &regex::Error) -> String {
    let text = error.to_string();
    let reason = text.rsplit("error: ").next().unwrap_or(&text).trim();
    format!("must be a regular expression without look-around and backreferences: {reason}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn verdict(criteria: &Value, raw: &str) -> Verdict {
        RegexRule::parse(Some(criteria))
            .expect("valid")
            .check(raw, &json!({}))
    }

    #[test]
    fn the_pattern_must_match_or_must_not() {
        for (criteria, raw, pass) in [
            (json!({"pattern": "^a+$"}), "aaa", true),
            (json!({"pattern": "^a+$"}), "aab", false),
            (json!({"pattern": "b", "mustMatch": true}), "abc", true),
            (json!({"pattern": "b", "mustMatch": false}), "abc", false),
            (json!({"pattern": "b", "mustMatch": false}), "ac", true),
            (json!({"pattern": "B"}), "abc", false),
            (json!({"pattern": "B", "flags": "i"}), "abc", true),
            (json!({"pattern": "^b$"}), "a\nb\nc", false),
            (json!({"pattern": "^b$", "flags": "m"}), "a\nb\nc", true),
            (json!({"pattern": "a.b"}), "a\nb", false),
            (json!({"pattern": "a.b", "flags": "s"}), "a\nb", true),
            (json!({"pattern": "a b", "flags": "x"}), "ab", true),
            (
                json!({"pattern": "^B . C$", "flags": "imsx"}),
                "a\nb\nc",
                true,
            ),
            (
                json!({"pattern": "b", "flags": null, "mustMatch": null}),
                "abc",
                true,
            ),
        ] {
            let verdict = verdict(&criteria, raw);
            assert_eq!(verdict.pass, pass, "{criteria} on {raw}");
            assert_eq!(verdict.notes.is_none(), pass, "{criteria} on {raw}");
        }
    }

    #[test]
    fn a_forbidden_match_is_shown() {
        let notes = verdict(&json!({"pattern": r"\d+", "mustMatch": false}), "call 555").notes;
        let notes = notes.expect("notes");
        assert!(notes.ends_with(": 555"), "{notes}");
    }

    #[test]
    fn faults_name_the_key() {
        for (criteria, path, reason) in [
            (json!({}), "pattern", "missing"),
            (json!({"pattern": null}), "pattern", "string"),
            (json!({"pattern": "a".repeat(2049)}), "pattern", "2 KiB"),
            (json!({"pattern": "a(b"}), "pattern", "unclosed group"),
            (json!({"pattern": r"(a)\1"}), "pattern", "backreferences"),
            (
                json!({"pattern": r"\w{1000}{1000}"}),
                "pattern",
                "size limit",
            ),
            (
                json!({"pattern": "a", "flags": "g"}),
                "flags",
                "i, m, s and x",
            ),
            (json!({"pattern": "a", "flags": "ii"}), "flags", "once"),
            (json!({"pattern": "a", "flags": ["i"]}), "flags", "string"),
            (
                json!({"pattern": "a", "mustMatch": "no"}),
                "mustMatch",
                "true or false",
            ),
            (
                json!({"pattern": "a", "must_match": true}),
                "must_match",
                "pattern, flags, mustMatch",
            ),
        ] {
            let fault = RegexRule::parse(Some(&criteria)).expect_err(path);
            assert_eq!(fault.path, path);
            assert!(fault.message.contains(reason), "{}", fault.message);
            assert!(!fault.message.contains('\n'), "{}", fault.message);
        }
    }
}
