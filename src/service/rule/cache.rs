//! Compiled rules, kept by what is written in them: those that were asked for last, up to a size.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hashlink::LruCache;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::domain::validate::{Kind, Validator};

/// The largest that all kept rules may be together, by their estimates, in bytes.
const CAPACITY: usize = 64 * 1024 * 1024;

/// What is written in a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Content([u8; 32]);

impl Content {
    /// The content of a stage's validation.
    #[must_use]
    pub fn of(kind: Kind, criteria: Option<&Value>) -> Self {
        let mut hash = Sha256::new();
        hash.update(kind.as_str());
        hash.update(criteria.map(Value::to_string).unwrap_or_default());
        Self(hash.finalize().into())
    }

    /// The content of a stage's output variables.
    #[must_use]
    pub fn of_variables(variables: Option<&Value>) -> Self {
        let mut hash = Sha256::new();
        hash.update("outputVariables");
        hash.update(variables.map(Value::to_string).unwrap_or_default());
        Self(hash.finalize().into())
    }
}

#[derive(Debug, Default)]
pub(super) struct Cache {
    kept: Mutex<Kept>,
    compilations: AtomicU64,
}

#[derive(Debug)]
struct Kept {
    by_content: LruCache<Content, Arc<Validator>>,
    size: usize,
}

impl Default for Kept {
    fn default() -> Self {
        Self {
            by_content: LruCache::new_unbounded(),
            size: 0,
        }
    }
}

impl Cache {
    pub(super) fn get(&self, content: &Content) -> Option<Arc<Validator>> {
        self.locked().by_content.get(content).map(Arc::clone)
    }

    /// Keeps a rule, and forgets those that were not asked for the longest where it needs the room.
    pub(super) fn keep(&self, content: Content, validator: &Arc<Validator>) {
        let mut kept = self.locked();
        kept.size += validator.cost.size;
        if let Some(same) = kept.by_content.insert(content, Arc::clone(validator)) {
            kept.size -= same.cost.size;
        }
        while kept.size > CAPACITY {
            let Some((_, oldest)) = kept.by_content.remove_lru() else {
                return;
            };
            kept.size -= oldest.cost.size;
        }
    }

    /// Counts a compilation.
    pub(super) fn count(&self) {
        self.compilations.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn counted(&self) -> u64 {
        self.compilations.load(Ordering::Relaxed)
    }

    fn locked(&self) -> MutexGuard<'_, Kept> {
        // No code panics while it holds the lock, so that what is behind it is always whole.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::validate::Criteria;

    fn rule(letter: char) -> (Content, Arc<Validator>) {
        // An estimate of some 6 MiB, and nothing much in truth.
        let criteria = json!({ "functionName": "not_contains",
            "args": { "text": letter.to_string().repeat(6 * 1024 * 1024) } });
        let content = Content::of(Kind::Function, Some(&criteria));
        let compiled = Criteria::parse(Kind::Function, Some(&criteria)).and_then(|c| c.compile());
        (content, Arc::new(compiled.expect("valid").expect("a rule")))
    }

    #[test]
    fn rules_are_kept_up_to_a_size_those_asked_for_last() {
        let cache = Cache::default();
        let rules: Vec<_> = ('a'..='k').map(rule).collect();
        for (content, validator) in &rules[..10] {
            cache.keep(*content, validator);
        }
        assert!(cache.get(&rules[0].0).is_some());
        cache.keep(rules[10].0, &rules[10].1);
        assert!(cache.get(&rules[0].0).is_some());
        assert!(cache.get(&rules[1].0).is_none());
        assert!(cache.get(&rules[10].0).is_some());
        assert!(cache.locked().size <= CAPACITY);
        cache.keep(rules[10].0, &rules[10].1);
        assert_eq!(cache.locked().by_content.len(), 10);
    }

    #[test]
    fn content_is_the_kind_and_the_criteria() {
        let criteria = json!({ "pattern": "a" });
        let content = Content::of(Kind::Regex, Some(&criteria));
        assert_eq!(content, Content::of(Kind::Regex, Some(&criteria.clone())));
        assert_ne!(content, Content::of(Kind::Function, Some(&criteria)));
        assert_ne!(content, Content::of(Kind::Regex, None));
    }
}
