//! REGEX: a pattern that the text of the model must match, or must not.
//!
//! The `regex` crate matches in time that grows with the text and not with its square, but a pattern
//! of 2 KiB can still make it spend a minute on a long answer. So a pattern that is saved anew may
//! cost [`MAX_STEPS`] for a character; one that was saved before this was asked goes on to be used.
//!
//! Models end their answers with a line break or without, and some write CRLF. Where `^` and `$` mean lines they
//! know both kinds of end; where they mean the text, a line break at its very end is there or not, as the
//! pattern would have it.

mod effort;
mod reach;

use regex::{Match, Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Hir, Look};
use serde_json::Value;

pub(super) use self::effort::Effort;
pub use self::reach::Reach;

use super::criteria::Fields;
use super::{Fault, Verdict};
use crate::domain::output::excerpt;

/// The longest pattern, in bytes.
const MAX_PATTERN: usize = 2 * 1024;
/// The largest compiled program, and the largest cache for matching it, in bytes.
pub(super) const SIZE_LIMIT: usize = 1024 * 1024;
/// Steps that a pattern may cost for a character. At some 10 ns each this is less than a second for
/// the longest answer, 1 Mi characters.
pub(super) const MAX_STEPS: usize = 64;
/// How much of a match a note repeats, in characters.
const EXCERPT: usize = 200;

/// `{"pattern", "flags"?, "mustMatch"?}` as it is written.
#[derive(Clone, Copy, Debug)]
pub struct Pattern<'a> {
    text: &'a str,
    flags: &'a str,
    must_match: bool,
}

/// A pattern, compiled.
#[derive(Clone, Debug)]
pub struct RegexRule {
    regex: Regex,
    must_match: bool,
    /// Do `^` and `$` mean lines?
    by_line: bool,
}

impl<'a> Pattern<'a> {
    /// # Errors
    ///
    /// The first fault of the criteria. Whether the pattern compiles is not known here.
    pub(super) fn parse(criteria: Option<&'a Value>) -> Result<Self, Fault> {
        let fields = Fields::read("", criteria, &["pattern", "flags", "mustMatch"])?;
        let text = fields.string("pattern")?;
        if text.len() > MAX_PATTERN {
            return Err(fields.fault("pattern", "must be at most 2 KiB long"));
        }
        let flags = fields.optional_string("flags")?.unwrap_or_default();
        check_flags(flags).map_err(|message| fields.fault("flags", message))?;
        Ok(Self {
            text,
            flags,
            must_match: fields.optional_bool("mustMatch")?.unwrap_or(true),
        })
    }

    /// # Errors
    ///
    /// Why the pattern does not compile.
    pub(super) fn compile(&self) -> Result<RegexRule, Fault> {
        let regex = RegexBuilder::new(self.text)
            .size_limit(SIZE_LIMIT)
            .dfa_size_limit(SIZE_LIMIT)
            .case_insensitive(self.has('i'))
            .multi_line(self.has('m'))
            .crlf(self.asks_for_lines())
            .dot_matches_new_line(self.has('s'))
            .ignore_whitespace(self.has('x'))
            .build()
            .map_err(|error| Fault::new("pattern", explain(&error)))?;
        Ok(RegexRule {
            regex,
            must_match: self.must_match,
            by_line: self.has('m'),
        })
    }

    /// What it costs at most to match it once.
    pub(super) fn effort(&self) -> Effort {
        let parsed = self.parsed(self.asks_for_lines());
        parsed.map_or(Effort::UNBOUNDED, |pattern| Effort::of(&pattern))
    }

    /// In which texts it finds something, where that is known without looking at any.
    #[must_use]
    pub fn reach(&self) -> Option<Reach> {
        Reach::of(&self.parsed(self.asks_for_lines())?)
    }

    /// Is an answer with a match accepted? Else one without.
    #[must_use]
    pub const fn must_match(&self) -> bool {
        self.must_match
    }

    /// How often it may be tried on a text.
    pub(super) fn tries(&self) -> usize {
        if self.has('m') { 1 } else { 2 }
    }

    /// Does it ask for beginnings or ends of lines, by its flags or a flag of its own? Only there CRLF matters:
    /// elsewhere it would take `\r` from what `.` matches.
    fn asks_for_lines(&self) -> bool {
        let looks = self
            .parsed(false)
            .map(|pattern| pattern.properties().look_set());
        looks.is_some_and(|looks| looks.contains(Look::StartLF) || looks.contains(Look::EndLF))
    }

    fn parsed(&self, crlf: bool) -> Option<Hir> {
        let mut parser = ParserBuilder::new()
            .case_insensitive(self.has('i'))
            .multi_line(self.has('m'))
            .crlf(crlf)
            .dot_matches_new_line(self.has('s'))
            .ignore_whitespace(self.has('x'))
            .build();
        parser.parse(self.text).ok()
    }

    fn has(&self, flag: char) -> bool {
        self.flags.contains(flag)
    }
}

impl RegexRule {
    /// Looks at the text of the model.
    #[must_use]
    pub fn check(&self, raw: &str) -> Verdict {
        match (self.find(raw), self.must_match) {
            (Some(_), true) | (None, false) => Verdict::PASS,
            (None, true) => Verdict::fail("the output does not match the pattern".to_owned()),
            (Some(found), false) => Verdict::fail(format!(
                "the output matches the pattern that it must not match: {}",
                excerpt(found.as_str(), EXCERPT)
            )),
        }
    }

    fn find<'t>(&self, raw: &'t str) -> Option<Match<'t>> {
        let found = self.regex.find(raw);
        if found.is_some() || self.by_line {
            return found;
        }
        self.regex.find(without_final_break(raw)?)
    }
}

/// The text without the line break at its end, if it has one.
fn without_final_break(text: &str) -> Option<&str> {
    let text = text.strip_suffix('\n')?;
    Some(text.strip_suffix('\r').unwrap_or(text))
}

/// Refuses a pattern that would cost more than a rule that is saved anew may.
pub(super) fn afford(effort: Effort) -> Result<(), String> {
    if effort.steps <= MAX_STEPS {
        return Ok(());
    }
    Err(format!(
        "costs too much on a long answer: a character may take {MAX_STEPS} steps, and a text can make \
         it take {}. A counted repetition such as {{1,60}} costs as often as it may begin: begin the \
         pattern with ^, count less, or name fewer characters ([a-z0-9] in the place of \\w or .)",
        if effort.steps == usize::MAX {
            "more than can be measured".to_owned()
        } else {
            effort.steps.to_string()
        }
    ))
}

fn check_flags(flags: &str) -> Result<(), &'static str> {
    for (at, flag) in flags.char_indices() {
        if flags[..at].contains(flag) {
            return Err("must name each flag at most once");
        }
        if !matches!(flag, 'i' | 'm' | 's' | 'x') {
            return Err("must consist of i, m, s and x");
        }
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
        let pattern = Pattern::parse(Some(criteria)).expect("valid");
        pattern.compile().expect("valid").check(raw)
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
    fn a_line_ends_with_either_line_break() {
        for (pattern, flags, raw, pass) in [
            ("^b$", "m", "a\r\nb\r\nc", true),
            ("^b$", "m", "a\nb\nc", true),
            ("(?m)^b$", "", "a\r\nb\r\nc", true),
            ("^b.$", "m", "a\r\nb\r\nc", false),
            // The two of one line break have no line between them.
            ("^$", "m", "a\r\nb", false),
            ("^$", "m", "a\r\n\r\nb", true),
            ("a.b", "m", "a\rb", true),
            ("a.b", "", "a\rb", true),
        ] {
            let criteria = json!({"pattern": pattern, "flags": flags});
            assert_eq!(verdict(&criteria, raw).pass, pass, "{criteria} on {raw:?}");
        }
    }

    #[test]
    fn a_line_break_at_the_very_end_is_there_or_not_as_the_pattern_would_have_it() {
        for (pattern, flags, raw, matches) in [
            ("^yes$", "", "yes\n", true),
            ("^yes$", "", "yes\r\n", true),
            ("^yes$", "", "yes", true),
            (r"^yes\z", "", "yes\n", true),
            (r"^yes\n$", "", "yes\n", true),
            (r"\r\n$", "", "yes\r\n", true),
            (r"\s$", "", "yes\n", true),
            ("^yes$", "", "yes\n\n", false),
            ("^yes$", "", "yes\r", false),
            ("^yes$", "", "no\nyes\n", false),
            (r"yes\z", "m", "yes\n", false),
        ] {
            for must_match in [true, false] {
                let criteria = json!({"pattern": pattern, "flags": flags, "mustMatch": must_match});
                let pass = verdict(&criteria, raw).pass;
                assert_eq!(pass, matches == must_match, "{criteria} on {raw:?}");
            }
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
            let compiled = Pattern::parse(Some(&criteria)).and_then(|pattern| pattern.compile());
            let fault = compiled.expect_err(path);
            assert_eq!(fault.path, path);
            assert!(fault.message.contains(reason), "{}", fault.message);
            assert!(!fault.message.contains('\n'), "{}", fault.message);
        }
    }

    #[test]
    fn what_a_pattern_may_cost_has_a_bound_that_says_how_to_keep_it() {
        let effort = |pattern: &str, flags: &str| {
            let criteria = json!({"pattern": pattern, "flags": flags});
            Pattern::parse(Some(&criteria)).expect("valid").effort()
        };
        for (pattern, flags) in [
            ("^[\\w ]{1,200}$", ""),
            ("[0-9a-f]{64}", "i"),
            ("^ (lorem | ipsum) # words", "imx"),
            ("^.{1,60}$", "m"),
            (r"^\s*[-*] \w+", "m"),
        ] {
            afford(effort(pattern, flags)).expect(pattern);
        }
        let message = afford(effort("(?:a[ab]{1,60}|b[ab]{1,60}){12}[^ab]", "")).expect_err("dear");
        assert!(message.contains("may take 64 steps"), "{message}");
        assert!(message.contains("begin the pattern with ^"), "{message}");
    }
}
