//! Patterns that match whatever a model says, or nothing that it can say: where that shows at once. Most of them do not, and it
//! is not tried any further.

use regex_syntax::hir::{Class, Hir, HirKind, Look};

/// In which texts a pattern finds something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    All,
    None,
}

impl Reach {
    pub(super) fn of(pattern: &Hir) -> Option<Self> {
        let parts = parts(pattern);
        if parts.iter().any(|part| never(part)) || contradicts(&parts) {
            return Some(Self::None);
        }
        let looks = pattern.properties().look_set();
        let is_empty_somewhere = looks.is_empty() && shortest(pattern) == Some(0);
        // Between the beginning and the end of the text has to stand what takes all of it.
        let inner = |part: &&&Hir| !is_look(part, Look::Start) && !is_look(part, Look::End);
        let inner: Vec<_> = parts.iter().filter(inner).collect();
        let is_anchor = |part: &&Hir| is_look(part, Look::Start) || is_look(part, Look::End);
        let is_one_end = parts.iter().filter(|part| is_anchor(part)).count() <= 1;
        let takes_all = match inner.as_slice() {
            [] => is_one_end,
            [part] => is_anything(part),
            _ => false,
        };
        (is_empty_somewhere || takes_all).then_some(Self::All)
    }
}

/// What stands one after the other, groups opened.
fn parts(pattern: &Hir) -> Vec<&Hir> {
    match pattern.kind() {
        HirKind::Concat(parts) => parts.iter().flat_map(|part| parts_of(part)).collect(),
        _ => parts_of(pattern),
    }
}

fn parts_of(pattern: &Hir) -> Vec<&Hir> {
    match pattern.kind() {
        HirKind::Capture(group) => parts(&group.sub),
        _ => vec![pattern],
    }
}

/// Something before the beginning of the text, or after its end.
fn contradicts(parts: &[&Hir]) -> bool {
    let long = |part: &&Hir| shortest(part).is_some_and(|length| length > 0);
    let start = parts.iter().rposition(|part| is_look(part, Look::Start));
    let end = parts.iter().position(|part| is_look(part, Look::End));
    start.is_some_and(|start| parts[..start].iter().any(long))
        || end.is_some_and(|end| parts[end..].iter().any(long))
}

/// Can it match nothing at all?
fn never(part: &Hir) -> bool {
    match part.kind() {
        HirKind::Empty | HirKind::Literal(_) | HirKind::Look(_) => false,
        HirKind::Class(Class::Unicode(class)) => class.ranges().is_empty(),
        HirKind::Class(Class::Bytes(class)) => class.ranges().is_empty(),
        HirKind::Repetition(repetition) => repetition.min > 0 && never(&repetition.sub),
        HirKind::Capture(group) => never(&group.sub),
        HirKind::Concat(parts) => parts.iter().any(never),
        HirKind::Alternation(ways) => ways.iter().all(never),
    }
}

/// The length of its shortest match, where the library knows one.
fn shortest(part: &Hir) -> Option<usize> {
    part.properties().minimum_len()
}

fn is_look(part: &Hir, look: Look) -> bool {
    matches!(part.kind(), HirKind::Look(found) if *found == look)
}

/// Any number of any characters, line breaks too.
fn is_anything(part: &Hir) -> bool {
    let HirKind::Repetition(repetition) = part.kind() else {
        return false;
    };
    let is_any_character = match repetition.sub.kind() {
        HirKind::Class(class) => {
            let mut others = class.clone();
            match &mut others {
                Class::Unicode(class) => class.negate(),
                Class::Bytes(class) => class.negate(),
            }
            others.is_empty()
        }
        _ => false,
    };
    repetition.min == 0 && repetition.max.is_none() && is_any_character
}

#[cfg(test)]
mod tests {
    use regex_syntax::parse;

    use super::*;

    #[test]
    fn what_matches_all_or_nothing_shows_where_it_is_plain() {
        for (pattern, reach) in [
            ("", Some(Reach::All)),
            (".*", Some(Reach::All)),
            ("a?", Some(Reach::All)),
            ("(yes|no)?", Some(Reach::All)),
            ("(?s)^.*$", Some(Reach::All)),
            (r"\A[\s\S]*\z", Some(Reach::All)),
            ("^", Some(Reach::All)),
            ("$", Some(Reach::All)),
            ("a^", Some(Reach::None)),
            ("$a", Some(Reach::None)),
            ("($)(a)", Some(Reach::None)),
            (r"x[a&&b]y", Some(Reach::None)),
            (r"([a&&b])+", Some(Reach::None)),
            (r"good|[a&&b]", None),
            (r"(?:[a&&b])*good", None),
            (r"(good|[^\s\S])", None),
            (r"(?:[^\s\S])?good", None),
            ("^.*$", None),
            ("(?s)^.+$", None),
            ("^$", None),
            ("yes", None),
            (r"\b", None),
            (r"\bx*", None),
            ("(?m)$a", None),
            ("(?m)$\n^a", None),
            ("a|$b", None),
            ("a$", None),
        ] {
            let parsed = parse(pattern).expect(pattern);
            assert_eq!(Reach::of(&parsed), reach, "{pattern}");
        }
    }
}
