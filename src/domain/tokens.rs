//! How many tokens a text has at least, whatever the tokenizer: enough to know that it does not fit into a
//! model's context, and never a reason to refuse one that does.
//!
//! Tokenizers differ, but none that is in use joins words between which there is a blank, takes more than 64
//! letters for one token, or more than 16 characters of Chinese, Japanese or Korean: the longest such token of
//! OpenAI's, a scrap of an advertisement, has eleven. So the estimate is a token for every word with a letter or
//! digit in it, for every 64 of these in a longer one, and for every 16 such characters. English text has a third
//! more tokens than that, and other text more still; blanks and signs by themselves, of which one token may hold
//! many, count nothing.

/// Letters and digits that one token may hold.
const LETTERS: usize = 64;
/// Characters of Chinese, Japanese or Korean that one token may hold.
const WIDE: usize = 16;

/// The fewest tokens that `text` may have.
#[must_use]
pub fn at_least(text: &str) -> usize {
    let mut wide = 0;
    let narrow: usize = text
        .split_whitespace()
        .map(|word| {
            let letters = word.chars().filter(|c| c.is_alphanumeric());
            let (wide_letters, narrow_letters) = letters.fold((0, 0), |(wide, narrow), letter| {
                if is_wide(letter) {
                    (wide + 1, narrow)
                } else {
                    (wide, narrow + 1)
                }
            });
            wide += wide_letters;
            usize::div_ceil(narrow_letters, LETTERS)
        })
        .sum();
    narrow + wide / WIDE
}

/// How many tokens texts together are too long at least for a context of `length` tokens, which has to have
/// room for one token of an answer, too; none where they may fit.
#[must_use]
pub fn excess(texts: &[&str], length: i32) -> Option<usize> {
    let length = usize::try_from(length).unwrap_or_default();
    // A word and the blank after it are two bytes at least, and so is what counts otherwise.
    let bytes: usize = texts.iter().map(|text| text.len() + 1).sum();
    if bytes < 2 * length {
        return None;
    }
    let tokens: usize = texts.iter().map(|text| at_least(text)).sum();
    (tokens + 1)
        .checked_sub(length)
        .filter(|excess| *excess > 0)
}

const fn is_wide(letter: char) -> bool {
    matches!(letter,
        '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7ff}'
        | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ffdc}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_count_and_blanks_and_signs_do_not() {
        for (text, tokens) in [
            ("", 0),
            ("don't split e-mail addresses like a.b@c.d", 6),
            (" \n\t---- ==== ```", 0),
            ("один два", 2),
            (&"x".repeat(64), 1),
            (&"x".repeat(65), 2),
            (&"漢字".repeat(16), 2),
            ("漢字 kana", 1),
            (&"天天中彩票".repeat(3), 0),
            (&" ".repeat(10_000), 0),
        ] {
            assert_eq!(at_least(text), tokens, "{text}");
        }
    }

    #[test]
    fn a_text_that_may_fit_has_no_excess() {
        assert_eq!(excess(&["one two three"], 4), None);
        assert_eq!(excess(&["one two three"], 3), Some(1));
        assert_eq!(excess(&["one two", "three four"], 1), Some(4));
        assert_eq!(excess(&["a b c d e f g h"], 8), Some(1));
        assert_eq!(excess(&["a b c d e f g h"], 9), None);
    }
}
