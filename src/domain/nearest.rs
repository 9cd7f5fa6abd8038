//! What somebody meant who wrote a word that there is not.

/// How much a word must be like another one to be named: 1 is the same.
const LEAST: f64 = 0.7;

/// `; did you mean topic?` for the word among `known` that is most like `word`; nothing where none is like it.
#[must_use]
pub fn hint<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    match nearest(word, known) {
        Some(meant) => format!("; did you mean {meant}?"),
        None => String::new(),
    }
}

/// The word among `known` that is most like `word`, whatever the case and with or without `_`, if one is like it.
#[must_use]
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let word = folded(word);
    // A letter is like every word that has it.
    word.chars().nth(1)?;
    known
        .into_iter()
        .map(|known| (strsim::jaro_winkler(&folded(known), &word), known))
        .filter(|(likeness, _)| *likeness >= LEAST)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, known)| known)
}

/// The same for every spelling. Nobody means anything by more.
fn folded(word: &str) -> String {
    let letters = word.chars().filter(|c| c.is_alphanumeric()).take(100);
    letters.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_alike_word_is_named_and_none_where_none_is_like_it() {
        let known = ["name", "promptTemplate", "stageOrder", "systemTemplate"];
        for (word, meant) in [
            ("nam", "; did you mean name?"),
            ("Name", "; did you mean name?"),
            ("prompt", "; did you mean promptTemplate?"),
            ("prompt_template", "; did you mean promptTemplate?"),
            ("stageorder", "; did you mean stageOrder?"),
            ("systemMessage", "; did you mean systemTemplate?"),
            ("xyz", ""),
            ("", ""),
        ] {
            assert_eq!(hint(word, known), meant, "{word}");
        }
        assert_eq!(nearest("name", []), None);
    }
}
