//! A graph walked over characters in the abstract: every set of ways that some text leads to.

use std::collections::{BTreeSet, HashSet};

use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind, Look};

use super::graph::{Graph, Node};

/// Nodes looked at in a search at most, some 10 ms.
const MAX_LOOKS: usize = 200_000;
/// A way that ends at a character's first byte costs a quarter of one that goes on.
const ENDING_WAYS_IN_STEP: usize = 4;
/// States between the bytes of one character, for a class of few ranges.
const STATES_IN_CHARACTER: usize = 8;

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
    /// A carriage return, where the pattern takes one for the end of a line.
    Return,
    Word,
    Other,
}

impl Neighbour {
    const LETTERS: [Self; 4] = [Self::Newline, Self::Return, Self::Word, Self::Other];
}

/// Ways that are open after some text, and the last character of it.
type Open = (Vec<usize>, Neighbour);

pub(super) struct Search<'a> {
    graph: &'a Graph,
    start: usize,
    letters: Vec<Letter>,
    looks: usize,
    /// Most steps for one character.
    pub(super) widest: usize,
    /// States of an automaton, estimated.
    pub(super) states: usize,
}

impl<'a> Search<'a> {
    pub(super) fn new(graph: &'a Graph, start: usize) -> Self {
        Self {
            graph,
            start,
            letters: letters(graph),
            looks: 0,
            widest: 1,
            states: 0,
        }
    }

    /// Visits every set of open ways. False when there are too many.
    pub(super) fn visit_all(&mut self) -> bool {
        let mut nodes = self.graph.nodes.iter();
        let asserts = nodes.any(|node| matches!(node, Node::Assertion { .. }));
        let mut kinds = Neighbour::LETTERS.to_vec();
        kinds.retain(|kind| self.letters.iter().any(|letter| letter.kind == *kind));
        let first: Open = (Vec::new(), Neighbour::Edge);
        let mut known = HashSet::from([first.clone()]);
        let mut ahead = vec![first];
        while let Some((open, before)) = ahead.pop() {
            self.states += 1;
            let mut inside = 0;
            for &after in &kinds {
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

    pub(super) fn most_bytes(&self) -> usize {
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
        // Never between the two of one line break.
        Look::StartCRLF => begins || before == Neighbour::Return && after != Neighbour::Newline,
        Look::EndCRLF => {
            after == Neighbour::Return || after == Neighbour::Newline && before != Neighbour::Return
        }
        Look::WordUnicode => word_before != word_after,
        Look::WordUnicodeNegate => word_before == word_after,
        Look::WordStartUnicode => !word_before && word_after,
        Look::WordEndUnicode => word_before && !word_after,
        Look::WordStartHalfUnicode => !word_before,
        Look::WordEndHalfUnicode => !word_after,
        // Not every word in Unicode is one in ASCII.
        Look::WordAscii | Look::WordStartAscii | Look::WordEndAscii => word_before || word_after,
        Look::WordAsciiNegate | Look::WordStartHalfAscii | Look::WordEndHalfAscii => true,
    }
}

/// The letters that these classes, words and lines tell apart.
fn letters(graph: &Graph) -> Vec<Letter> {
    let (classes, words) = (&graph.classes, words());
    let mut bounds = BTreeSet::from([0, 0x0A, 0x0B, 0x80, 0x800, 0x1_0000]);
    let returns = graph.knows_returns();
    if returns {
        bounds.extend([0x0D, 0x0E]);
    }
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
            '\r' if returns => Neighbour::Return,
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
