//! How large a schema is with its references written out, which is how often its parts may be applied to one
//! value: a reference to a schema that refers twice to another, and so on, doubles with every step.
//!
//! 1. A subschema counts 1, and what it consists of and refers to besides.
//! 2. A reference back to what is being written out is not followed: it is applied to what lies deeper in the
//!    value, which ends. It is counted as a way back.
//! 3. What stands beside `unevaluated…` is applied again to find out what it has evaluated: it counts twice.
//! 4. Counting ends at [`MOST`], so that the measure itself costs little.
//! 5. Counted by itself is what may be applied to one value: `properties` with many names apply one subschema to
//!    each, `allOf` all of them to every value that there is. What stands under a name and what stands under
//!    all of them is counted apart.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Map, Value};

use super::step::Step;

/// The most subschemas that a schema which is saved anew may have, with its references written out.
pub(super) const MOST: usize = 10_000;
/// The most that may be applied to one value. An answer of a million characters has half a million values at
/// most: as many applications of each as take some 10 s.
pub(super) const MOST_TO_ONE: usize = 1_000;
/// The most subschemas in each other, with references written out.
const DEEPEST: usize = 200;
/// The meta-schemas, which come with the library, refer to themselves; each is about so large.
const META_SCHEMA: usize = 200;

/// Keywords with a schema, with a list of them, and with an object of them. Some drafts have one of these
/// in the place of another.
const APPLICATORS: [&str; 21] = [
    "additionalItems",
    "additionalProperties",
    "allOf",
    "anyOf",
    "contains",
    "contentSchema",
    "dependencies",
    "dependentSchemas",
    "else",
    "extends",
    "if",
    "items",
    "not",
    "oneOf",
    "patternProperties",
    "prefixItems",
    "properties",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];
/// Those whose object is none of keywords but has a schema under each key.
const MAPS: [&str; 4] = [
    "dependencies",
    "dependentSchemas",
    "patternProperties",
    "properties",
];
const REFERENCES: [&str; 3] = ["$dynamicRef", "$recursiveRef", "$ref"];
/// Those that are applied to the same value as what they stand in, beside references.
const IN_PLACE: [&str; 8] = [
    "allOf",
    "anyOf",
    "dependentSchemas",
    "else",
    "if",
    "not",
    "oneOf",
    "then",
];
const UNEVALUATED: [&str; 2] = ["unevaluatedItems", "unevaluatedProperties"];

/// The size of a schema.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Extent {
    /// Subschemas with references written out, at most one more than [`MOST`].
    pub subschemas: usize,
    /// References back to what is being written out.
    pub ways_back: usize,
    /// The most subschemas that are applied to one value.
    pub to_one: usize,
}

impl Extent {
    pub(super) fn of(schema: &Value) -> Self {
        let mut places = Vec::new();
        find_places(schema, schema, &mut places);
        let mut walk = Walk {
            places,
            path: Vec::new(),
            value: 0,
            applied: HashMap::new(),
            extent: Self::default(),
        };
        walk.write_out(schema, schema);
        walk.extent
    }

    /// Is it too large, or too deep, to be saved anew?
    pub(super) const fn is_too_large(self) -> bool {
        self.subschemas > MOST
    }

    /// Is too much of it applied to one value for it to be saved anew?
    pub(super) const fn is_too_much_for_one(self) -> bool {
        self.to_one > MOST_TO_ONE
    }

    /// May every part of it be applied wherever it may be in a value of so many levels, and that take no
    /// more than `most` applications?
    pub(super) fn is_applied_within(self, levels: usize, most: usize) -> bool {
        let ways = (0..levels).try_fold(self.subschemas, |ways, _| {
            ways.checked_mul(self.ways_back.max(1))
                .filter(|ways| *ways <= most)
        });
        !self.is_too_large() && ways.is_some_and(|ways| ways <= most)
    }
}

/// What references may name: resources by `$id`, anchors within one.
struct Place<'a> {
    name: &'a str,
    is_anchor: bool,
    schema: &'a Value,
    resource: &'a Value,
}

struct Walk<'a> {
    places: Vec<Place<'a>>,
    /// What is being written out, from the outside in.
    path: Vec<&'a Value>,
    /// The value that it is applied to, as a hash of the way there.
    value: u64,
    /// Subschemas by the value that they are applied to.
    applied: HashMap<u64, usize>,
    extent: Extent,
}

impl<'a> Walk<'a> {
    fn write_out(&mut self, schema: &'a Value, resource: &'a Value) {
        if self.extent.is_too_large() {
            return;
        }
        if self.path.len() == DEEPEST {
            self.extent.subschemas = MOST + 1;
            return;
        }
        self.extent.subschemas += 1;
        let applied = self.applied.entry(self.value).or_default();
        *applied += 1;
        self.extent.to_one = self.extent.to_one.max(*applied);
        let Value::Object(fields) = schema else {
            return;
        };
        let resource = if is_resource(fields) {
            schema
        } else {
            resource
        };
        let marks = UNEVALUATED.iter().any(|word| fields.contains_key(*word));
        self.path.push(schema);
        for (keyword, value) in fields {
            let refers = REFERENCES.contains(&keyword.as_str());
            let in_place = refers || IN_PLACE.contains(&keyword.as_str());
            for _ in 0..=usize::from(marks && in_place) {
                match value {
                    Value::String(reference) if refers => self.follow(reference, resource),
                    _ if APPLICATORS.contains(&keyword.as_str()) => {
                        self.apply(keyword, value, resource);
                    }
                    _ => {}
                }
            }
        }
        self.path.pop();
    }

    fn apply(&mut self, keyword: &str, value: &'a Value, resource: &'a Value) {
        match value {
            Value::Object(schemas) if MAPS.contains(&keyword) => {
                // Under `dependencies` there may be a list of names in the place of a schema.
                for (name, schema) in schemas.iter().filter(|(_, schema)| !schema.is_array()) {
                    self.go(Step::of_map(keyword, name), (schema, resource));
                }
            }
            Value::Object(_) | Value::Bool(_) => {
                self.go(Step::of(keyword, None), (value, resource));
            }
            Value::Array(schemas) => {
                for (place, schema) in schemas.iter().enumerate() {
                    self.go(Step::of(keyword, Some(place)), (schema, resource));
                }
            }
            Value::Null | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// Writes out a schema that is applied to a value so far from this one.
    fn go(&mut self, step: Step<'_>, (schema, resource): (&'a Value, &'a Value)) {
        let value = self.value;
        if step != Step::Nowhere {
            let mut hash = DefaultHasher::new();
            (value, step).hash(&mut hash);
            self.value = hash.finish();
        }
        self.write_out(schema, resource);
        self.value = value;
    }

    fn follow(&mut self, reference: &str, resource: &'a Value) {
        let (base, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let targets = self.targets((base, fragment), resource);
        if targets.is_empty() {
            // What compiles and is not found here is a meta-schema, or too much out of the way to be measured.
            let meta = base.contains("json-schema.org/");
            self.extent.subschemas += if meta { META_SCHEMA } else { MOST };
            self.extent.ways_back += 1;
        }
        for (target, resource) in targets {
            if self.path.iter().any(|open| std::ptr::eq(*open, target)) {
                self.extent.ways_back += 1;
            } else {
                self.write_out(target, resource);
            }
        }
    }

    /// What a reference may mean, each with the resource that it is in. A dynamic one may mean several.
    fn targets(
        &self,
        (base, fragment): (&str, &str),
        resource: &'a Value,
    ) -> Vec<(&'a Value, &'a Value)> {
        let last = |name: &'a str| name.trim_end_matches('#').rsplit('/').next();
        let resources: Vec<&Value> = if base.is_empty() {
            vec![resource]
        } else {
            let named = self.places.iter().filter(|place| !place.is_anchor);
            let base = base.rsplit('/').next();
            named
                .filter(|place| last(place.name) == base)
                .map(|place| place.schema)
                .collect()
        };
        if fragment.is_empty() {
            return resources.into_iter().map(|root| (root, root)).collect();
        }
        if fragment.starts_with('/') {
            let pointer = decoded(fragment);
            return resources
                .into_iter()
                .filter_map(|root| pointed(root, &pointer))
                .collect();
        }
        let anchors = self.places.iter().filter(|place| place.is_anchor);
        anchors
            .filter(|place| place.name == fragment)
            .map(|place| (place.schema, place.resource))
            .collect()
    }
}

/// Gathers what references may name, wherever it stands: they may point to what is no subschema otherwise.
fn find_places<'a>(value: &'a Value, resource: &'a Value, found: &mut Vec<Place<'a>>) {
    match value {
        Value::Object(fields) => {
            let resource = if is_resource(fields) { value } else { resource };
            for keyword in ["$anchor", "$dynamicAnchor", "$id", "id"] {
                if let Some(Value::String(name)) = fields.get(keyword) {
                    found.push(Place {
                        name: name.strip_prefix('#').unwrap_or(name),
                        is_anchor: keyword.ends_with("nchor") || name.starts_with('#'),
                        schema: value,
                        resource,
                    });
                }
            }
            for value in fields.values() {
                find_places(value, resource, found);
            }
        }
        Value::Array(items) => {
            for value in items {
                find_places(value, resource, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Does the schema bear a name of its own, from which references in it are counted?
fn is_resource(fields: &Map<String, Value>) -> bool {
    let id = fields.get("$id").or_else(|| fields.get("id"));
    id.and_then(Value::as_str)
        .is_some_and(|id| !id.starts_with('#'))
}

/// What a pointer leads to, and the resource that that is in.
fn pointed<'a>(root: &'a Value, pointer: &str) -> Option<(&'a Value, &'a Value)> {
    let (mut at, mut resource) = (root, root);
    for token in pointer.split('/').skip(1) {
        let token = token.replace("~1", "/").replace("~0", "~");
        at = match at {
            Value::Object(fields) => fields.get(&token)?,
            Value::Array(items) => items.get(token.parse::<usize>().ok()?)?,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return None,
        };
        if at.as_object().is_some_and(is_resource) {
            resource = at;
        }
    }
    Some((at, resource))
}

/// A fragment without its percent-encoding.
fn decoded(fragment: &str) -> String {
    let mut bytes = Vec::with_capacity(fragment.len());
    let mut rest = fragment.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|_| *first == b'%');
        let hex = hex.and_then(|hex| std::str::from_utf8(hex).ok());
        if let Some(byte) = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            bytes.push(byte);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn extent(schema: &Value) -> (usize, usize) {
        let extent = Extent::of(schema);
        (extent.subschemas, extent.ways_back)
    }

    /// Each of `steps` schemas refers `times` times to the next one.
    fn chain(steps: usize, times: usize, keyword: &str) -> Value {
        let refers = |to: usize| vec![json!({ "$ref": format!("#/$defs/s{to}") }); times];
        let mut schemas: Map<String, Value> = (0..steps)
            .map(|at| (format!("s{at}"), json!({ keyword: refers(at + 1) })))
            .collect();
        schemas.insert(format!("s{steps}"), json!({ "type": "string" }));
        json!({ "$ref": "#/$defs/s0", "$defs": schemas })
    }

    #[test]
    fn references_are_written_out() {
        for (schema, size) in [
            (json!({}), (1, 0)),
            (
                json!({"properties": {"a": true, "properties": {"items": {}}}}),
                (4, 0),
            ),
            (json!({"$defs": {"unused": {"items": {}}}}), (1, 0)),
            (
                json!({"const": {"items": {}}, "enum": [{"not": {}}]}),
                (1, 0),
            ),
            (
                json!({"items": [{}, {}], "dependencies": {"a": ["b"], "c": {}}}),
                (4, 0),
            ),
            (
                json!({
                    "properties": {"a": {"$ref": "#/$defs/d%20e~1f"}, "b": {"$ref": "#g"}},
                    "$defs": {"d e/f": {"items": {}}, "g": {"$anchor": "g"}},
                }),
                (6, 0),
            ),
            (
                json!({
                    "$id": "https://schema.test/root",
                    "$ref": "part#/$defs/b",
                    "$defs": {"a": {"$id": "part", "$defs": {"b": {"$ref": "#/$defs/c"}, "c": {}}}},
                }),
                (3, 0),
            ),
            (chain(3, 2, "allOf"), (1 + 1 + 2 + 2 + 4 + 4 + 8 + 8, 0)),
        ] {
            assert_eq!(extent(&schema), size, "{schema}");
        }
    }

    #[test]
    fn a_way_back_is_counted_and_not_taken() {
        let tree = json!({"properties": {"left": {"$ref": "#"}, "right": {"$ref": "#"}}});
        assert_eq!(extent(&tree), (3, 2));
        let each_other = json!({
            "$ref": "#/$defs/a",
            "$defs": {
                "a": {"items": {"$ref": "#/$defs/b"}},
                "b": {"not": {"$ref": "#/$defs/a"}, "$dynamicAnchor": "n"},
            },
        });
        assert_eq!(extent(&each_other), (5, 1));
        let dynamic = json!({"$dynamicAnchor": "n", "items": {"$dynamicRef": "#n"}});
        assert_eq!(extent(&dynamic), (2, 1));
        let meta = json!({"$ref": "https://json-schema.org/draft/2020-12/schema"});
        assert_eq!(extent(&meta), (1 + META_SCHEMA, 1));
    }

    #[test]
    fn what_doubles_with_every_step_is_too_large_soon() {
        assert!(!Extent::of(&chain(8, 2, "anyOf")).is_too_large());
        for schema in [
            chain(30, 2, "allOf"),
            chain(4, 100, "oneOf"),
            chain(DEEPEST, 1, "prefixItems"),
            (0..20).fold(
                json!({}),
                |inner, _| json!({"allOf": [inner], "unevaluatedProperties": false}),
            ),
            json!({"$ref": "elsewhere"}),
        ] {
            assert!(Extent::of(&schema).is_too_large());
        }
    }

    #[test]
    fn what_is_applied_to_one_value_is_counted_by_itself() {
        let leaves = |count: usize| -> Value { vec![json!({}); count].into() };
        let names: Map<String, Value> = (0..9).map(|n| (format!("n{n}"), json!({}))).collect();
        for (schema, most) in [
            (json!({ "properties": names, "required": ["n1"] }), 1),
            (json!({ "prefixItems": leaves(9) }), 1),
            (json!({ "items": leaves(9), "additionalItems": {} }), 1),
            (json!({ "allOf": leaves(9) }), 10),
            (json!({ "items": { "anyOf": leaves(9), "not": {} } }), 11),
            (json!({ "not": { "not": { "oneOf": leaves(3) } } }), 6),
            (json!({ "patternProperties": names }), 9),
            (json!({ "propertyNames": { "allOf": leaves(4) } }), 5),
            (
                json!({ "anyOf": vec![json!({ "properties": { "type": { "not": {} } } }); 3] }),
                6,
            ),
            (
                json!({ "items": { "$ref": "#/$defs/a" }, "$defs": { "a": { "allOf": leaves(3) } } }),
                5,
            ),
        ] {
            assert_eq!(Extent::of(&schema).to_one, most, "{schema}");
        }
        assert!(!Extent::of(&json!({ "allOf": leaves(MOST_TO_ONE - 1) })).is_too_much_for_one());
        assert!(Extent::of(&json!({ "allOf": leaves(MOST_TO_ONE) })).is_too_much_for_one());
    }

    #[test]
    fn ways_back_multiply_with_every_level_of_a_value() {
        let of = |subschemas, ways_back| Extent {
            subschemas,
            ways_back,
            to_one: 1,
        };
        assert!(of(10, 1).is_applied_within(100, 10));
        assert!(of(10, 0).is_applied_within(100, 10));
        assert!(of(3, 2).is_applied_within(3, 24));
        assert!(!of(3, 2).is_applied_within(4, 24));
        assert!(!of(2, 9).is_applied_within(100, usize::MAX));
        assert!(!of(MOST + 1, 0).is_applied_within(0, usize::MAX));
    }
}
