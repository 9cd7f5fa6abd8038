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

mod graph;
mod search;

use regex_syntax::hir::{ClassUnicode, Hir, Look};

use self::graph::{Graph, Node};
use self::search::Search;
use super::SIZE_LIMIT;

/// What a state of an automaton takes in the engine's cache beside its transitions, in bytes.
const STATE_SIZE: usize = 128;

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
        size: SIZE_LIMIT,
    };

    /// Measures a pattern.
    pub fn of(pattern: &Hir) -> Self {
        match Graph::of(pattern) {
            Some((graph, start)) => measure(&graph, start),
            None => Self::UNBOUNDED,
        }
    }
}

fn measure(graph: &Graph, start: usize) -> Effort {
    let classes = graph.nodes.iter().filter_map(|node| match node {
        Node::Letter { class, .. } => Some(&graph.classes[*class]),
        Node::Fork(_) | Node::Assertion { .. } | Node::End => None,
    });
    let (ways, ranges) = classes.fold((0, 0), |(ways, ranges), class| {
        (ways + 1, ranges + class.ranges().len())
    });
    let mut search = Search::new(graph, start);
    let complete = search.visit_all();
    let automaton = search.states * (STATE_SIZE + 4 * row(graph));
    let steps = if !complete {
        ways * search.most_bytes()
    } else if automaton <= SIZE_LIMIT && !asks_for_unicode_words(graph) {
        1
    } else {
        search.widest
    };
    // A program for each direction, and the automata that matching builds.
    let program = 64 * (graph.nodes.len() + 2 * ranges);
    Effort {
        steps,
        size: 2 * (program + automaton.min(SIZE_LIMIT)),
    }
}

/// Transitions of a state, by a careful estimate.
fn row(graph: &Graph) -> usize {
    if graph.classes.iter().all(ClassUnicode::is_ascii) {
        (4 * graph.classes.len()).next_power_of_two().min(256)
    } else {
        256
    }
}

/// The automaton gives up where a text that is not ASCII meets such an assertion.
fn asks_for_unicode_words(graph: &Graph) -> bool {
    graph.nodes.iter().any(|node| {
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
