//! From what a prompt asks to an answer: the first word that names a kind of text decides which
//! kind is written, and all of it is picked out of the prompt.

use regex::Match;
use serde_json::{Map, Value, json};

use super::extract;
use super::prompt::Prompt;

const DEFAULT_ITEMS: usize = 3;
const DEFAULT_SENTENCES: usize = 3;
const HEADLINE_WORDS: usize = 9;
const TOPIC_WORDS: usize = 2;

/// Words that no phrase can end with.
const JOINING: [&str; 26] = [
    "a", "about", "after", "an", "and", "as", "at", "before", "but", "by", "for", "from", "her",
    "his", "in", "into", "its", "of", "on", "or", "than", "that", "the", "their", "to", "with",
];

/// What kind of text is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Task {
    Headline,
    Keywords,
    Bullets,
    Translation,
    Summary,
}

/// The words that name each kind, as they begin.
const SIGNS: [(&str, Task); 15] = [
    ("headline", Task::Headline),
    ("title", Task::Headline),
    ("keyword", Task::Keywords),
    ("tags", Task::Keywords),
    ("bullet", Task::Bullets),
    ("list", Task::Bullets),
    ("facts", Task::Bullets),
    ("translat", Task::Translation),
    ("summar", Task::Summary),
    ("shorten", Task::Summary),
    ("rewrite", Task::Summary),
    ("rephrase", Task::Summary),
    ("paragraph", Task::Summary),
    ("sentence", Task::Summary),
    ("note", Task::Summary),
];

/// The answer to a prompt.
pub(super) fn answer(prompt: &Prompt) -> String {
    if prompt.source.is_empty() {
        return nothing_to_read(prompt);
    }
    let instruction = prompt.instruction.to_lowercase();
    if instruction.contains("json") {
        return object(prompt).to_string();
    }
    match task(&instruction) {
        Task::Headline => headline(prompt),
        Task::Keywords => keywords(prompt).join(", "),
        Task::Bullets => bullets(prompt),
        Task::Translation => format!(
            "The offline demo cannot translate; this is the gist as it stands: {}",
            summary(prompt)
        ),
        Task::Summary => summary(prompt),
    }
}

fn task(instruction: &str) -> Task {
    SIGNS
        .into_iter()
        .filter_map(|(sign, task)| Some((instruction.find(sign)?, task)))
        .min_by_key(|(place, _)| *place)
        .map_or(Task::Summary, |(_, task)| task)
}

fn nothing_to_read(prompt: &Prompt) -> String {
    let words = extract::keywords(&prompt.instruction, DEFAULT_ITEMS).join(", ");
    format!(
        "The offline demo answers from a text inside the prompt, and this prompt has none. It speaks of: {words}."
    )
}

fn summary(prompt: &Prompt) -> String {
    let text = &prompt.source;
    let count = prompt.lengths.sentences.unwrap_or(DEFAULT_SENTENCES);
    let whole = extract::summary(text, count).join(" ");
    let whole = match prompt.lengths.words {
        Some(most) => cut_words(&whole, most),
        None => whole,
    };
    match prompt.lengths.characters {
        Some(most) if whole.chars().count() > most => extract::best_within(text, most)
            .map_or_else(|| cut_characters(&whole, most), str::to_owned),
        _ => whole,
    }
}

/// The opening, which news begin with their subject, without its article.
fn headline(prompt: &Prompt) -> String {
    let sentences = extract::sentences(&prompt.source);
    let opening = sentences.first().copied().unwrap_or_default();
    let bare = ["The ", "A ", "An "]
        .into_iter()
        .find_map(|article| opening.strip_prefix(article))
        .unwrap_or(opening);
    let bare = bare.trim_end_matches(['.', '!', '?']);
    let words = cut_words(bare, prompt.lengths.words.unwrap_or(HEADLINE_WORDS));
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

fn keywords(prompt: &Prompt) -> Vec<String> {
    extract::keywords(&prompt.source, items(prompt))
}

fn bullets(prompt: &Prompt) -> String {
    let lines = extract::summary(&prompt.source, items(prompt));
    lines
        .iter()
        .map(|line| format!("- {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn items(prompt: &Prompt) -> usize {
    prompt.lengths.items.unwrap_or(DEFAULT_ITEMS)
}

/// An object with every key that the instruction quotes. What stands between one key and the next
/// tells what is wanted of it.
fn object(prompt: &Prompt) -> Value {
    let instruction = &prompt.instruction;
    let keys: Vec<_> = prompt
        .quoted_words()
        .filter(|key| {
            key.as_str()
                .chars()
                .all(|c| c.is_alphanumeric() || c == '_')
        })
        .collect();
    if keys.is_empty() {
        return json!({"summary": summary(prompt), "keywords": keywords(prompt)});
    }
    let ends = keys
        .iter()
        .skip(1)
        .map(Match::start)
        .chain([instruction.len()]);
    keys.iter()
        .zip(ends)
        .map(|(key, end)| {
            let wish = instruction[key.end()..end].to_lowercase();
            (key.as_str().to_owned(), value(key.as_str(), &wish, prompt))
        })
        .collect::<Map<_, _>>()
        .into()
}

fn value(key: &str, wish: &str, prompt: &Prompt) -> Value {
    let text = &prompt.source;
    let named = key.to_lowercase();
    let is = |signs: &[&str]| signs.iter().any(|sign| named.contains(sign));
    let wants = |signs: &[&str]| signs.iter().any(|sign| wish.contains(sign));
    let many = wants(&["list", "array", "["]);
    if wants(&["true", "boolean"]) {
        return text.to_lowercase().contains(&named).into();
    }
    if wants(&["number", "integer"]) {
        return number(text).into();
    }
    if is(&["people", "person", "author"]) {
        return strings(extract::names(text, 2), many);
    }
    if is(&["name", "place", "where"]) {
        return strings(extract::names(text, 1), many);
    }
    if is(&["keyword", "tag"]) {
        return strings(keywords(prompt), many || named.ends_with('s'));
    }
    if is(&["headline", "title"]) {
        return headline(prompt).into();
    }
    if is(&["topic", "subject", "theme"]) && !many {
        return extract::keywords(text, TOPIC_WORDS).join(" ").into();
    }
    if many {
        return extract::summary(text, items(prompt)).into();
    }
    summary(prompt).into()
}

/// The first figure of the text, else how many words it has.
pub(super) fn number(text: &str) -> i64 {
    extract::first_number(text)
        .or_else(|| i64::try_from(text.split_whitespace().count()).ok())
        .unwrap_or_default()
}

fn strings(found: Vec<String>, many: bool) -> Value {
    if many {
        found.into()
    } else {
        found.join(", ").into()
    }
}

/// The first `most` words, without a joining word left dangling at their end.
fn cut_words(text: &str, most: usize) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    if words.len() <= most {
        return text.to_owned();
    }
    let mut kept = &words[..most];
    while let [rest @ .., last] = kept
        && !rest.is_empty()
        && JOINING.contains(&last.to_lowercase().as_str())
    {
        kept = rest;
    }
    kept.join(" ")
        .trim_end_matches([',', ';', ':', '.'])
        .to_owned()
}

/// As many whole words as fit into `most` characters, ended by a full stop.
pub(super) fn cut_characters(text: &str, most: usize) -> String {
    let mut used = 1;
    let fitting = text.split_whitespace().take_while(|word| {
        used += word.chars().count() + 1;
        used <= most
    });
    let count = fitting.count();
    format!("{}.", cut_words(text, count))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "The ferry to Oland runs again after two years. Captain Rita Holm took 80 \
        passengers across on Friday. The ferry had lost its engine in a storm. Tickets for the \
        ferry cost 4 euros.";

    fn answer_to(instruction: &str) -> String {
        answer(&Prompt::read(&format!(
            "{instruction}\n\n\"\"\"\n{TEXT}\n\"\"\""
        )))
    }

    #[test]
    fn the_kind_of_text_that_is_asked_for_is_what_is_written() {
        for (instruction, expected) in [
            (
                "Write a headline of at most six words.",
                "Ferry to Oland runs again",
            ),
            (
                "Summarise it in one sentence.",
                "The ferry to Oland runs again after two years.",
            ),
            (
                "Shorten this summary to 40 characters.",
                "Tickets for the ferry cost 4 euros.",
            ),
            ("Name two keywords.", "ferry, oland"),
            (
                "Give me two bullet points under the headline.",
                "- The ferry to Oland runs again after two years.\n- The ferry had lost its engine in a storm.",
            ),
        ] {
            assert_eq!(answer_to(instruction), expected, "{instruction}");
        }
        assert!(answer_to("Translate it into Danish.").contains("cannot translate"));
        assert!(answer(&Prompt::read("What is love?")).contains("It speaks of: love"));
    }

    #[test]
    fn every_key_that_the_prompt_names_is_filled_by_its_kind() {
        let text = answer_to(
            r#"Answer with JSON: "topic" (a few words), "facts" (a list of two facts), "people" (a list), "passengers" (a number)."#,
        );

        assert_eq!(
            serde_json::from_str::<Value>(&text).unwrap(),
            json!({
                "topic": "ferry oland",
                "facts": [
                    "The ferry to Oland runs again after two years.",
                    "The ferry had lost its engine in a storm.",
                ],
                "people": ["Rita Holm"],
                "passengers": 80,
            })
        );
    }
}
