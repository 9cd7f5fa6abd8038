//! What forms are built from: the functions that judge answers, and the settings of a model call.

use async_graphql::{Context, Object, Result, SimpleObject};

use super::context::caller;
use super::scalar::Json;
use crate::domain::setting;
use crate::domain::validate::FUNCTIONS;

/// A function that judges an answer without a model: `validationCriteria` of `FUNCTION` name one.
#[derive(Debug, SimpleObject)]
pub struct ValidationFunction {
    /// What `functionName` says.
    name: String,
    /// When an answer passes.
    description: String,
    /// The JSON Schema of `args`, by which they are checked when a stage is saved.
    args_schema: Json,
}

/// What can be asked about what a stage may say.
#[derive(Debug, Default)]
pub struct FormQuery;

#[Object]
#[expect(
    clippy::unused_self,
    reason = "a resolver has the object of its field, of which a root has nothing"
)]
impl FormQuery {
    /// The functions that `validationCriteria` of `FUNCTION` may name.
    fn validation_functions(&self, ctx: &Context<'_>) -> Result<Vec<ValidationFunction>> {
        caller(ctx)?;
        let functions = FUNCTIONS.iter().map(|function| ValidationFunction {
            name: function.name.to_owned(),
            description: function.says.to_owned(),
            args_schema: Json(function.schema()),
        });
        Ok(functions.collect())
    }

    /// The JSON Schema of an object with a stage's `flowiseConfig` and a model's `configDefaults`: which settings there are, and
    /// what each may be. Their names in `snake_case` are taken, too.
    fn model_settings(&self, ctx: &Context<'_>) -> Result<Json> {
        caller(ctx)?;
        Ok(Json(setting::schema()))
    }
}
