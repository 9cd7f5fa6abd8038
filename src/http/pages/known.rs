//! What a browser has already is not sent again (RFC 9110, section 13.1.2).

use axum::http::header::{ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

/// `content` by its digest, or 304 to whoever has it. The tag is a weak one, for content is compressed on its way.
pub(super) fn unless_known(
    headers: &HeaderMap,
    digest: &str,
    content: impl FnOnce() -> Response,
) -> Response {
    let etag = format!("W/\"{digest}\"");
    let answer = if is_current(headers, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        content()
    };
    ([(ETAG, etag)], answer).into_response()
}

/// `If-None-Match` names this content, by the weak comparison.
fn is_current(headers: &HeaderMap, etag: &str) -> bool {
    let tags = headers.get_all(IF_NONE_MATCH).iter();
    tags.filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|tag| tag.trim().trim_start_matches("W/"))
        .any(|tag| tag == etag.trim_start_matches("W/") || tag == "*")
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn whoever_names_the_content_by_either_comparison_has_it() {
        for (known, status) in [
            ("W/\"d\"", 304),
            ("\"other\", \"d\"", 304),
            ("*", 304),
            ("\"other\"", 200),
            ("d", 200),
        ] {
            let headers = HeaderMap::from_iter([(IF_NONE_MATCH, HeaderValue::from_static(known))]);
            let answer = unless_known(&headers, "d", || "content".into_response());
            assert_eq!(answer.status(), status, "{known}");
            assert_eq!(answer.headers()[ETAG], "W/\"d\"");
        }
    }
}
