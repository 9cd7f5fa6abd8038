//! Who asks: the token in a request's headers or in a websocket's payload.

use axum::http::{HeaderMap, header};
use serde_json::{Map, Value};

use crate::auth;
use crate::domain::viewer::Viewer;
use crate::error::{Error, Result};
use crate::http::SignIn;

/// The keys of a payload that may carry a token, in the order in which they are looked at.
const PAYLOAD_KEYS: [&str; 4] = ["Authorization", "authorization", "authToken", "token"];

/// The person whom a request's headers speak for, `None` where they name nobody.
pub(in crate::http) async fn of_headers(
    headers: &HeaderMap,
    sign_in: &impl SignIn,
) -> Result<Option<Viewer>> {
    match token_of_headers(headers)? {
        Some(token) => sign_in.viewer(token).await.map(Some),
        None => Ok(None),
    }
}

/// The one bearer token among `headers`. Two `Authorization` headers are refused, even equal ones:
/// a proxy and this server might each believe another.
fn token_of_headers(headers: &HeaderMap) -> Result<Option<&str>> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(Error::Unauthenticated);
    }
    let value = value.to_str().map_err(|_| Error::Unauthenticated)?;
    auth::bearer(value).map(Some)
}

/// The token in the payload of a websocket's `connection_init` or `ping`, with or without `Bearer `.
pub(in crate::http) fn token_of_payload(payload: &Map<String, Value>) -> Option<&str> {
    let value = PAYLOAD_KEYS
        .iter()
        .find_map(|key| payload.get(*key))?
        .as_str()?
        .trim();
    match auth::bearer(value) {
        Ok(token) => Some(token),
        // Whatever this is, it is for the verifier to refuse.
        Err(_) => (!value.is_empty()).then_some(value),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn exactly_one_header_names_a_viewer() {
        for (values, token) in [
            (&[][..], Some(None)),
            (&["Bearer a.b.c"], Some(Some("a.b.c"))),
            (&["Bearer a.b.c", "Bearer a.b.c"], None),
            (&["Basic a.b.c"], None),
            (&[""], None),
        ] {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::AUTHORIZATION, value.parse().unwrap());
            }
            assert_eq!(token_of_headers(&headers).ok(), token, "{values:?}");
        }
    }

    #[test]
    fn a_payload_carries_a_token_under_four_names() {
        for (payload, token) in [
            (json!({"Authorization": "Bearer a.b"}), Some("a.b")),
            (json!({"authorization": "bearer a.b"}), Some("a.b")),
            (json!({"authToken": "a.b"}), Some("a.b")),
            (json!({"token": " a.b "}), Some("a.b")),
            (json!({"token": ""}), None),
            (json!({"token": 1}), None),
            (json!({"TOKEN": "a.b"}), None),
            (json!({}), None),
        ] {
            let payload = payload.as_object().unwrap();
            assert_eq!(token_of_payload(payload), token, "{payload:?}");
        }
    }
}
