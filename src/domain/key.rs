//! Keys of stages: what paths may call a stage in the place of its order.

use std::collections::BTreeMap;

/// The keys that a workflow's stages have, each with the order of its stage. They are compared as they are
/// written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys<'s>(BTreeMap<&'s str, i32>);

impl<'s> Keys<'s> {
    /// No stage has any.
    pub const NONE: &'static Keys<'static> = &Keys(BTreeMap::new());

    /// The order of the stage that has this key.
    #[must_use]
    pub fn order(&self, key: &str) -> Option<i32> {
        self.0.get(key).copied()
    }

    /// Every key, in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = &'s str> {
        self.0.keys().copied()
    }
}

impl<'s> FromIterator<(&'s str, i32)> for Keys<'s> {
    fn from_iter<I: IntoIterator<Item = (&'s str, i32)>>(keys: I) -> Self {
        Self(keys.into_iter().collect())
    }
}
