//! Names that people give and look for: one name whatever its normal form, one search whatever the case.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// The text in the normal form NFC, in which names are compared.
#[must_use]
pub fn composed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || is_nfc(text) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfc().collect())
    }
}

/// Two of these names that are one in different normal forms.
pub fn twins<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<(&'a str, &'a str)> {
    let mut known = BTreeMap::new();
    names.into_iter().find_map(|name| {
        let other = known.insert(composed(name), name)?;
        Some((other, name))
    })
}

/// Members of objects by their names, in whatever normal form they stand there. An object is looked through
/// once: a template may ask ten thousand times.
#[derive(Debug, Default)]
pub struct Members<'a>(RefCell<HashMap<*const Object, HashMap<Cow<'a, str>, &'a Value>>>);

type Object = Map<String, Value>;

impl<'a> Members<'a> {
    /// The member of this name; one that is written alike comes first.
    pub fn get(&self, object: &'a Object, name: &str) -> Option<&'a Value> {
        let alike = object.get(name);
        if alike.is_some() {
            return alike;
        }
        let mut known = self.0.borrow_mut();
        let others = known.entry(std::ptr::from_ref(object)).or_insert_with(|| {
            let others = object.iter().filter(|(key, _)| !key.is_ascii());
            others.map(|(key, value)| (composed(key), value)).collect()
        });
        others.get(composed(name).as_ref()).copied()
    }
}

/// The text as it is searched: without case, in NFC. `ß` is `ss`, and every sigma is one.
#[must_use]
pub fn folded(text: &str) -> String {
    // One by one: at the end of a word the library makes another sigma of it. Some letters have capitals
    // without being small (ẞ), some small ones none of their own (ß).
    text.nfc()
        .flat_map(char::to_lowercase)
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .nfc()
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_member_is_found_in_whatever_normal_form_it_stands() {
        let map =
            json!({"caf\u{e9}": 1, "e\u{301}t\u{e9}": 2, "plain": 3, "\u{e9}": 4, "e\u{301}": 5});
        let (map, members) = (map.as_object().expect("an object"), Members::default());
        for (name, value) in [
            ("caf\u{e9}", Some(1)),
            ("cafe\u{301}", Some(1)),
            ("\u{e9}t\u{e9}", Some(2)),
            ("plain", Some(3)),
            ("\u{e9}", Some(4)),
            ("e\u{301}", Some(5)),
            ("cafe", None),
        ] {
            let found = members.get(map, name).and_then(Value::as_i64);
            assert_eq!(found, value, "{name}");
        }
    }

    #[test]
    fn twins_are_one_name_in_two_normal_forms() {
        let (composed, taken_apart) = ("cl\u{e9}", "cle\u{301}");
        assert_eq!(twins(["a", composed, "cle"]), None);
        let found = twins([taken_apart, "a", composed]);
        assert_eq!(found, Some((taken_apart, composed)));
    }

    #[test]
    fn a_search_knows_neither_case_nor_normal_form() {
        for (name, part) in [
            ("R\u{e9}sum\u{e9}", "RE\u{301}SU"),
            ("Re\u{301}sume\u{301}", "r\u{e9}sum\u{e9}"),
            ("\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}", "한글"),
            ("Tie\u{302}\u{301}ng Vie\u{323}\u{302}t", "tiếng việt"),
            ("Straße", "STRASSE"),
            ("STRAẞE", "straße"),
            ("ΟΔΟΣ", "σ"),
            ("ΟΔΟΣ", "οδος"),
        ] {
            assert!(folded(name).contains(&folded(part)), "{name}: {part}");
        }
        assert!(!folded("résumé").contains(&folded("resume")));
    }

    proptest! {
        #[test]
        fn what_is_folded_stays_as_it_is(text in any::<String>()) {
            let once = folded(&text);
            prop_assert_eq!(folded(&once), once);
        }
    }
}
