//! The two kinds of error: the caller's, whose text may be shown, and ours, which is logged once at
//! the edge and shown as nothing but its code.

use std::error::Error as StdError;

/// What every fallible function of this crate answers with.
pub type Result<T> = std::result::Result<T, Error>;

/// Everything that can go wrong with a request, by who can mend it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No valid token. One text for every cause, so that a refusal teaches nothing.
    #[error("sign in first: send a valid access token as `Authorization: Bearer <token>`")]
    Unauthenticated,
    /// Only administrators may do this.
    #[error("{0}")]
    Forbidden(String),
    /// There is no such row, or it is somebody else's: the two answer alike.
    #[error("{kind} {id} not found")]
    NotFound {
        /// The kind of thing, as the API calls it: "workflow".
        kind: &'static str,
        /// The id as the caller gave it.
        id: String,
    },
    /// The input breaks a rule.
    #[error("{message}")]
    BadInput {
        /// Path of the offending input field, in the API's names: `stages[2].validationCriteria`.
        field: String,
        /// What is wrong and what would be right.
        message: String,
    },
    /// The request contradicts the state that the thing is in.
    #[error("{0}")]
    Conflict(String),
    /// A limit of the user or of this server is reached.
    #[error("{message}")]
    LimitExceeded {
        /// The input field that is too large, if it is one.
        field: Option<String>,
        /// Which limit, and its size.
        message: String,
    },
    /// Ours. The source is for the log alone.
    #[error("internal server error")]
    Internal(#[source] Box<dyn StdError + Send + Sync>),
}

/// Machine-readable codes, sent as `extensions.code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    Unauthenticated,
    Forbidden,
    NotFound,
    BadUserInput,
    Conflict,
    LimitExceeded,
    Internal,
}

impl Code {
    /// The code as it stands in an answer.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::Conflict => "CONFLICT",
            Self::LimitExceeded => "LIMIT_EXCEEDED",
            Self::Internal => "INTERNAL_SERVER_ERROR",
        }
    }
}

impl Error {
    /// A row of `kind` that is not there for this caller.
    pub fn not_found(kind: &'static str, id: impl Into<String>) -> Self {
        Self::NotFound {
            kind,
            id: id.into(),
        }
    }

    /// Bad input at `field`.
    pub fn bad_input(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::BadInput {
            field: field.into(),
            message: message.into(),
        }
    }

    /// A request that the state of things rules out.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::Conflict(message.into())
    }

    /// An input at `field` that is larger than allowed.
    pub fn too_large(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::LimitExceeded {
            field: Some(field.into()),
            message: message.into(),
        }
    }

    /// A failure of ours, with its cause.
    pub fn internal(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Internal(source.into())
    }

    /// The code of this error's kind.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::Unauthenticated => Code::Unauthenticated,
            Self::Forbidden(_) => Code::Forbidden,
            Self::NotFound { .. } => Code::NotFound,
            Self::BadInput { .. } => Code::BadUserInput,
            Self::Conflict(_) => Code::Conflict,
            Self::LimitExceeded { .. } => Code::LimitExceeded,
            Self::Internal(_) => Code::Internal,
        }
    }

    /// The input field at fault, in the API's names.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::BadInput { field, .. } => Some(field),
            Self::LimitExceeded { field, .. } => field.as_deref(),
            Self::Unauthenticated
            | Self::Forbidden(_)
            | Self::NotFound { .. }
            | Self::Conflict(_)
            | Self::Internal(_) => None,
        }
    }

    /// What is written to the log: the message, and those of all its causes. Never the error's debug
    /// form, in which PostgreSQL repeats the row that failed.
    #[must_use]
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut source = StdError::source(self);
        while let Some(error) = source {
            text.push_str(": ");
            text.push_str(&error.to_string());
            source = error.source();
        }
        text
    }

    /// The same error with its field seen from one level further out: `name` under `stages[2]`
    /// becomes `stages[2].name`.
    #[must_use]
    pub fn within(self, parent: &str) -> Self {
        let outer = |field: String| {
            if field.is_empty() {
                parent.to_owned()
            } else {
                format!("{parent}.{field}")
            }
        };
        self.told(outer, |message| message)
    }

    /// The same error whose message begins with what it is about: `stage 2 (Draft): name must not be empty`.
    #[must_use]
    pub fn about(self, what: &str) -> Self {
        self.told(|field| field, |message| format!("{what}: {message}"))
    }

    /// The same error with another field and message, where it is about an input.
    fn told(self, at: impl FnOnce(String) -> String, says: impl FnOnce(String) -> String) -> Self {
        match self {
            Self::BadInput { field, message } => Self::BadInput {
                field: at(field),
                message: says(message),
            },
            Self::LimitExceeded { field, message } => Self::LimitExceeded {
                field: field.map(at),
                message: says(message),
            },
            other @ (Self::Unauthenticated
            | Self::Forbidden(_)
            | Self::NotFound { .. }
            | Self::Conflict(_)
            | Self::Internal(_)) => other,
        }
    }
}
