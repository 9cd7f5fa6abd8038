//! A pattern as a graph of characters, forks and assertions, its counted repetitions written out.

use std::collections::BTreeMap;

use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Look, Repetition};

/// Nodes of a graph at most; the engine's own size limit ends sooner for most patterns.
const MAX_NODES: usize = 20_000;

pub(super) enum Node {
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
pub(super) struct Graph {
    pub(super) nodes: Vec<Node>,
    pub(super) classes: Vec<ClassUnicode>,
    numbers: BTreeMap<Vec<ClassUnicodeRange>, usize>,
}

impl Graph {
    /// The graph of a pattern, and where it begins. None when it is too large.
    pub(super) fn of(pattern: &Hir) -> Option<(Self, usize)> {
        let mut graph = Self::default();
        let end = graph.push(Node::End)?;
        let start = graph.add(pattern, end)?;
        Some((graph, start))
    }

    /// Does it ask for ends of lines that may be carriage returns?
    pub(super) fn knows_returns(&self) -> bool {
        self.nodes.iter().any(|node| {
            matches!(
                node,
                Node::Assertion {
                    look: Look::StartCRLF | Look::EndCRLF,
                    ..
                }
            )
        })
    }

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
