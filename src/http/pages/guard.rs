//! What every answer to a browser says beside its content: what its page may load and call, and who may show it.

use axum::http::header::{
    CONTENT_SECURITY_POLICY, HOST, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;

use crate::error::Code;
use crate::http::answer::Refusal;
use crate::http::media::MediaType;

pub(super) type Guard = [(HeaderName, HeaderValue); 5];

/// The headers of an answer under this policy.
pub(super) fn guard(policy: String) -> Guard {
    let policy = HeaderValue::try_from(policy)
        .unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    [
        (CONTENT_SECURITY_POLICY, policy),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            HeaderValue::from_static("same-origin"),
        ),
    ]
}

/// This server as `connect-src` names it. Older browsers do not count a websocket to the same host as `'self'`, so
/// the host is named, unless it holds a character that could end the directive.
pub(super) fn own_server(headers: &HeaderMap) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:".contains(&byte);
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    host.filter(|host| host.bytes().all(plain)).map_or_else(
        || "'self'".to_owned(),
        |host| format!("'self' ws://{host} wss://{host}"),
    )
}

/// The refusal of a page's settings to other pages: they may hold a token, so no page of another origin may load them,
/// whatever CORS allows elsewhere.
pub(super) fn to_others(headers: &HeaderMap) -> Option<Response> {
    let from = headers.get("sec-fetch-site")?;
    let is_other = from != "same-origin" && from != "none";
    is_other.then(|| {
        let message = "the settings of this page are for the page alone";
        let refusal = Refusal::new(StatusCode::FORBIDDEN, Code::Forbidden, message);
        refusal.into_response(MediaType::Json)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_could_end_the_directive_is_left_out_of_the_policy() {
        for (host, named) in [
            ("a; script-src *", "'self'"),
            ("a b", "'self'"),
            ("[::1]:8080", "'self'"),
            ("a.b:80", "'self' ws://a.b:80 wss://a.b:80"),
        ] {
            let headers = HeaderMap::from_iter([(HOST, HeaderValue::from_static(host))]);
            assert_eq!(own_server(&headers), named);
        }
    }
}
