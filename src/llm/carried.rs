//! What every request of a provider carries beside its key: headers and a query, by which the operator
//! signs in where no bearer token does. Both are secrets: what cannot be used is told by its place.

use reqwest::Url;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST,
    HeaderMap, HeaderName, HeaderValue, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};

/// Headers that the request needs to be as we make them.
const OURS: [HeaderName; 10] = [
    ACCEPT,
    ACCEPT_ENCODING,
    CONNECTION,
    CONTENT_LENGTH,
    CONTENT_TYPE,
    HOST,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// `Name: value`, one a line, or with `;` between where there is one line alone. A name that comes again
/// is sent again.
///
/// # Errors
/// Which one is no header, or may not be set.
pub(super) fn headers(text: &str) -> Result<HeaderMap, String> {
    let text = text.trim();
    let separator = if text.contains('\n') { '\n' } else { ';' };
    let listed = text.split(separator).map(str::trim);
    let mut headers = HeaderMap::new();
    for (place, line) in listed.filter(|line| !line.is_empty()).enumerate() {
        let number = place + 1;
        let (name, value) = header(line).ok_or_else(|| {
            format!(
                "must hold headers like `Name: value`, one a line or with ; between, and number {number} is none"
            )
        })?;
        if OURS.contains(&name) {
            return Err(format!(
                "must not set {name}, as number {number} does: it is made for each request"
            ));
        }
        headers.append(name, value);
    }
    Ok(headers)
}

fn header(line: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = line.split_once(':')?;
    let name = HeaderName::try_from(name.trim()).ok()?;
    let mut value = HeaderValue::try_from(value.trim()).ok()?;
    value.set_sensitive(true);
    Some((name, value))
}

/// Does one of these headers sign the request in as the key would?
pub(super) fn signs_in(headers: &HeaderMap) -> bool {
    headers.contains_key(AUTHORIZATION)
}

/// `name=value` with `&` between, encoded as in an address, with a `?` before it or without.
///
/// # Errors
/// Which part is none.
pub(super) fn query(text: &str) -> Result<Vec<(String, String)>, String> {
    let text = text.trim().trim_start_matches('?');
    let parts = text.split('&').filter(|part| !part.is_empty());
    let wrong = parts
        .clone()
        .position(|part| part.starts_with('=') || !part.contains('=') || part.contains('#'));
    if let Some(place) = wrong {
        let number = place + 1;
        return Err(format!(
            "must hold a query like api-version=2024-10-21, with & between its parts and # as %23, and number {number} is no name=value"
        ));
    }
    let mut url = Url::parse("http://provider").map_err(|error| error.to_string())?;
    url.set_query(Some(text));
    Ok(url.query_pairs().into_owned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_one_a_line_or_have_a_semicolon_between() {
        for text in [
            "X-Title: Footlight; X-Org:a:b",
            "x-title: Footlight\n\n X-Org: a:b \n",
            "X-Title: Footlight\r\nX-Org: a:b;",
        ] {
            let headers = headers(text.trim_end_matches(';')).expect(text);
            assert_eq!(headers.len(), 2, "{text}");
            assert_eq!(headers["x-title"], "Footlight");
            assert_eq!(headers["x-org"], "a:b");
        }
        let lines = headers("Cookie: a=1; b=2\nX-A: c").expect("a line's own semicolon");
        assert_eq!(lines["cookie"], "a=1; b=2");
        assert!(headers(" ; ").expect("none").is_empty());
    }

    #[test]
    fn what_is_no_header_is_told_by_its_place_and_not_repeated() {
        for (text, told) in [
            ("hunter2", "number 1 is none"),
            ("X-A: b; hunter2", "number 2 is none"),
            ("X A: hunter2", "number 1 is none"),
            ("X-A: hunter2\u{1}", "number 1 is none"),
            ("X-A: b\nHost: hunter2", "must not set host"),
            ("Content-Type: hunter2", "must not set content-type"),
            ("Accept-Encoding: gzip", "must not set accept-encoding"),
        ] {
            let message = headers(text).expect_err(text);
            assert!(message.contains(told), "{message}");
            assert!(!message.contains("hunter2"), "{message}");
        }
    }

    #[test]
    fn a_query_is_read_as_in_an_address() {
        let pairs = query(" ?api-version=2024-10-21&k=a%2Fb+c=&n=").expect("a query");
        let pairs: Vec<_> = pairs
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        let expected = [("api-version", "2024-10-21"), ("k", "a/b c="), ("n", "")];
        assert_eq!(pairs, expected);
        for text in ["hunter2", "a=b&hunter2", "=hunter2", "a=hunter2#x"] {
            let message = query(text).expect_err(text);
            assert!(message.contains("is no name=value"), "{message}");
            assert!(!message.contains("hunter2"), "{message}");
        }
        assert!(query(" ").expect("none").is_empty());
    }
}
