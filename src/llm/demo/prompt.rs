//! Taking a prompt apart: what is asked, the text that it is asked of, and the lengths it names.

use std::sync::LazyLock;

use regex::{Match, Regex};

use super::prose::prose;

/// As much of a prompt as is read, in bytes: more than a sample needs, and little enough to take
/// apart in no time.
const READ_AT_MOST: usize = 32 * 1024;

/// Fewer words than this are no text to work on.
const SHORTEST_SOURCE: usize = 6;

static LENGTH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(\d+|one|two|three|four|five|six|seven|eight|nine|ten)[ -](?:\w+ ){0,2}?(word|character|sentence|bullet|point|item|keyword|fact)s?\b",
    )
    .expect("the pattern is fixed, and the tests use it")
});

static QUOTED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"["`“]([^"`“”\s][^"`“”\n]{0,60})["`”]"#)
        .expect("the pattern is fixed, and the tests use it")
});

/// A prompt, taken apart.
#[derive(Clone, Debug)]
pub(super) struct Prompt {
    /// What stands around the text, where the wishes are.
    pub(super) instruction: String,
    /// The quoted text, else the longest paragraph, else whatever follows a colon.
    /// Markdown is read as prose.
    pub(super) source: String,
    /// The lengths that the instruction names.
    pub(super) lengths: Lengths,
}

/// How much is asked for, as far as it is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Lengths {
    pub(super) words: Option<usize>,
    pub(super) characters: Option<usize>,
    pub(super) sentences: Option<usize>,
    pub(super) items: Option<usize>,
}

impl Prompt {
    pub(super) fn read(text: &str) -> Self {
        let text = &text[..text.floor_char_boundary(READ_AT_MOST)];
        let source = quoted(text)
            .or_else(|| longest_paragraph(text))
            .or_else(|| after_colon(text))
            .unwrap_or_default();
        let instruction = if source.is_empty() {
            text.to_owned()
        } else {
            text.replacen(source, " ", 1)
        };
        let lengths = Lengths::read(&instruction);
        Self {
            instruction,
            source: prose(source).into_owned(),
            lengths,
        }
    }

    /// The same where there is a text to work on: without one, what is asked is all that there is to read.
    pub(super) fn with_source(&self) -> Self {
        let mut whole = self.clone();
        if whole.source.is_empty() {
            whole.source.clone_from(&whole.instruction);
        }
        whole
    }

    /// What the instruction puts between quotation marks or backticks: names of keys, words to use.
    pub(super) fn quoted_words(&self) -> impl Iterator<Item = Match<'_>> {
        QUOTED
            .captures_iter(&self.instruction)
            .filter_map(|found| found.get(1))
    }
}

impl Lengths {
    fn read(instruction: &str) -> Self {
        let mut lengths = Self::default();
        for found in LENGTH.captures_iter(instruction) {
            let (_, [number, unit]) = found.extract();
            let length = match unit.to_ascii_lowercase().as_str() {
                "word" => &mut lengths.words,
                "character" => &mut lengths.characters,
                "sentence" => &mut lengths.sentences,
                _ => &mut lengths.items,
            };
            *length = number_of(number).or(*length);
        }
        lengths
    }
}

fn number_of(text: &str) -> Option<usize> {
    const NAMES: [&str; 10] = [
        "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    ];
    let text = text.to_ascii_lowercase();
    let named = NAMES.iter().position(|name| *name == text);
    named.map(|place| place + 1).or_else(|| text.parse().ok())
}

/// The longest block between triple quotes, code fences or a pair of tags.
fn quoted(text: &str) -> Option<&str> {
    let fenced = ["\"\"\"", "```"].into_iter().flat_map(|fence| {
        // Between an opening fence and its closing one stands every second part.
        let parts: Vec<_> = text.split(fence).collect();
        let closed = parts.len().saturating_sub(1);
        parts[..closed]
            .iter()
            .skip(1)
            .step_by(2)
            .copied()
            .collect::<Vec<_>>()
    });
    let tagged = text.match_indices('<').filter_map(|(start, _)| {
        let (name, rest) = text[start + 1..].split_once('>')?;
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
        let (inner, _) = is_name.then(|| rest.split_once(&format!("</{name}>")))??;
        Some(inner)
    });
    fenced
        .chain(tagged)
        .map(str::trim)
        .max_by_key(|block| block.len())
}

fn longest_paragraph(text: &str) -> Option<&str> {
    let mut paragraphs = text
        .split("\n\n")
        .map(str::trim)
        .filter(|text| !text.is_empty());
    let first = paragraphs.next()?;
    // The first paragraph is what is asked, unless what follows is too short to be the text.
    let longest = paragraphs.max_by_key(|text| text.len())?;
    let is_text = longest.split_whitespace().count() >= SHORTEST_SOURCE;
    Some(if is_text || longest.len() > first.len() {
        longest
    } else {
        first
    })
}

fn after_colon(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once(": ").or_else(|| text.split_once(":\n"))?;
    let rest = rest.trim();
    (rest.split_whitespace().count() >= SHORTEST_SOURCE).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_told_from_what_is_asked_of_it() {
        let text = "Bees dance to tell the others where to go.";
        for prompt in [
            format!("Summarise this.\n\n\"\"\"\n{text}\n\"\"\"\n\nBe brief."),
            format!("Summarise this.\n<article>{text}</article>"),
            format!("Summarise this.\n```\n{text}\n```"),
            format!("Summarise this.\n\n{text}"),
            format!("Summarise this: {text}"),
        ] {
            let read = Prompt::read(&prompt);

            assert_eq!(read.source, text, "{prompt}");
            assert!(!read.instruction.contains("Bees"), "{prompt}");
        }
        assert_eq!(Prompt::read("What is the time?").source, "");
    }

    #[test]
    fn lengths_are_found_in_figures_and_in_words() {
        let read = Prompt::read("One sentence of at most 160 characters, the three best facts");

        assert_eq!(
            read.lengths,
            Lengths {
                words: None,
                characters: Some(160),
                sentences: Some(1),
                items: Some(3),
            }
        );
    }
}
