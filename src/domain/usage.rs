//! How many tokens a model call took, as far as the provider said.

use serde::{Deserialize, Serialize};

/// Token counts. `None` means that the provider did not say; unknown is never 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// Tokens of what was sent.
    #[serde(default)]
    pub prompt_tokens: Option<i64>,
    /// Tokens of what came back, hidden reasoning included.
    #[serde(default)]
    pub completion_tokens: Option<i64>,
    /// Both together, as the provider counts them.
    #[serde(default)]
    pub total_tokens: Option<i64>,
}

impl Usage {
    /// The sum of two calls, count by count. Where one is unknown the other stands: a total that
    /// leaves out what nobody counted says more than none.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            prompt_tokens: sum(self.prompt_tokens, other.prompt_tokens),
            completion_tokens: sum(self.completion_tokens, other.completion_tokens),
            total_tokens: sum(self.total_tokens, other.total_tokens),
        }
    }
}

fn sum(left: Option<i64>, right: Option<i64>) -> Option<i64> {
    match (left, right) {
        (Some(left), Some(right)) => Some(left.saturating_add(right)),
        (known, None) | (None, known) => known,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_counts_yield_to_known_ones_and_sums_saturate() {
        let left = Usage {
            prompt_tokens: Some(3),
            completion_tokens: None,
            total_tokens: Some(i64::MAX),
        };
        let right = Usage {
            prompt_tokens: None,
            completion_tokens: None,
            total_tokens: Some(1),
        };

        assert_eq!(
            left.plus(right),
            Usage {
                prompt_tokens: Some(3),
                completion_tokens: None,
                total_tokens: Some(i64::MAX),
            }
        );
        assert_eq!(Usage::default().plus(left), left);
    }

    #[test]
    fn is_stored_in_the_names_of_the_api() {
        let usage = Usage {
            prompt_tokens: Some(3),
            completion_tokens: Some(4),
            total_tokens: None,
        };

        let json = serde_json::to_value(usage).unwrap();

        assert_eq!(
            json,
            serde_json::json!({"promptTokens": 3, "completionTokens": 4, "totalTokens": null})
        );
        assert_eq!(serde_json::from_value::<Usage>(json).unwrap(), usage);
    }
}
