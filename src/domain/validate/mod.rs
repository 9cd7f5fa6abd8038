//! How a stage's output is judged: the kinds of validation, their criteria as they are saved, and
//! the verdict.
//!
//! [`Criteria`] are what a stage refers to, read without making anything of it: that costs little and
//! is done wherever it is asked. A [`Validator`] is what is made of them. Compiling one may take long,
//! and so may applying it, so that neither belongs where others wait.
//!
//! Criteria are compiled when a stage is saved, so that whatever is wrong with them is the editor's
//! to mend and not a run's to trip over.

mod criteria;
pub mod function;
pub mod judge;
pub mod regex;
mod schema;
mod variables;

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::function::{Call, FunctionRule};
pub use self::function::{Function, REGISTRY as FUNCTIONS};
use self::judge::JudgeRule;
pub use self::regex::Reach;
use self::regex::{Pattern, RegexRule};
use self::variables::VariablesRule;
use super::output;

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

/// A stage's validation as it is written.
#[derive(Debug)]
pub enum Criteria<'a> {
    None,
    Manual,
    Regex(Pattern<'a>),
    Function(Call<'a>),
    Llm(JudgeRule<'a>),
}

impl<'a> Criteria<'a> {
    /// Reads the `validationCriteria` of a stage with the `validationType` `kind`.
    ///
    /// # Errors
    ///
    /// The first fault of the criteria. What only compiling shows is not known here.
    pub fn parse(kind: Kind, criteria: Option<&'a Value>) -> Result<Self, Fault> {
        match kind {
            Kind::None => criteria::refuse(kind, criteria).map(|()| Self::None),
            Kind::Manual => criteria::refuse(kind, criteria).map(|()| Self::Manual),
            Kind::Regex => Pattern::parse(criteria).map(Self::Regex),
            Kind::Function => Call::parse(criteria).map(Self::Function),
            Kind::Llm => JudgeRule::parse(criteria).map(Self::Llm),
        }
    }

    /// Compiles what a rule decides by; where a person or a model decides, or nobody, that is nothing.
    ///
    /// # Errors
    ///
    /// What cannot be compiled.
    pub fn compile(&self) -> Result<Option<Validator>, Fault> {
        let (rule, cost, dear) = match self {
            Self::None | Self::Manual | Self::Llm(_) => return Ok(None),
            Self::Regex(pattern) => {
                let rule = Rule::Regex(pattern.compile()?);
                let effort = pattern.effort();
                let dear = regex::afford(effort).err();
                let dear = dear.map(|message| Fault::new("pattern", message));
                (rule, Cost::from(effort).times(pattern.tries()), dear)
            }
            Self::Function(call) => {
                let rule = Rule::Function(call.compile()?);
                (rule, call.cost(), call.afford().err())
            }
        };
        Ok(Some(Validator { rule, cost, dear }))
    }
}

/// Compiles the schemas among a stage's `outputVariables`; where all types have names, that is nothing.
///
/// # Errors
///
/// The first schema that cannot be compiled, by its key.
pub fn compile_variables(variables: Option<&Value>) -> Result<Option<Validator>, Fault> {
    if output::schemas(variables).next().is_none() {
        return Ok(None);
    }
    Ok(Some(Validator {
        rule: Rule::Variables(VariablesRule::compile(variables)?),
        cost: VariablesRule::cost(variables),
        dear: VariablesRule::afford(variables).err(),
    }))
}

/// A rule of a stage, ready to be applied.
#[derive(Debug)]
pub struct Validator {
    rule: Rule,
    /// What applying it costs at most.
    pub cost: Cost,
    /// Why it may not be saved anew, though it is used where it was saved before that was asked.
    pub dear: Option<Fault>,
}

#[derive(Debug)]
enum Rule {
    Regex(RegexRule),
    Function(FunctionRule),
    Variables(VariablesRule),
}

impl Validator {
    /// Looks at the text of the model, or at the output that was made of it, as the rule needs.
    #[must_use]
    pub fn check(&self, raw: &str, output: &Value) -> Verdict {
        match &self.rule {
            Rule::Regex(rule) => rule.check(raw),
            Rule::Function(rule) => rule.check(raw, output),
            Rule::Variables(rule) => rule.check(output),
        }
    }
}

/// What applying a rule costs at most, in steps of some 10 ns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Steps whatever the text.
    fixed: usize,
    /// Steps for each byte of the text.
    per_byte: usize,
    /// An estimate of the compiled size, in bytes.
    pub size: usize,
}

impl Cost {
    /// So many times as much for a text.
    const fn times(self, tries: usize) -> Self {
        Self {
            per_byte: self.per_byte.saturating_mul(tries),
            ..self
        }
    }

    /// Steps for a text of so many bytes.
    #[must_use]
    pub const fn of(&self, bytes: usize) -> usize {
        self.fixed
            .saturating_add(self.per_byte.saturating_mul(bytes))
    }
}

impl From<regex::Effort> for Cost {
    fn from(effort: regex::Effort) -> Self {
        Self {
            fixed: 0,
            per_byte: effort.steps,
            size: effort.size,
        }
    }
}

/// What is wrong with a stage's criteria, or with its output variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where inside `validationCriteria`, `pattern` or `args.schema`, or inside `outputVariables`; empty for
    /// the whole.
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
                Criteria::parse(kind, nothing.as_ref()).expect("no criteria");
            }
            for criteria in [
                json!({"instructions": "look closely"}),
                json!([]),
                json!("x"),
            ] {
                let fault = Criteria::parse(kind, Some(&criteria)).expect_err("criteria");
                assert_eq!(fault.path, "");
                assert!(fault.message.contains(kind.as_str()), "{}", fault.message);
            }
        }
    }

    #[test]
    fn criteria_are_needed_where_there_is_something_to_configure() {
        for kind in [Kind::Regex, Kind::Function, Kind::Llm] {
            for criteria in [None, Some(json!(null)), Some(json!({})), Some(json!([]))] {
                Criteria::parse(kind, criteria.as_ref()).expect_err("no criteria");
            }
        }
    }
}
