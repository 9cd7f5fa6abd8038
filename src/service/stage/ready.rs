//! Rules of stages about to be saved, compiled before anything is locked: that takes long beside a
//! transaction, and in one all others would wait for it.

use std::collections::HashMap;

use serde_json::Value;
use uuid::Uuid;

use crate::domain::definition::{self, Fault};
use crate::domain::validate::{self, Kind};
use crate::domain::{limit, output};
use crate::entity::stage;
use crate::error::{Error, Result};
use crate::service::Deps;
use crate::service::rule::Content;

/// Rules that compile, each with why it costs too much to be saved anew, if it does.
#[derive(Debug, Default)]
pub(in crate::service) struct Ready(HashMap<Content, Option<validate::Fault>>);

/// A rule as it is about to be saved.
pub(super) struct Rule<'a> {
    /// The stage's name for messages.
    pub label: String,
    pub kind: Kind,
    pub criteria: Option<&'a Value>,
    /// Its output variables, whose types may be schemas.
    pub variables: Option<&'a Value>,
}

impl<'a> From<&'a stage::Model> for Rule<'a> {
    fn from(stage: &'a stage::Model) -> Self {
        Self {
            label: definition::label(stage.stage_order, stage.name.as_deref()),
            kind: stage.validation_type,
            criteria: stage.validation_criteria.as_ref(),
            variables: stage.output_variables.as_ref(),
        }
    }
}

impl Rule<'_> {
    /// What is said in this field, as it is saved.
    fn cleaned(&self, field: &str, value: Option<Value>) -> Result<Option<Value>> {
        limit::optional_object(field, value).map_err(|error| error.about(&self.label))
    }
}

/// The field of stage `index` in the caller's input.
pub(super) fn path(index: usize) -> String {
    format!("stages[{index}]")
}

impl Ready {
    /// Compiles one more rule, and the schemas of the output variables beside it.
    ///
    /// # Errors
    /// `BadInput` on `validationCriteria` or `outputVariables` when they do not compile, `Internal` when no thread can
    /// be had.
    pub(super) async fn compile(&mut self, deps: &Deps, user: Uuid, rule: Rule<'_>) -> Result<()> {
        // What is saved is cleaned. A judge's prompt is measured there, for it may be unchanged.
        let is_compiled = matches!(rule.kind, Kind::Regex | Kind::Function);
        let criteria = match rule.criteria.cloned() {
            criteria if is_compiled => rule.cleaned("validationCriteria", criteria)?,
            criteria => criteria,
        };
        let compiled = deps.rules.compile(user, (rule.kind, criteria.as_ref()));
        match compiled.await? {
            Ok(None) => {}
            Ok(Some(validator)) => {
                let content = Content::of(rule.kind, criteria.as_ref());
                self.0.insert(content, validator.dear.clone());
            }
            Err(fault) => {
                let fault = definition::criteria_fault(None, &rule.label, &fault);
                return Err(Error::bad_input(fault.field, fault.message));
            }
        }
        self.compile_variables(deps, user, &rule).await
    }

    async fn compile_variables(&mut self, deps: &Deps, user: Uuid, rule: &Rule<'_>) -> Result<()> {
        let variables = rule.cleaned("outputVariables", rule.variables.cloned())?;
        let compiled = deps.rules.compile_variables(user, variables.as_ref());
        match compiled.await? {
            Ok(None) => {}
            Ok(Some(validator)) => {
                let content = Content::of_variables(variables.as_ref());
                self.0.insert(content, validator.dear.clone());
            }
            Err(fault) => {
                let fault = definition::variables_fault(None, &rule.label, &fault);
                return Err(Error::bad_input(fault.field, fault.message));
            }
        }
        Ok(())
    }

    /// Compiles the rules of stages that are made anew.
    ///
    /// # Errors
    /// Like [`Ready::compile`], within the stage.
    pub(in crate::service) async fn of(
        deps: &Deps,
        user: Uuid,
        stages: &[stage::Model],
    ) -> Result<Self> {
        let mut ready = Self::default();
        for (index, stage) in stages.iter().enumerate() {
            let compiled = ready.compile(deps, user, stage.into()).await;
            compiled.map_err(|error| error.within(&path(index)))?;
        }
        Ok(ready)
    }

    /// Refuses a stage whose rule is new, or other than it was `before`, and costs too much.
    ///
    /// # Errors
    /// The fault, or `Conflict` when the rule is none of those that were compiled.
    pub(super) fn admit(
        &self,
        (index, stage): (usize, &stage::Model),
        before: Option<&stage::Model>,
    ) -> Result<Option<Fault>> {
        let rule = Rule::from(stage);
        let was = before.map(Rule::from);
        let same = |was: &Rule<'_>| was.kind == rule.kind && was.criteria == rule.criteria;
        let is_compiled = matches!(rule.kind, Kind::Regex | Kind::Function);
        if is_compiled && !was.as_ref().is_some_and(same) {
            let content = Content::of(rule.kind, rule.criteria);
            if let Some(dear) = self.dear(content, &rule)? {
                let fault = definition::criteria_fault(Some(index), &rule.label, dear);
                return Ok(Some(fault));
            }
        }
        let same = |was: &Rule<'_>| was.variables == rule.variables;
        let is_compiled = output::schemas(rule.variables).next().is_some();
        if is_compiled && !was.as_ref().is_some_and(same) {
            let content = Content::of_variables(rule.variables);
            if let Some(dear) = self.dear(content, &rule)? {
                let fault = definition::variables_fault(Some(index), &rule.label, dear);
                return Ok(Some(fault));
            }
        }
        Ok(None)
    }

    /// Why what was compiled costs too much, if it does.
    fn dear(&self, content: Content, rule: &Rule<'_>) -> Result<Option<&validate::Fault>> {
        let dear = self.0.get(&content).map(Option::as_ref);
        dear.ok_or_else(|| {
            Error::conflict(format!(
                "{} was changed at the same time: read it again and repeat your change",
                rule.label
            ))
        })
    }
}
