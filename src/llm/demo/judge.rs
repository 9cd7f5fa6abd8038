//! The demo as a judge: it passes a text that keeps every length which the question names and holds
//! every word which the question quotes, and says what it objects to.

use serde_json::json;

use super::extract;
use super::prompt::Prompt;

/// The verdict, in the form that our system message asks for.
pub(super) fn verdict(prompt: &Prompt) -> String {
    let mut objections = too_long(prompt);
    objections.extend(missing_words(prompt));
    if prompt.source.is_empty() {
        objections.push("there is no text to judge".to_owned());
    }
    let notes = if objections.is_empty() {
        "the lengths and words that were asked for are there".to_owned()
    } else {
        objections.join("; ")
    };
    json!({"pass": objections.is_empty(), "notes": notes}).to_string()
}

fn too_long(prompt: &Prompt) -> Vec<String> {
    let (text, lengths) = (&prompt.source, &prompt.lengths);
    let words = text.split_whitespace().count();
    let sentences = extract::sentences(text).len();
    [
        ("words", words, lengths.words),
        ("characters", text.chars().count(), lengths.characters),
        ("sentences", sentences, lengths.sentences),
    ]
    .into_iter()
    .filter_map(|(unit, is, most)| Some((unit, is, most.filter(|most| is > *most)?)))
    .map(|(unit, is, most)| format!("{is} {unit}, at most {most} were asked for"))
    .collect()
}

fn missing_words(prompt: &Prompt) -> Vec<String> {
    let text = prompt.source.to_lowercase();
    prompt
        .quoted_words()
        .map(|word| word.as_str())
        .filter(|word| !text.contains(&word.to_lowercase()))
        .map(|word| format!("{word:?} does not occur"))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_text_is_held_to_the_lengths_and_words_of_the_question() {
        for (question, pass) in [
            ("Are these at most 2 sentences?", true),
            ("Are these at most 20 characters?", false),
            (r#"Does it mention "ferry"?"#, true),
            (r#"Does it mention "airport"?"#, false),
        ] {
            let prompt = format!("{question}\n\n\"\"\"The ferry runs again. It rained.\"\"\"");

            let verdict: Value = serde_json::from_str(&verdict(&Prompt::read(&prompt))).unwrap();

            assert_eq!(verdict["pass"], pass, "{question}: {verdict}");
        }
    }

    #[test]
    fn an_empty_text_never_passes() {
        let prompt = "Is it any good?\n\n\"\"\"\n\"\"\"";

        assert!(verdict(&Prompt::read(prompt)).contains("no text to judge"));
    }
}
