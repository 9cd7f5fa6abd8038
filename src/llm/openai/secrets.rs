//! What a provider was told in confidence and may echo: the key, and what the operator has every request
//! carry. None of it is shown to anybody.

use reqwest::header::HeaderMap;
use secrecy::{ExposeSecret, SecretString};

/// A shorter text is no secret, and stands in too many words to be taken out of them.
const SHORTEST: usize = 4;

/// The secrets of one provider, the longest first: one may be a part of another.
pub(super) struct Secrets(Vec<(SecretString, &'static str)>);

impl Secrets {
    /// `key`, and the values of `headers` and `query`, as wholes and word by word: of `Bearer sk-…` the
    /// second is what is echoed.
    pub(super) fn new(key: &SecretString, headers: &HeaderMap, query: &[(String, String)]) -> Self {
        let key = key.expose_secret();
        let carried = headers.values().filter_map(|value| value.to_str().ok());
        let carried = carried.chain(query.iter().map(|(_, value)| value.as_str()));
        let parts = carried.flat_map(|value| [value].into_iter().chain(value.split(' ')));
        let scheme = |part: &str| ["bearer", "basic"].contains(&part.to_lowercase().as_str());
        let others = parts.filter(|part| *part != key && !scheme(part));
        let mut secrets: Vec<_> = [(key, "[API key]")]
            .into_iter()
            .chain(others.map(|part| (part, "[secret]")))
            .filter(|(text, _)| text.len() >= SHORTEST)
            .collect();
        secrets.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        Self(
            secrets
                .into_iter()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_secret_is_taken_out_whole_or_in_part() {
        let headers = [
            ("authorization", "Bearer sk-secret"),
            ("x-lab", "Basic hunter2 hunter22"),
            ("x-n", "1"),
        ];
        let headers = headers.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        let query = [("api-version".to_owned(), "2024-10-21".to_owned())];
        let key = SecretString::from("sk-secret");
        let secrets = Secrets::new(&key, &HeaderMap::from_iter(headers), &query);

        let text = "Bearer sk-secret: hunter22 is no hunter2 in 2024-10-21, 1 of 2: sk-secret";

        assert_eq!(
            secrets.hidden_in(text),
            "[secret]: [secret] is no [secret] in [secret], 1 of 2: [API key]"
        );
    }
}
