//! One file a table, with its columns and nothing else; the rules live in `domain` and `service`.

pub mod execution;
pub mod execution_event;
pub mod execution_item;
pub mod execution_log;
pub mod model;
pub mod snapshot;
pub mod stage;
pub mod user_profile;
pub mod worker_session;
pub mod workflow;
pub mod workflow_revision;

use sea_orm::sea_query::{ArrayType, ColumnType, Nullable, StringLen, ValueType, ValueTypeErr};
use sea_orm::{ColIdx, DbErr, QueryResult, TryGetError, TryGetable, Value};

use crate::domain::status::{AttemptStatus, ExecutionStatus, ItemState, ValidationResult};
use crate::domain::validate::Kind;

/// Lets an enum of words stand in a text column.
macro_rules! text_column {
    ($($word:ty),+ $(,)?) => { $(
        impl From<$word> for Value {
            fn from(word: $word) -> Self {
                word.as_str().into()
            }
        }

        impl TryGetable for $word {
            fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
                let word = String::try_get_by(row, index)?;
                word.parse()
                    .map_err(|_| TryGetError::DbErr(DbErr::Type(format!("unknown word {word}"))))
            }
        }

        impl ValueType for $word {
            fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
                <String as ValueType>::try_from(value)?.parse().map_err(|_| ValueTypeErr)
            }

            fn type_name() -> String {
                stringify!($word).to_owned()
            }

            fn array_type() -> ArrayType {
                ArrayType::String
            }

            fn column_type() -> ColumnType {
                ColumnType::String(StringLen::None)
            }
        }

        impl Nullable for $word {
            fn null() -> Value {
                <String as Nullable>::null()
            }
        }
    )+ };
}

text_column!(
    ExecutionStatus,
    AttemptStatus,
    ItemState,
    ValidationResult,
    Kind
);
