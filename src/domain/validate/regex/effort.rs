//! How much work a pattern may make of one character, whatever the text.
//!
//! The engine keeps a lazily built automaton as long as that stays small; where it does not, it walks
//! every way at once in which the pattern may go on, some 10 ns for a way and byte. So what a pattern
//! may cost is found by walking it over characters in the abstract:
//!
//! 1. The pattern becomes a graph of characters, forks and assertions, its counted repetitions written
//!    out.
//! 2. Characters that no class of it tells apart are one letter.
//! 3. From the beginning, every set of ways that some text leads to is visited, letter by letter.
//! 4. Where there are few such sets, the automaton stays small: every byte costs one step. Else a
//!    character costs as many steps as ways go on over its bytes in the widest set.
//!
//! A graph or a search that grows out of its bounds counts as if all ways were open at once.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Look, Repetition};

/// Nodes of a graph at most; the engine's own size limit ends sooner for most patterns.
const MAX_NODES: usize = 20_000;
/// Nodes looked at in a search at most, some 10 ms.
const MAX_LOOKS: usize = 200_000;
/// What a state of an automaton takes in the engine's cache beside its transitions, in bytes.
const STATE_SIZE: usize = 128;
/// A way that ends at a character's first byte costs a quarter of one that goes on.
const ENDING_WAYS_IN_STEP: usize = 4;
/// States between the bytes of one character, for a class of few ranges.
const STATES_IN_CHARACTER: usize = 8;

/// What a pattern costs at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::domain::validate) struct Effort {
    /// Steps for a character of a text.
    pub steps: usize,
    /// An estimate of its compiled size, in bytes.
    pub size: usize,
}

impl Effort {
    /// Of a pattern whose graph is not known.
    pub const UNBOUNDED: Self = Self {
        steps: usize::MAX,
        size: super::SIZE_LIMIT,
    };

    /// Measures a pattern.
    pub fn of(pattern: &Hir) -> Self {
        let mut graph = Graph::default();
        let end = graph.push(Node::End);
        match end.and_then(|end| graph.add(pattern, end)) {
            Some(start) => graph.measure(start),
            None => Self::UNBOUNDED,
        }
    }
}

enum Node {
    Letter {
        class: usize,
        next: usize,
        /// The engine looks at it together with the other words of a list.
        listed: bool,
    },
    Fork(Vec<usize>),
    Assertion {
        look: Look,
        next: usize,
    },
    End,
}

#[derive(Default)]
struct Graph {
    nodes: Vec<Node>,
    classes: Vec<ClassUnicode>,
    numbers: BTreeMap<Vec<ClassUnicodeRange>, usize>,
}

impl Graph {
    fn push(&mut self, node: Node) -> Option<usize> {
        let number = self.nodes.len();
        self.nodes.push(node);
        (number < MAX_NODES).then_some(number)
    }

    /// Adds what goes on with `next`. None when there are too many nodes.
    fn add(&mut self, pattern: &Hir, next: usize) -> Option<usize> {
        match pattern.kind() {
            HirKind::Empty => Some(next),
            HirKind::Literal(_) => {
                let mut text = literal(pattern).into_iter().rev();
                text.try_fold(next, |next, letter| self.letter(only(letter), next, false))
            }
            HirKind::Class(Class::Unicode(class)) => self.letter(class.clone(), next, false),
            HirKind::Class(Class::Bytes(class)) => {
                let ranges = class.ranges().iter();
                let ranges = ranges
                    .map(|range| ClassUnicodeRange::new(range.start().into(), range.end().into()));
                self.letter(ClassUnicode::new(ranges), next, false)
            }
            HirKind::Look(look) => self.push(Node::Assertion { look: *look, next }),
            HirKind::Repetition(repetition) => self.repeat(repetition, next),
            HirKind::Capture(capture) => self.add(&capture.sub, next),
            HirKind::Concat(parts) => {
                let mut parts = parts.iter().rev();
                parts.try_fold(next, |next, part| self.add(part, next))
            }
            HirKind::Alternation(ways) if ways.iter().all(is_literal) => {
                let words = ways.iter().map(literal).collect();
                self.list(words, next)
            }
            HirKind::Alternation(ways) => {
                let ways: Option<_> = ways.iter().map(|way| self.add(way, next)).collect();
                self.push(Node::Fork(ways?))
            }
        }
    }

    /// A list of words, which the engine compiles to a tree of their letters.
    fn list(&mut self, words: Vec<Vec<char>>, next: usize) -> Option<usize> {
        let mut ways = Vec::new();
        let mut by_first: BTreeMap<char, Vec<Vec<char>>> = BTreeMap::new();
        for word in words {
            match word.split_first() {
                Some((first, rest)) => by_first.entry(*first).or_default().push(rest.to_vec()),
                None => ways.push(next),
            }
        }
        for (first, rests) in by_first {
            let rest = self.list(rests, next)?;
            ways.push(self.letter(only(first), rest, true)?);
        }
        self.push(Node::Fork(ways))
    }

    fn letter(&mut self, class: ClassUnicode, next: usize, listed: bool) -> Option<usize> {
        let ranges = class.ranges().to_vec();
        let number = *self.numbers.entry(ranges).or_insert_with(|| {
            self.classes.push(class);
            self.classes.len() - 1
        });
        self.push(Node::Letter {
            class: number,
            next,
            listed,
        })
    }

    fn repeat(&mut self, repetition: &Repetition, next: usize) -> Option<usize> {
        let (mut copies, mut start) = (repetition.min, next);
        if let Some(most) = repetition.max {
            for _ in repetition.min..most {
                let once_more = self.add(&repetition.sub, start)?;
                start = self.push(Node::Fork(vec![once_more, next]))?;
            }
        } else {
            let again = self.push(Node::Fork(Vec::new()))?;
            let once_more = self.add(&repetition.sub, again)?;
            self.nodes[again] = Node::Fork(vec![once_more, next]);
            // What must come once at least begins with its body.
            start = if copies == 0 { again } else { once_more };
            copies = copies.saturating_sub(1);
        }
        for _ in 0..copies {
            start = self.add(&repetition.sub, start)?;
        }
        Some(start)
    }

    fn measure(&self, start: usize) -> Effort {
        let classes = self.nodes.iter().filter_map(|node| match node {
            Node::Letter { class, .. } => Some(&self.classes[*class]),
            Node::Fork(_) | Node::Assertion { .. } | Node::End => None,
        });
        let (ways, ranges) = classes.fold((0, 0), |(ways, ranges), class| {
            (ways + 1, ranges + class.ranges().len())
        });
        let mut search = Search::new(self, start);
        let complete = search.visit_all();
        let automaton = search.states * (STATE_SIZE + 4 * self.row());
        let steps = if !complete {
            ways * search.most_bytes()
        } else if automaton <= super::SIZE_LIMIT && !self.asks_for_unicode_words() {
            1
        } else {
            search.widest
        };
        // A program for each direction, and the automata that matching builds.
        let program = 64 * (self.nodes.len() + 2 * ranges);
        Effort {
            steps,
            size: 2 * (program + automaton.min(super::SIZE_LIMIT)),
        }
    }

    /// Transitions of a state, by a careful estimate.
    fn row(&self) -> usize {
        if self.classes.iter().all(ClassUnicode::is_ascii) {
            (4 * self.classes.len()).next_power_of_two().min(256)
        } else {
            256
        }
    }

    /// The automaton gives up where a text that is not ASCII meets such an assertion.
    fn asks_for_unicode_words(&self) -> bool {
        self.nodes.iter().any(|node| {
            matches!(
                node,
                Node::Assertion {
                    look: Look::WordUnicode
                        | Look::WordUnicodeNegate
                        | Look::WordStartUnicode
                        | Look::WordEndUnicode
                        | Look::WordStartHalfUnicode
                        | Look::WordEndHalfUnicode,
                    ..
                }
            )
        })
    }
}

/// Characters that no class tells apart.
struct Letter {
    /// The classes that it is in.
    classes: Vec<bool>,
    bytes: usize,
    kind: Neighbour,
}

/// What an assertion sees on one of its sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Neighbour {
    Edge,
    Newline,
    Word,
    Other,
}

/// Ways that are open after some text, and the last character of it.
type Open = (Vec<usize>, Neighbour);

struct Search<'a> {
    graph: &'a Graph,
    start: usize,
    letters: Vec<Letter>,
    looks: usize,
    /// Most steps for one character.
    widest: usize,
    /// States of an automaton, estimated.
    states: usize,
}

impl<'a> Search<'a> {
    fn new(graph: &'a Graph, start: usize) -> Self {
        Self {
            graph,
            start,
            letters: letters(&graph.classes),
            looks: 0,
            widest: 1,
            states: 0,
        }
    }

    /// Visits every set of open ways. False when there are too many.
    fn visit_all(&mut self) -> bool {
        let mut nodes = self.graph.nodes.iter();
        let asserts = nodes.any(|node| matches!(node, Node::Assertion { .. }));
        let first: Open = (Vec::new(), Neighbour::Edge);
        let mut known = HashSet::from([first.clone()]);
        let mut ahead = vec![first];
        while let Some((open, before)) = ahead.pop() {
            self.states += 1;
            let mut inside = 0;
            for after in [Neighbour::Newline, Neighbour::Word, Neighbour::Other] {
                let ways = self.ways(&open, before, after);
                inside = inside.max(self.states_in_characters(&ways));
                // Where nothing asks what came before, it tells no sets apart.
                let last = if asserts { after } else { Neighbour::Other };
                for next in self.steps(&ways, after) {
                    if known.insert((next.clone(), last)) {
                        ahead.push((next, last));
                    }
                }
                if self.looks > MAX_LOOKS {
                    return false;
                }
            }
            self.states += inside;
        }
        true
    }

    fn most_bytes(&self) -> usize {
        let bytes = self
            .letters
            .iter()
            .filter(|letter| letter.classes.contains(&true));
        bytes.map(|letter| letter.bytes).max().unwrap_or(1)
    }

    /// The letters that may come, where the pattern may begin anew as well.
    fn ways(&mut self, open: &[usize], before: Neighbour, after: Neighbour) -> Vec<usize> {
        let mut seen = BTreeSet::new();
        let mut ahead = open.to_vec();
        ahead.push(self.start);
        while let Some(number) = ahead.pop() {
            self.looks += 1;
            if !seen.insert(number) {
                continue;
            }
            match &self.graph.nodes[number] {
                Node::Letter { .. } | Node::End => {}
                Node::Fork(ways) => ahead.extend(ways),
                Node::Assertion { look, next } => {
                    if holds(*look, before, after) {
                        ahead.push(*next);
                    }
                }
            }
        }
        let is_letter = |number: &usize| matches!(self.graph.nodes[*number], Node::Letter { .. });
        seen.into_iter().filter(is_letter).collect()
    }

    /// Where each letter of a kind leads.
    fn steps(&mut self, ways: &[usize], kind: Neighbour) -> HashSet<Vec<usize>> {
        let mut found = HashSet::new();
        for letter in self.letters.iter().filter(|letter| letter.kind == kind) {
            self.looks += 1 + ways.len();
            let mut next = Vec::new();
            let mut ending = 0;
            for way in ways {
                match &self.graph.nodes[*way] {
                    Node::Letter {
                        class, next: to, ..
                    } if letter.classes[*class] => next.push(*to),
                    Node::Letter { listed: true, .. } => {}
                    _ => ending += 1,
                }
            }
            let steps = next.len() * letter.bytes + ending / ENDING_WAYS_IN_STEP;
            self.widest = self.widest.max(steps);
            next.sort_unstable();
            next.dedup();
            found.insert(next);
        }
        found
    }

    fn states_in_characters(&self, ways: &[usize]) -> usize {
        let classes = ways.iter().filter_map(|way| match &self.graph.nodes[*way] {
            Node::Letter { class, .. } => Some(*class),
            Node::Fork(_) | Node::Assertion { .. } | Node::End => None,
        });
        let classes: BTreeSet<_> = classes.collect();
        let classes = classes.into_iter().map(|class| &self.graph.classes[class]);
        classes
            .filter(|class| !class.is_ascii())
            .map(|class| STATES_IN_CHARACTER + class.ranges().len())
            .sum()
    }
}

fn is_literal(pattern: &Hir) -> bool {
    matches!(pattern.kind(), HirKind::Literal(_))
}

/// The characters of a literal; of anything else none.
fn literal(pattern: &Hir) -> Vec<char> {
    match pattern.kind() {
        HirKind::Literal(literal) => String::from_utf8_lossy(&literal.0).chars().collect(),
        _ => Vec::new(),
    }
}

fn only(letter: char) -> ClassUnicode {
    ClassUnicode::new([ClassUnicodeRange::new(letter, letter)])
}

/// May the assertion hold between these two? An end of the text is never seen here, for no letter
/// follows it.
fn holds(look: Look, before: Neighbour, after: Neighbour) -> bool {
    let (word_before, word_after) = (before == Neighbour::Word, after == Neighbour::Word);
    let begins = matches!(before, Neighbour::Edge | Neighbour::Newline);
    match look {
        Look::Start => before == Neighbour::Edge,
        Look::End => false,
        Look::StartLF => begins,
        Look::EndLF => after == Neighbour::Newline,
        Look::WordUnicode => word_before != word_after,
        Look::WordUnicodeNegate => word_before == word_after,
        Look::WordStartUnicode => !word_before && word_after,
        Look::WordEndUnicode => word_before && !word_after,
        Look::WordStartHalfUnicode => !word_before,
        Look::WordEndHalfUnicode => !word_after,
        // Not every word in Unicode is one in ASCII.
        Look::WordAscii | Look::WordStartAscii | Look::WordEndAscii => word_before || word_after,
        // A carriage return is no letter of its own either.
        Look::WordAsciiNegate
        | Look::WordStartHalfAscii
        | Look::WordEndHalfAscii
        | Look::StartCRLF
        | Look::EndCRLF => true,
    }
}

/// The letters that these classes, words and lines tell apart.
fn letters(classes: &[ClassUnicode]) -> Vec<Letter> {
    let words = words();
    let mut bounds = BTreeSet::from([0, 0x0A, 0x0B, 0x80, 0x800, 0x1_0000]);
    for range in classes.iter().chain([&words]).flat_map(ClassUnicode::iter) {
        bounds.extend([u32::from(range.start()), u32::from(range.end()) + 1]);
    }
    let mut known = HashSet::new();
    let firsts = bounds.into_iter().filter_map(char::from_u32);
    let letters = firsts.map(|first| Letter {
        classes: classes.iter().map(|class| has(class, first)).collect(),
        bytes: first.len_utf8(),
        kind: match first {
            '\n' => Neighbour::Newline,
            first if has(&words, first) => Neighbour::Word,
            _ => Neighbour::Other,
        },
    });
    letters
        .filter(|letter| known.insert((letter.classes.clone(), letter.bytes, letter.kind)))
        .collect()
}

fn has(class: &ClassUnicode, letter: char) -> bool {
    let ranges = class.ranges();
    let at = ranges.partition_point(|range| range.end() < letter);
    ranges.get(at).is_some_and(|range| range.start() <= letter)
}

fn words() -> ClassUnicode {
    let parsed = regex_syntax::parse(r"\w").map(Hir::into_kind);
    match parsed {
        Ok(HirKind::Class(Class::Unicode(class))) => class,
        _ => ClassUnicode::empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(pattern: &str) -> usize {
        Effort::of(&regex_syntax::parse(pattern).expect(pattern)).steps
    }

    #[test]
    fn a_pattern_with_few_ways_costs_a_step_a_byte() {
        for pattern in [
            "hello",
            "^ok",
            "(?i)lorem|ipsum",
            "[^\n]{50,}",
            "[0-9a-f]{64}",
            "^[^@]+@[^@]+$",
            "(?s).*foo.*bar.*",
        ] {
            assert_eq!(steps(pattern), 1, "{pattern}");
        }
    }

    #[test]
    fn a_pattern_that_goes_on_in_few_ways_costs_few_steps() {
        for pattern in [
            r"\b[0-9a-f]{64}\b",
            r"\b(?:foo|bar|baz)\b",
            "^.{1,60}$",
            "^.{1,280}$",
            r"\b(?:about|after|again|could|every|first|found|house|large|learn|never|other)\b",
            r"^(?:\S+\s+){0,99}\S+$",
            r"[\w.+-]+@[\w-]+\.[\w.-]+",
            r"(?m)^\s*[-*] \w+",
            r"\d{4}-\d{2}-\d{2}",
        ] {
            let steps = steps(pattern);
            assert!(steps <= 16, "{pattern}: {steps}");
        }
    }

    #[test]
    fn a_pattern_that_counts_from_many_beginnings_costs_many() {
        for (pattern, least) in [
            ("(?:a[ab]{1,60}|b[ab]{1,60}){12}[^ab]", 700),
            ("a[ab]{64}c", 64),
            ("😀.{16}c", 64),
            (r"\bx?.{100}y", 50),
            ("(?:a{0,1000}){0,1000}b", 1000),
        ] {
            let steps = steps(pattern);
            assert!(steps >= least, "{pattern}: {steps}");
        }
    }

    #[test]
    fn what_is_compiled_larger_is_estimated_larger() {
        let size = |pattern| Effort::of(&regex_syntax::parse(pattern).expect(pattern)).size;
        assert!(size("a") < 16 * 1024, "{}", size("a"));
        assert!(size(r"\w{20}") > 256 * 1024, "{}", size(r"\w{20}"));
    }
}
