//! Finding in a text what says most about it: by counting words, nothing cleverer.

use std::collections::HashMap;

/// Words that hold a sentence together and say nothing of its subject.
const STOP_WORDS: &str = " a about above after again all already also although always am an and any \
    anyone are as at away back be because been before being below between both but by came can come \
    comes could did do does down during each early every few first for from further get had has \
    have he her here him his how i if in into is it its just last less like made make many may me \
    more most much must my new no nor not now of off on once one only or other our out over own \
    said same says several she should since so some still such than that the their them then there \
    these they this those three through to too two under until up upon use used very was we well \
    were what when where which while who whom why will with would year years yet you your ";

/// The sentences of `text`, trimmed. One ends with a mark that a space follows, or with its line.
pub(super) fn sentences(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for line in text.lines() {
        let mut start = 0;
        for (at, mark) in line.match_indices(['.', '!', '?']) {
            let end = at + mark.len();
            if line[end..].chars().next().is_none_or(char::is_whitespace) {
                found.push(line[start..end].trim());
                start = end;
            }
        }
        found.push(line[start..].trim());
    }
    found.retain(|sentence| !sentence.is_empty());
    found
}

/// The `count` sentences that say most of the whole, in the order of the text.
pub(super) fn summary(text: &str, count: usize) -> Vec<&str> {
    let sentences = sentences(text);
    let mut chosen = ranking(text, &sentences);
    chosen.truncate(count);
    chosen.sort_unstable();
    chosen.into_iter().map(|place| sentences[place]).collect()
}

/// The sentence that says most among those of at most `characters`.
pub(super) fn best_within(text: &str, characters: usize) -> Option<&str> {
    let sentences = sentences(text);
    let fits = |place: &usize| sentences[*place].chars().count() <= characters;
    let best = ranking(text, &sentences).into_iter().find(fits)?;
    Some(sentences[best])
}

/// The `count` words used most, whatever their number; the earlier of two used alike.
pub(super) fn keywords(text: &str, count: usize) -> Vec<String> {
    let mut seen: Vec<(String, String, usize)> = Vec::new();
    for word in content_words(text) {
        let stem = stem(&word);
        match seen.iter_mut().find(|(known, ..)| *known == stem) {
            Some((.., times)) => *times += 1,
            None => seen.push((stem, word, 1)),
        }
    }
    seen.sort_by_key(|(.., times)| std::cmp::Reverse(*times));
    seen.into_iter()
        .take(count)
        .map(|(_, word, _)| word)
        .collect()
}

/// Runs of at least `length` capitalised words that do not merely begin a sentence.
pub(super) fn names(text: &str, length: usize) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for sentence in sentences(text) {
        let mut run: Vec<&str> = Vec::new();
        for word in sentence.split_whitespace().skip(1).chain([""]) {
            let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
            if bare.chars().next().is_some_and(char::is_uppercase) {
                run.push(bare);
                if word.ends_with(bare) {
                    continue;
                }
            }
            let name = run.join(" ");
            if !name.is_empty() && run.len() >= length && !found.contains(&name) {
                found.push(name);
            }
            run.clear();
        }
    }
    found
}

/// The first figure of `text`, without what groups its digits.
pub(super) fn first_number(text: &str) -> Option<i64> {
    text.split_whitespace()
        .map(|word| word.replace(',', ""))
        .find_map(|word| {
            let digits = word.trim_matches(|c: char| !c.is_ascii_digit());
            digits.parse().ok()
        })
}

/// True of a word that says nothing by itself.
fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.contains(&format!(" {} ", word.to_lowercase()))
}

/// Places of the sentences, the most telling first: how often the text uses its words, on average,
/// with a bonus for the opening sentence, which tends to name the subject.
fn ranking(text: &str, sentences: &[&str]) -> Vec<usize> {
    let mut times: HashMap<String, usize> = HashMap::new();
    for word in content_words(text) {
        *times.entry(stem(&word)).or_default() += 1;
    }
    let score = |place: usize| {
        let mut words: Vec<_> = content_words(sentences[place])
            .map(|word| stem(&word))
            .collect();
        words.sort_unstable();
        words.dedup();
        let sum: usize = words.iter().filter_map(|word| times.get(word)).sum();
        let bonus = if place == 0 { 2 } else { 1 };
        // A few words too many in the count keep the shortest sentences from winning always.
        bonus * sum * 100 / (words.len() + 4)
    };
    let mut places: Vec<_> = (0..sentences.len()).collect();
    places.sort_by_cached_key(|place| std::cmp::Reverse(score(*place)));
    places
}

fn content_words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphabetic() && c != '\'')
        .filter(|word| word.chars().count() > 2 && !is_stop_word(word))
        .map(str::to_lowercase)
}

/// Makes one of singular and plural.
fn stem(word: &str) -> String {
    word.strip_suffix('s').unwrap_or(word).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Otters hold hands. The river has 1,200 otters, says Ida Moor. \
        Rain fell on Monday.\nAn otter eats fish from the river";

    #[test]
    fn sentences_end_at_marks_and_lines_but_not_inside_numbers() {
        assert_eq!(
            sentences("It cost 3.50 euros. Why?\nNo dot"),
            ["It cost 3.50 euros.", "Why?", "No dot"]
        );
    }

    #[test]
    fn a_summary_keeps_the_order_of_the_text() {
        let text = "Rain fell. Cats sleep. Cats and dogs like warm dogs. Dogs of cats are dogs.";

        assert_eq!(
            ranking(text, &sentences(text)),
            [3, 2, 0, 1],
            "the last one says most"
        );
        assert_eq!(
            summary(text, 2),
            ["Cats and dogs like warm dogs.", "Dogs of cats are dogs."]
        );
        assert_eq!(best_within(TEXT, 19), Some("Otters hold hands."));
        assert_eq!(best_within(TEXT, 5), None);
    }

    #[test]
    fn words_names_and_numbers_are_found() {
        assert_eq!(keywords(TEXT, 2), ["otters", "river"]);
        assert_eq!(names(TEXT, 2), ["Ida Moor"]);
        assert_eq!(names(TEXT, 1), ["Ida Moor", "Monday"]);
        assert_eq!(first_number(TEXT), Some(1200));
    }
}
