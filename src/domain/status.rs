//! The states of runs and attempts. The words are the API's, and what the tables store.

use std::str::FromStr;

/// A word that is none of the enum's.
#[derive(Debug, thiserror::Error)]
#[error("unknown word {0}")]
pub struct UnknownWord(pub String);

/// An enum of words: each variant with the word that the API and the tables use.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$doc])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// The word in the API and in the tables.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(UnknownWord(word.to_owned())),
                }
            }
        }
    };
}

words! {
    /// State of a run.
    ExecutionStatus {
        /// Waits for a slot, or for `next_run_at`.
        Pending = "PENDING",
        /// A worker holds its lease.
        Running = "RUNNING",
        /// Waits for a person: a decision, or a resume.
        Paused = "PAUSED",
        /// Ended by a pass.
        Completed = "COMPLETED",
        /// Ended by a fail.
        Failed = "FAILED",
        /// Ended by its owner.
        Cancelled = "CANCELLED",
    }
}

impl ExecutionStatus {
    /// Terminal states never change.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        match self {
            Self::Completed | Self::Failed | Self::Cancelled => true,
            Self::Pending | Self::Running | Self::Paused => false,
        }
    }
}

words! {
    /// Why a run is in its state.
    Reason {
        /// A stage ended without a way on.
        StageFailed = "STAGE_FAILED",
        /// The stage has passed until which it was to run.
        UntilStage = "UNTIL_STAGE",
        /// The run made as many stage visits as one run may.
        LoopLimit = "LOOP_LIMIT",
        /// The run's process died too often.
        CrashLimit = "CRASH_LIMIT",
        /// Its owner cancelled it.
        Cancelled = "CANCELLED",
        /// A person has to pass or fail an output.
        AwaitingValidation = "AWAITING_VALIDATION",
        /// Its owner asked for a pause.
        PauseRequested = "PAUSE_REQUESTED",
        /// It waits long before the next try and gave up its slot.
        RetryWait = "RETRY_WAIT",
        /// The model that judges an output did not answer, and is asked again later.
        JudgeWait = "JUDGE_WAIT",
        /// Its process shut down and gave it back.
        HandedBack = "HANDED_BACK",
        /// Its process died, another took it up.
        Rescued = "RESCUED",
        /// Its owner resumed it.
        Resumed = "RESUMED",
        /// A person decided, it goes on.
        Validated = "VALIDATED",
    }
}

words! {
    /// State of one attempt at a stage.
    AttemptStatus {
        /// Under way, or awaiting a decision.
        Started = "STARTED",
        /// Logged and judged.
        Finished = "FINISHED",
        /// The process that drove it is gone.
        Interrupted = "INTERRUPTED",
        /// The run was cancelled meanwhile.
        Cancelled = "CANCELLED",
    }
}

words! {
    /// How far an item has come of a list that a stage runs over.
    #[derive(Default)]
    ItemState {
        /// It has not begun.
        #[default]
        New = "NEW",
        /// It has begun, and has not ended.
        Open = "OPEN",
        /// It has passed.
        Passed = "PASSED",
        /// It has no attempts left, and the list goes on without it.
        Skipped = "SKIPPED",
        /// It has no attempts left, and the visit has failed with it.
        Failed = "FAILED",
    }
}

words! {
    /// What became of an attempt's output.
    ValidationResult {
        /// Not judged yet.
        Pending = "PENDING",
        /// The verdict is yes.
        Pass = "PASS",
        /// The verdict is no.
        Fail = "FAIL",
        /// No verdict could be reached.
        Error = "ERROR",
    }
}
