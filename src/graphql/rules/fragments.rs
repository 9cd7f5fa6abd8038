//! Fragments are on types that have fields (section 5.5.1), exist and are used (5.5.1.4, 5.5.2.1), and
//! are spread where an object may be of both types (5.5.2.3). That none spreads itself `limits` has seen.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{FragmentSpread, TypeCondition};
use async_graphql::registry::MetaType;
use async_graphql::{Name, Pos, Positioned};

use super::Fragment;
use super::faults::Faults;
use super::found::{Found, Seen};

/// The type that a fragment is on, if it has fields.
pub(super) fn condition<'a>(
    found: &mut Found<'a>,
    condition: &'a TypeCondition,
) -> Option<&'a MetaType> {
    let (name, pos) = (&condition.on.node, condition.on.pos);
    let Some(on) = found.schema.named(name) else {
        found.faults.rule(format!("there is no type {name}"), pos);
        return None;
    };
    if !on.is_composite() {
        let message = format!("a fragment cannot be on {name}, which has no fields");
        found.faults.rule(message, pos);
        return None;
    }
    Some(on)
}

pub(super) fn spread<'a>(
    found: &mut Found<'a>,
    spread: &'a Positioned<FragmentSpread>,
    of: Option<&'a MetaType>,
) {
    let name = &spread.node.fragment_name;
    let document = found.document;
    let Some(fragment) = document.fragments.get(&name.node) else {
        let message = format!("there is no fragment {}", name.node);
        found.faults.rule(message, name.pos);
        return;
    };
    found.seen.fragments.push(&name.node);
    // Where it is on no type with fields, its definition is at fault.
    let on = found
        .schema
        .named(&fragment.node.type_condition.node.on.node);
    let on = on.filter(|on| on.is_composite());
    require_overlap(found, of, on, spread.pos);
}

pub(super) fn require_overlap(
    found: &mut Found<'_>,
    of: Option<&MetaType>,
    on: Option<&MetaType>,
    pos: Pos,
) {
    let (Some(of), Some(on)) = (of, on) else {
        return;
    };
    if of.is_composite() && !of.type_overlap(on) {
        let message = format!("nothing can be both {} and {}", of.name(), on.name());
        found.faults.rule(message, pos);
    }
}

/// Finds the fragments that no operation spreads, itself or through others.
pub(super) fn all_used(
    fragments: &[Fragment<'_>],
    operations: &[Seen<'_>],
    spread_by: &HashMap<&Name, Seen<'_>>,
    faults: &mut Faults,
) {
    let mut used = HashSet::new();
    for seen in operations {
        reach(seen, spread_by, &mut used);
    }
    for (name, fragment) in fragments {
        if !used.contains(*name) {
            let message = format!("the fragment {name} is not used");
            faults.rule(message, fragment.pos);
        }
    }
}

/// Adds the fragments that are spread from here, each once.
pub(super) fn reach<'a>(
    from: &Seen<'a>,
    spread_by: &HashMap<&'a Name, Seen<'a>>,
    reached: &mut HashSet<&'a Name>,
) {
    let mut unread = from.fragments.clone();
    while let Some(name) = unread.pop() {
        if reached.insert(name)
            && let Some(seen) = spread_by.get(name)
        {
            unread.extend(&seen.fragments);
        }
    }
}
