//! How a stage's output is judged: the kinds of validation, their criteria as they are saved, and
//! the verdict.
//!
//! Criteria are parsed when a stage is saved, so that whatever is wrong with them is the editor's
//! to mend and not a run's to trip over; a run parses the same criteria again, once a stage.

mod criteria;
pub mod function;
pub mod judge;
pub mod regex;

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::function::FunctionRule;
use self::judge::JudgeRule;
use self::regex::RegexRule;

/// The API's `ValidationType`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Kind {
    /// Every output passes.
    #[default]
    None,
    /// A person decides.
    Manual,
    /// A pattern decides.
    Regex,
    /// A function of the registry decides.
    Function,
    /// Another model decides.
    Llm,
}

impl Kind {
    const ALL: [Self; 5] = [
        Self::None,
        Self::Manual,
        Self::Regex,
        Self::Function,
        Self::Llm,
    ];

    /// The word for it in the API and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Manual => "MANUAL",
            Self::Regex => "REGEX",
            Self::Function => "FUNCTION",
            Self::Llm => "LLM",
        }
    }
}

impl FromStr for Kind {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        let mut kinds = Self::ALL.into_iter();
        kinds.find(|kind| kind.as_str() == word).ok_or(())
    }
}

/// A stage's validation, ready to be applied.
#[derive(Clone, Debug)]
pub enum Validation {
    None,
    Manual,
    Regex(RegexRule),
    Function(FunctionRule),
    Llm(JudgeRule),
}

impl Validation {
    /// Reads the `validationCriteria` of a stage with the `validationType` `kind`.
    ///
    /// # Errors
    ///
    /// The first fault of the criteria.
    pub fn parse(kind: Kind, criteria: Option<&Value>) -> Result<Self, Fault> {
        match kind {
            Kind::None => criteria::refuse(kind, criteria).map(|()| Self::None),
            Kind::Manual => criteria::refuse(kind, criteria).map(|()| Self::Manual),
            Kind::Regex => RegexRule::parse(criteria).map(Self::Regex),
            Kind::Function => FunctionRule::parse(criteria).map(Self::Function),
            Kind::Llm => JudgeRule::parse(criteria).map(Self::Llm),
        }
    }
}

/// What is wrong with a stage's criteria.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where inside `validationCriteria`: `pattern`, `args.schema`, or empty for the whole.
    pub path: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl Fault {
    fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            message: message.into(),
        }
    }
}

/// What a validator says of an output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub pass: bool,
    /// Why, for the person who reads the log.
    pub notes: Option<String>,
}

impl Verdict {
    const PASS: Self = Self {
        pass: true,
        notes: None,
    };

    fn fail(notes: String) -> Self {
        Self {
            pass: false,
            notes: Some(notes),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_kind_has_one_word_everywhere() {
        for kind in Kind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
            assert_eq!(json!(kind), json!(kind.as_str()));
        }
        assert_eq!("regex".parse::<Kind>(), Err(()));
    }

    #[test]
    fn criteria_are_refused_where_there_is_nothing_to_configure() {
        for kind in [Kind::None, Kind::Manual] {
            for nothing in [None, Some(json!(null)), Some(json!({}))] {
                Validation::parse(kind, nothing.as_ref()).expect("no criteria");
            }
            for criteria in [
                json!({"instructions": "look closely"}),
                json!([]),
                json!("x"),
            ] {
                let fault = Validation::parse(kind, Some(&criteria)).expect_err("criteria");
                assert_eq!(fault.path, "");
                assert!(fault.message.contains(kind.as_str()), "{}", fault.message);
            }
        }
    }

    #[test]
    fn criteria_are_needed_where_there_is_something_to_configure() {
        for kind in [Kind::Regex, Kind::Function, Kind::Llm] {
            for criteria in [None, Some(json!(null)), Some(json!({})), Some(json!([]))] {
                Validation::parse(kind, criteria.as_ref()).expect_err("no criteria");
            }
        }
    }
}
