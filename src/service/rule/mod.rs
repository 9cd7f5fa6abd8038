//! Rules that users write for their stages, where they cost nobody else much.
//!
//! 1. A rule is compiled once by what is written in it, and kept ([`cache`]). Saving a stage compiles
//!    its rule, before anything is locked; starting a run compiles nothing.
//! 2. What provably costs less than [`AT_ONCE`] is applied at once, on the thread that asks: a small
//!    answer and a bounded rule need not wait behind anybody.
//! 3. Everything else is done on a thread of its own, on one core fewer than there are, users in turn
//!    ([`turns`]); compilations, which are short, have a place beside those.
//! 4. Nothing there can be interrupted. What has not ended by its deadline, counted from its own start,
//!    is not waited for any longer, and keeps its place until it ends. It has a plain thread, so that
//!    the end of the process does not wait for it either.
//! 5. What a rule that is saved anew may take for the longest answer is bounded (`domain/validate`): some
//!    seconds. One that was saved before may take for ever. So nobody waits for the end of another user's work:
//!    whoever has no place finds one beyond those that there are.

mod cache;
mod turns;

use std::fmt;
use std::num::NonZero;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::oneshot;
use uuid::Uuid;

pub use self::cache::Content;

use self::cache::Cache;
use self::turns::{PATIENCE, Turns};
use crate::domain::output::{self, OutputVariables};
use crate::domain::validate::{self, Criteria, Fault, Kind, Validator, Verdict, judge};
use crate::error::{Error, Result};

/// What takes no more steps than this, of some 10 ns each, is done at once. It is 2.6 ms at worst, of
/// the 50 within which the server answers whoever asks whether it is alive.
const AT_ONCE: usize = 256 * 1024;
/// Steps for a byte of an answer that is parsed.
const STEPS_FOR_BYTE: usize = 4;
/// Compilations at once.
const COMPILING: usize = 1;
/// A schema that refers to itself is applied within itself, for as many levels as a value has and all the
/// subschemas of each. What is not used of it is no memory.
const STACK: usize = 128 * 1024 * 1024;
/// The longest that a compilation is waited for; the engine's size limits end most within 100 ms.
const COMPILED_WITHIN: Duration = Duration::from_secs(10);

/// The rules of all users, in this process.
#[derive(Debug)]
pub struct Rules {
    cache: Arc<Cache>,
    compiling: Turns,
    applying: Turns,
    deadline: Duration,
}

/// How rules are applied.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Checks at once.
    pub places: usize,
    /// The longest that one check is waited for.
    pub deadline: Duration,
}

/// Why a rule came to no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unapplied {
    /// It did not end within so long.
    Overdue(Duration),
    /// It ended the thread that it was applied on.
    Broken,
}

impl Default for Settings {
    /// One core is left to everything else.
    fn default() -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        Self {
            places: cores.saturating_sub(1).max(1),
            deadline: Duration::from_secs(5),
        }
    }
}

impl fmt::Display for Unapplied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overdue(deadline) => {
                write!(f, "did not end within {} s", deadline.as_secs_f32())
            }
            Self::Broken => write!(f, "broke off"),
        }
    }
}

impl Rules {
    /// None compiled yet.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            cache: Arc::default(),
            compiling: Turns::new(COMPILING, PATIENCE),
            applying: Turns::new(settings.places, PATIENCE),
            deadline: settings.deadline,
        }
    }

    /// Compiles a rule, unless that was done before; where a person or a model decides, or nobody,
    /// there is nothing to compile.
    ///
    /// # Errors
    /// `Internal` when no thread can be had; the first fault of the criteria.
    pub async fn compile(
        &self,
        user: Uuid,
        (kind, criteria): (Kind, Option<&Value>),
    ) -> Result<std::result::Result<Option<Arc<Validator>>, Fault>> {
        match Criteria::parse(kind, criteria) {
            Ok(Criteria::None | Criteria::Manual | Criteria::Llm(_)) => return Ok(Ok(None)),
            Ok(Criteria::Regex(_) | Criteria::Function(_)) => {}
            Err(fault) => return Ok(Err(fault)),
        }
        let content = Content::of(kind, criteria);
        let criteria = criteria.cloned();
        let compile = move || Criteria::parse(kind, criteria.as_ref())?.compile();
        self.compiled(user, content, compile).await
    }

    /// Compiles the schemas among output variables, unless that was done before; where there are none,
    /// there is nothing to compile.
    ///
    /// # Errors
    /// `Internal` when no thread can be had; the first schema that is none.
    pub async fn compile_variables(
        &self,
        user: Uuid,
        variables: Option<&Value>,
    ) -> Result<std::result::Result<Option<Arc<Validator>>, Fault>> {
        if output::schemas(variables).next().is_none() {
            return Ok(Ok(None));
        }
        let content = Content::of_variables(variables);
        let variables = variables.cloned();
        let compile = move || validate::compile_variables(variables.as_ref());
        self.compiled(user, content, compile).await
    }

    async fn compiled(
        &self,
        user: Uuid,
        content: Content,
        compile: impl FnOnce() -> std::result::Result<Option<Validator>, Fault> + Send + 'static,
    ) -> Result<std::result::Result<Option<Arc<Validator>>, Fault>> {
        if let Some(known) = self.cache.get(&content) {
            return Ok(Ok(Some(known)));
        }
        let place = self.compiling.place(user).await?;
        // Whoever had the place before may have compiled the same.
        if let Some(known) = self.cache.get(&content) {
            return Ok(Ok(Some(known)));
        }
        let cache = Arc::clone(&self.cache);
        let compiling = move || {
            cache.count();
            let validator = compile()?.map(Arc::new);
            // It is kept before the place is free, for whoever comes next may ask for the same.
            if let Some(validator) = &validator {
                cache.keep(content, validator);
            }
            Ok(validator)
        };
        Ok(match aside(place, COMPILED_WITHIN, compiling).await? {
            Ok(compiled) => compiled,
            Err(unapplied) => Err(Fault {
                path: String::new(),
                message: format!("cannot be compiled: that {unapplied}"),
            }),
        })
    }

    /// Has a compiled rule judge an answer.
    ///
    /// # Errors
    /// `Internal` when no thread can be had; why there is no verdict.
    pub async fn check(
        &self,
        user: Uuid,
        validator: &Arc<Validator>,
        (raw, output): (&str, &Value),
    ) -> Result<std::result::Result<Verdict, Unapplied>> {
        if validator.cost.of(raw.len()) <= AT_ONCE {
            return Ok(Ok(validator.check(raw, output)));
        }
        let (validator, raw, output) = (Arc::clone(validator), raw.to_owned(), output.clone());
        let place = self.applying.place(user).await?;
        aside(place, self.deadline, move || validator.check(&raw, &output)).await
    }

    /// Parses an answer into the output that a stage asks for.
    ///
    /// # Errors
    /// `Internal` when no thread can be had; why it was not parsed; what is wrong with the answer.
    async fn read(
        &self,
        user: Uuid,
        variables: OutputVariables,
        raw: &str,
    ) -> Result<std::result::Result<std::result::Result<Value, String>, Unapplied>> {
        if variables.is_empty() || raw.len() * STEPS_FOR_BYTE <= AT_ONCE {
            return Ok(Ok(variables.read(raw)));
        }
        let raw = raw.to_owned();
        let place = self.applying.place(user).await?;
        aside(place, self.deadline, move || variables.read(&raw)).await
    }

    /// Makes of an answer the output that a stage asks for: parses it, and holds it to the schemas among
    /// its `outputVariables`.
    ///
    /// # Errors
    /// `Internal` when no thread can be had or what is pinned is no output variables; why there is no
    /// output; what is wrong with the answer.
    pub async fn output(
        &self,
        user: Uuid,
        variables: Option<&Value>,
        raw: &str,
    ) -> Result<std::result::Result<std::result::Result<Value, String>, Unapplied>> {
        let parsed = OutputVariables::parse(variables).map_err(Error::internal)?;
        let value = match self.read(user, parsed, raw).await? {
            Ok(Ok(value)) => value,
            other => return Ok(other),
        };
        let validator = match self.compile_variables(user, variables).await? {
            Ok(None) => return Ok(Ok(Ok(value))),
            Ok(Some(validator)) => validator,
            Err(fault) => return Ok(Ok(Err(format!("outputVariables {}", fault.message)))),
        };
        let verdict = self.check(user, &validator, (raw, &value)).await?;
        Ok(verdict.map(|verdict| match verdict.notes {
            Some(notes) if !verdict.pass => Err(notes),
            _ => Ok(value),
        }))
    }

    /// Reads the verdict in a judge's answer.
    ///
    /// # Errors
    /// `Internal` when no thread can be had; why it was not read; what is wrong with the answer.
    pub async fn verdict(
        &self,
        user: Uuid,
        answer: &str,
    ) -> Result<std::result::Result<std::result::Result<Verdict, String>, Unapplied>> {
        if answer.len() * STEPS_FOR_BYTE <= AT_ONCE {
            return Ok(Ok(judge::read_answer(answer)));
        }
        let answer = answer.to_owned();
        let place = self.applying.place(user).await?;
        aside(place, self.deadline, move || judge::read_answer(&answer)).await
    }

    /// How many rules were compiled so far.
    #[must_use]
    pub fn compilations(&self) -> u64 {
        self.cache.counted()
    }
}

/// Does the work on a thread of its own, which holds the place until it ends.
async fn aside<T: Send + 'static>(
    place: turns::Place,
    deadline: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<std::result::Result<T, Unapplied>> {
    let (done, answer) = oneshot::channel();
    let working = move || {
        let began = Instant::now();
        let made = work();
        drop(place);
        // What ended too late is late, whoever looks when. It fails when nobody waits any more.
        let _ = done.send((began.elapsed() <= deadline).then_some(made));
    };
    thread::Builder::new()
        .name("rule".to_owned())
        .stack_size(STACK)
        .spawn(working)
        .map_err(Error::internal)?;
    Ok(match tokio::time::timeout(deadline, answer).await {
        Ok(Ok(Some(made))) => Ok(made),
        Ok(Ok(None)) | Err(_) => Err(Unapplied::Overdue(deadline)),
        Ok(Err(_)) => Err(Unapplied::Broken),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use serde_json::json;

    use super::*;

    const ONE: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);

    fn rules(deadline: Duration) -> Rules {
        Rules::new(Settings {
            places: 1,
            deadline,
        })
    }

    fn patient() -> Rules {
        rules(Duration::from_mins(1))
    }

    async fn compiled(rules: &Rules, pattern: &str) -> Arc<Validator> {
        let criteria = json!({ "pattern": pattern });
        let rule = (Kind::Regex, Some(&criteria));
        let compiled = rules.compile(ONE, rule).await.expect("a thread");
        compiled.expect("valid").expect("a rule")
    }

    /// Holds the one place until the answer is dropped.
    async fn busy(rules: &Rules, user: Uuid) -> mpsc::Sender<()> {
        let (release, held) = mpsc::channel::<()>();
        let place = rules.applying.place(user).await.expect("a place");
        let work = move || held.recv().is_err();
        // It begins at once; nobody waits for its end.
        let begun = aside(place, Duration::ZERO, work).await.expect("a thread");
        assert_eq!(begun, Err(Unapplied::Overdue(Duration::ZERO)));
        release
    }

    #[tokio::test]
    async fn a_rule_is_compiled_once_by_what_is_written_in_it() {
        let rules = patient();
        let first = compiled(&rules, "^a").await;
        assert!(Arc::ptr_eq(&first, &compiled(&rules, "^a").await));
        assert_eq!(rules.compilations(), 1);
        let (one, same) = tokio::join!(compiled(&rules, "^b"), compiled(&rules, "^b"));
        assert!(Arc::ptr_eq(&one, &same));
        assert_eq!(rules.compilations(), 2);
        for kind in [Kind::None, Kind::Manual] {
            let nothing = rules.compile(ONE, (kind, None)).await.expect("no thread");
            assert!(nothing.expect("valid").is_none());
        }
        assert_eq!(rules.compilations(), 2);
    }

    #[tokio::test]
    async fn what_costs_little_waits_for_nobody_and_what_costs_much_does() {
        let rules = patient();
        let rule = compiled(&rules, "^a+$").await;
        let release = busy(&rules, ONE).await;
        let small = rules.check(OTHER, &rule, ("aaa", &json!({}))).await;
        assert!(small.expect("no thread").expect("in time").pass);
        let large = "a".repeat(2 * AT_ONCE);
        let (output, raw) = (json!({}), large.clone());
        let mut waiting = std::pin::pin!(rules.check(OTHER, &rule, (&raw, &output)));
        assert!(futures_util::poll!(&mut waiting).is_pending());
        drop(release);
        assert!(waiting.await.expect("a thread").expect("in time").pass);
        let variables = OutputVariables::default();
        assert_eq!(
            rules.read(OTHER, variables, &large).await.expect("none"),
            Ok(Ok(json!({ "text": large })))
        );
    }

    #[tokio::test]
    async fn an_overdue_check_is_not_waited_for_and_keeps_its_place() {
        let rules = rules(Duration::from_millis(1));
        let release = busy(&rules, ONE).await;
        let mut next = std::pin::pin!(rules.applying.place(OTHER));
        assert!(futures_util::poll!(&mut next).is_pending());
        drop(release);
        drop(next.await.expect("a place"));
    }

    #[tokio::test]
    async fn work_that_panics_leaves_its_place_and_says_so() {
        let rules = patient();
        let place = rules.applying.place(ONE).await.expect("a place");
        let broken = aside(place, Duration::from_mins(1), || -> () {
            std::panic::resume_unwind(Box::new("a rule's own"))
        });
        assert_eq!(broken.await.expect("a thread"), Err(Unapplied::Broken));
        drop(rules.applying.place(ONE).await.expect("a place"));
    }
}
