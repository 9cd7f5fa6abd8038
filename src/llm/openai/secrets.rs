//! What a provider was told in confidence and may echo: the key, and what the operator has every request
//! carry. None of it is shown to anybody.

use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

/// A shorter text is no secret, and stands in too many words to be taken out of them.
const SHORTEST: usize = 4;

/// The secrets of one provider, the longest first: one may be a part of another.
pub(super) struct Secrets(Vec<(SecretString, &'static str)>);

impl Secrets {
    /// `key`, and the values of `headers` and `query`, as wholes and word by word: of `Bearer sk-…` the
    /// second is what is echoed, and of a cookie what stands behind a name. A query is echoed as in an address,
    /// too.
    pub(super) fn new(key: &SecretString, headers: &HeaderMap, query: &[(String, String)]) -> Self {
        let key = key.expose_secret();
        let carried = headers.values().map(HeaderValue::as_bytes);
        let carried = carried.map(|value| String::from_utf8_lossy(value).into_owned());
        let values = query.iter().flat_map(|(_, value)| as_in_addresses(value));
        let mut secrets = vec![(key.to_owned(), "[API key]")];
        for value in carried.chain(values) {
            let words = value.split([' ', ';', ',']);
            let words = words.flat_map(|word| [word, behind_a_name(word)]);
            let words = words.filter(|word| !is_scheme(word));
            let parts = [value.as_str()].into_iter().chain(words);
            let parts = parts.filter(|part| *part != key);
            secrets.extend(parts.map(|part| (part.to_owned(), "[secret]")));
        }
        secrets.retain(|(text, _)| text.len() >= SHORTEST);
        secrets.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        secrets.dedup();
        let secrets = secrets.into_iter();
        Self(
            secrets
                .map(|(text, name)| (SecretString::from(text), name))
                .collect(),
        )
    }

    /// The text with a name in the place of each secret.
    pub(super) fn hidden_in(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (secret, name)| {
            text.replace(secret.expose_secret(), name)
        })
    }
}

/// What stands behind a name: the value of a cookie.
fn behind_a_name(word: &str) -> &str {
    word.split_once('=').map_or(word, |(_, value)| value)
}

/// What names a way to sign in is no secret.
fn is_scheme(word: &str) -> bool {
    ["bearer", "basic"].contains(&word.to_lowercase().as_str())
}

/// The value itself, and the ways in which an address has it: with a plus for a blank, and with `%20`.
fn as_in_addresses(value: &str) -> [String; 3] {
    let mut url = Url::parse("http://provider").ok();
    let query = url.as_mut().and_then(|url| {
        url.query_pairs_mut().append_pair("", value);
        url.query()?.strip_prefix('=')
    });
    let encoded = query.unwrap_or_default().to_owned();
    let by_percent = encoded.replace('+', "%20");
    [value.to_owned(), encoded, by_percent]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_secret_is_taken_out_whole_or_in_part() {
        let headers = [
            ("authorization", "Bearer sk-secret"),
            ("x-lab", "Basic hunter2 hunter22"),
            ("x-n", "1"),
            ("cookie", "session=hunter3; user=hunter4"),
        ];
        let headers = headers.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        let query = [("api-version", "2024-10-21"), ("sig", "a/b+c= d")];
        let query = query.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let key = SecretString::from("sk-secret");
        let secrets = Secrets::new(&key, &HeaderMap::from_iter(headers), &query);

        let text = "Bearer sk-secret: hunter22 is no hunter2 in 2024-10-21, 1 of 2: sk-secret";

        assert_eq!(
            secrets.hidden_in(text),
            "[secret]: [secret] is no [secret] in [secret], 1 of 2: [API key]"
        );
        for echo in [
            "a/b+c= d",
            "?sig=a%2Fb%2Bc%3D+d",
            "?sig=a%2Fb%2Bc%3D%20d",
            "hunter3",
            "hunter4",
        ] {
            let hidden = secrets.hidden_in(echo);
            assert!(hidden.ends_with("[secret]"), "{echo}: {hidden}");
        }
    }

    #[test]
    fn a_secret_that_is_no_ascii_is_taken_out_too() {
        let value = HeaderValue::try_from("schlüssel").expect("a header");
        let headers = HeaderMap::from_iter([("x-lab".parse().expect("a name"), value)]);
        let secrets = Secrets::new(&SecretString::default(), &headers, &[]);
        assert_eq!(secrets.hidden_in("der schlüssel"), "der [secret]");
    }
}
