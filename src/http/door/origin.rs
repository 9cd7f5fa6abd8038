//! Which pages may talk to this server: the Origin of a websocket, the origins of CORS, and the
//! Host header of a server that is for this machine alone.

use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::error::{Code, Error, Result};
use crate::http::answer::Refusal;

/// Origins that may call from elsewhere, as browsers write them: `https://app.example.com`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedOrigins(Vec<HeaderValue>);

impl AllowedOrigins {
    /// Reads a list such as `["https://app.example.com", "http://localhost:3000"]`.
    ///
    /// # Errors
    ///
    /// `BadInput` for anything that is not a scheme, a host and perhaps a port; `*` and `null` too.
    pub fn parse<O: AsRef<str>>(origins: impl IntoIterator<Item = O>) -> Result<Self> {
        origins
            .into_iter()
            .map(|origin| canonical(origin.as_ref()))
            .collect::<Result<_>>()
            .map(Self)
    }

    pub(in crate::http) fn header_values(&self) -> Vec<HeaderValue> {
        self.0.clone()
    }

    /// Whether a request with these headers may open a websocket. Programs send no Origin and may;
    /// a page of this server's own host may; `null`, a sandboxed page, never.
    pub(in crate::http) fn admits(&self, headers: &HeaderMap) -> bool {
        let mut origins = headers.get_all(header::ORIGIN).iter();
        let Some(origin) = origins.next() else {
            return true;
        };
        origins.next().is_none() && (self.0.contains(origin) || is_own(origin, headers))
    }
}

fn canonical(origin: &str) -> Result<HeaderValue> {
    let refusal = || {
        Error::bad_input(
            "ALLOWED_ORIGINS",
            format!("{origin:?} is no origin: write it as https://app.example.com"),
        )
    };
    let lower = origin.trim().trim_end_matches('/').to_ascii_lowercase();
    let (scheme, authority) = lower.split_once("://").ok_or_else(refusal)?;
    let default_port = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => return Err(refusal()),
    };
    // The parser of URIs takes whatever follows an authority for a path, so this must be all of one.
    let parsed: Authority = authority.parse().map_err(|_| refusal())?;
    if parsed.host().is_empty() || authority.contains(['@', '*']) {
        return Err(refusal());
    }
    let authority = authority.strip_suffix(default_port).unwrap_or(authority);
    HeaderValue::from_str(&format!("{scheme}://{authority}")).map_err(|_| refusal())
}

/// The scheme is not compared: behind a proxy that ends TLS this server does not know its own.
fn is_own(origin: &HeaderValue, headers: &HeaderMap) -> bool {
    let Some(host) = host_of(headers) else {
        return false;
    };
    let origin: Option<Uri> = origin.to_str().ok().and_then(|origin| origin.parse().ok());
    origin
        .as_ref()
        .and_then(Uri::authority)
        .is_some_and(|authority| authority.as_str().eq_ignore_ascii_case(host))
}

/// The one Host header; two are as good as none.
fn host_of(headers: &HeaderMap) -> Option<&str> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next()?.to_str().ok()?;
    hosts.next().is_none().then_some(host)
}

/// Refuses a request whose Host is not this machine's loopback with 421 (RFC 9110, 15.5.20).
pub(in crate::http) async fn require_loopback_host(request: Request, next: Next) -> Response {
    if host_of(request.headers()).is_some_and(is_loopback) {
        return next.run(request).await;
    }
    let message = "this server is for its own machine: call it as localhost";
    Refusal::new(StatusCode::MISDIRECTED_REQUEST, Code::Forbidden, message).to(request.headers())
}

fn is_loopback(host: &str) -> bool {
    ["localhost", "127.0.0.1", "[::1]"].iter().any(|name| {
        let Some((start, rest)) = host.split_at_checked(name.len()) else {
            return false;
        };
        let port = rest.strip_prefix(':');
        start.eq_ignore_ascii_case(name)
            && (rest.is_empty() || port.is_some_and(|port| port.parse::<u16>().is_ok()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(host: &str, origin: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        headers
    }

    #[test]
    fn own_and_listed_origins_are_admitted() {
        let allowed = AllowedOrigins::parse(["https://App.example.com:443/"]).unwrap();
        for (origin, admitted) in [
            (None, true),
            (Some("http://api.example.com:8080"), true),
            (Some("https://api.example.com:8080"), true),
            (Some("https://app.example.com"), true),
            (Some("http://app.example.com"), false),
            (Some("http://api.example.com"), false),
            (Some("https://evil.example.com"), false),
            (Some("https://app.example.com.evil.com"), false),
            (Some("null"), false),
            (Some(""), false),
        ] {
            let headers = headers("api.example.com:8080", origin);
            assert_eq!(allowed.admits(&headers), admitted, "{origin:?}");
        }
    }

    #[test]
    fn a_second_origin_is_not_believed() {
        let mut headers = headers("localhost", Some("http://localhost"));
        headers.append(header::ORIGIN, "http://localhost".parse().unwrap());
        assert!(!AllowedOrigins::default().admits(&headers));
    }

    #[test]
    fn an_origin_is_a_scheme_a_host_and_a_port() {
        for origin in [
            "*",
            "null",
            "",
            "app.example.com",
            "https://",
            "https://*.example.com",
            "https://user@app.example.com",
            "https://app.example.com/path",
            "ftp://app.example.com",
        ] {
            assert!(AllowedOrigins::parse([origin]).is_err(), "{origin}");
        }
    }

    #[test]
    fn loopback_has_three_names_and_any_port() {
        for (host, loopback) in [
            ("localhost", true),
            ("LocalHost:8080", true),
            ("127.0.0.1:1", true),
            ("[::1]", true),
            ("[::1]:8080", true),
            ("localhost.evil.com", false),
            ("localhost:8080.evil.com", false),
            ("evil.com", false),
            ("127.0.0.2", false),
            ("localhost:", false),
            ("", false),
        ] {
            assert_eq!(is_loopback(host), loopback, "{host}");
        }
    }
}
