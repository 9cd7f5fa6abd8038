//! Which form of a file a browser is sent, of those in which it lies ready (RFC 9110, section 12.5.3).

use std::cmp::Reverse;

use axum::http::{HeaderMap, header};

use crate::http::media::thousandths;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Br,
    Gzip,
    /// As it is.
    Identity,
}

impl Encoding {
    /// The value of Content-Encoding.
    pub(super) const fn name(self) -> Option<&'static str> {
        match self {
            Self::Br => Some("br"),
            Self::Gzip => Some("gzip"),
            Self::Identity => None,
        }
    }
}

/// What the client likes best of what is `there`, the first of equals. As it is where it names nothing that there is:
/// a page that is sent is better than a refusal.
pub(super) fn best(headers: &HeaderMap, there: impl IntoIterator<Item = Encoding>) -> Encoding {
    let asked: Vec<(String, u16)> = headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(element)
        .collect();
    there
        .into_iter()
        .map(|encoding| (encoding, quality(encoding, &asked)))
        .filter(|(_, quality)| *quality > 0)
        .min_by_key(|(_, quality)| Reverse(*quality))
        .map_or(Encoding::Identity, |(encoding, _)| encoding)
}

/// By its name, else by `*`. What is named by neither is not wanted, but for the file as it is, which comes last.
fn quality(encoding: Encoding, asked: &[(String, u16)]) -> u16 {
    let named = |name: &str| asked.iter().find(|(it, _)| it == name);
    let found = match encoding {
        Encoding::Br => named("br"),
        Encoding::Gzip => named("gzip").or_else(|| named("x-gzip")),
        Encoding::Identity => named("identity"),
    };
    let least = u16::from(encoding == Encoding::Identity);
    found.or_else(|| named("*")).map_or(least, |(_, it)| *it)
}

/// `gzip;q=0.5` with its quality in thousandths.
fn element(text: &str) -> Option<(String, u16)> {
    let (name, parameters) = text.split_once(';').unwrap_or((text, "q=1"));
    let (key, quality) = parameters.split_once('=')?;
    if !key.trim().eq_ignore_ascii_case("q") {
        return None;
    }
    let name = name.trim().to_ascii_lowercase();
    Some((name, thousandths(quality.trim())?))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const ALL: [Encoding; 3] = [Encoding::Br, Encoding::Gzip, Encoding::Identity];

    fn asking(accept: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(accept))])
    }

    #[test]
    fn the_client_s_preference_wins_then_the_smallest() {
        for (accept, expected) in [
            ("gzip, deflate, br, zstd", Encoding::Br),
            ("gzip, deflate", Encoding::Gzip),
            ("x-gzip", Encoding::Gzip),
            ("GZIP;Q=1", Encoding::Gzip),
            ("br;q=0.5, gzip", Encoding::Gzip),
            ("br ; q=0.8 , gzip ; q=0.8", Encoding::Br),
            ("gzip;q=0.001", Encoding::Gzip),
            ("identity, br;q=0.9", Encoding::Identity),
            ("*", Encoding::Br),
            ("br;q=0, *;q=0.5", Encoding::Gzip),
            ("*;q=0", Encoding::Identity),
            ("gzip;q=0", Encoding::Identity),
            ("zstd", Encoding::Identity),
            ("br;q=2", Encoding::Identity),
            ("br;level=3, gzip", Encoding::Gzip),
            ("", Encoding::Identity),
        ] {
            assert_eq!(best(&asking(accept), ALL), expected, "{accept}");
        }
        assert_eq!(best(&HeaderMap::new(), ALL), Encoding::Identity);
    }

    #[test]
    fn what_is_not_there_is_not_sent() {
        let there = [Encoding::Gzip, Encoding::Identity];
        assert_eq!(best(&asking("br, gzip"), there), Encoding::Gzip);
        let there = [Encoding::Identity];
        assert_eq!(best(&asking("br, gzip"), there), Encoding::Identity);
    }
}
