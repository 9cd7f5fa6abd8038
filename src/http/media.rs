//! Which media type an answer has, and which a request may have (GraphQL over HTTP, "Media Types").

use std::cmp::Reverse;

use axum::http::{HeaderMap, header};
use mime::Mime;

/// What a client accepts of what there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Accepted {
    /// Of an answer in one piece.
    pub media_type: Option<MediaType>,
    /// Of answers that come as they are made.
    pub framing: Option<Framing>,
}

impl Accepted {
    /// What the client likes best of each kind, ours where it has no preference; `None` when it
    /// accepts nothing that there is.
    pub(super) fn by(headers: &HeaderMap) -> Option<Self> {
        if !headers.contains_key(header::ACCEPT) {
            return Some(Self {
                media_type: Some(MediaType::Json),
                framing: None,
            });
        }
        let ranges: Vec<Range> = headers
            .get_all(header::ACCEPT)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter_map(Range::parse)
            .collect();
        let accepted = Self {
            media_type: best(MediaType::ALL, &ranges),
            framing: best([Framing::EventStream, Framing::Multipart], &ranges),
        };
        (accepted.media_type.is_some() || accepted.framing.is_some()).then_some(accepted)
    }
}

/// The two media types of an answer. Of equals that the client names, the first is taken; who names
/// neither is taken for a client from before there were two, as the specification wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MediaType {
    /// `application/graphql-response+json`: the status says whether the request was refused.
    GraphqlResponse,
    /// `application/json`: a well-formed request is answered with 200, refused or not.
    Json,
}

impl MediaType {
    const ALL: [Self; 2] = [Self::GraphqlResponse, Self::Json];

    /// The value of Content-Type.
    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }

    const fn essence(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json",
            Self::Json => "application/json",
        }
    }
}

/// The two forms of a stream. How each is written is for [`super::live`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    EventStream,
    Multipart,
}

impl Framing {
    /// The value of Content-Type.
    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::EventStream => "text/event-stream; charset=utf-8",
            // Without quotes: Python's `gql` looks for just these words.
            Self::Multipart => "multipart/mixed;boundary=graphql;subscriptionSpec=1.0",
        }
    }
}

/// The specificity of a range without a wildcard.
const NAMED: u8 = 2;

/// Something that an Accept header may ask for.
trait Candidate: Copy {
    /// How closely `range` names it; `None` when it does not.
    fn specificity(self, range: &Range) -> Option<u8>;

    /// Its place among equals that are named so closely; the lowest is taken.
    fn rank(self, specificity: u8) -> u8;

    /// The quality by the most specific range that matches (RFC 9110, section 12.5.1), and the rank.
    fn quality(self, ranges: &[Range]) -> Option<(u16, u8)> {
        let matching = ranges
            .iter()
            .filter_map(|range| Some((self.specificity(range)?, range.quality)));
        let (specificity, quality) = matching.max()?;
        (quality > 0).then(|| (quality, self.rank(specificity)))
    }
}

impl Candidate for MediaType {
    fn specificity(self, range: &Range) -> Option<u8> {
        match range.essence.as_str() {
            "*/*" => Some(0),
            "application/*" => Some(1),
            essence => (essence == self.essence()).then_some(NAMED),
        }
    }

    fn rank(self, specificity: u8) -> u8 {
        match (self, specificity) {
            (Self::GraphqlResponse, NAMED) => 0,
            (Self::Json, _) => 1,
            (Self::GraphqlResponse, _) => 2,
        }
    }
}

/// A stream has to be asked for by its name: who accepts everything expects an answer that ends.
impl Candidate for Framing {
    fn specificity(self, range: &Range) -> Option<u8> {
        let named = match self {
            Self::EventStream => range.essence == "text/event-stream",
            Self::Multipart => range.essence == "multipart/mixed" && range.subscriptions,
        };
        named.then_some(NAMED)
    }

    fn rank(self, _specificity: u8) -> u8 {
        match self {
            Self::EventStream => 0,
            Self::Multipart => 1,
        }
    }
}

fn best<C: Candidate>(candidates: impl IntoIterator<Item = C>, ranges: &[Range]) -> Option<C> {
    candidates
        .into_iter()
        .filter_map(|candidate| Some((candidate, candidate.quality(ranges)?)))
        .min_by_key(|(_, (quality, rank))| (Reverse(*quality), *rank))
        .map(|(candidate, _)| candidate)
}

/// One element of an Accept header.
struct Range {
    essence: String,
    /// In thousandths.
    quality: u16,
    /// It says `subscriptionSpec="1.0"`, the version of Apollo's multipart protocol.
    subscriptions: bool,
}

impl Range {
    /// `None` for what is no media range in UTF-8: a client's mistake in one element does not
    /// spoil the others.
    fn parse(element: &str) -> Option<Self> {
        let mime: Mime = element.trim().parse().ok()?;
        if !is_utf8(&mime) {
            return None;
        }
        let quality = match mime.get_param("q") {
            Some(quality) => thousandths(quality.as_str())?,
            None => 1000,
        };
        Some(Self {
            essence: mime.essence_str().to_owned(),
            quality,
            subscriptions: mime
                .get_param("subscriptionspec")
                .is_some_and(|version| version == "1.0"),
        })
    }
}

/// Whether these headers are those of somebody who looks at pages: programs do not ask for HTML by its name.
pub(super) fn is_browser(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter();
    accepted
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(Range::parse)
        .any(|range| range.essence == "text/html" && range.quality > 0)
}

/// `0.5` as 500; at most three decimals are looked at.
pub(super) fn thousandths(quality: &str) -> Option<u16> {
    let (whole, decimals) = quality.split_once('.').unwrap_or((quality, ""));
    let decimals: String = decimals.chars().chain("000".chars()).take(3).collect();
    let value = whole.parse::<u16>().ok()?.checked_mul(1000)? + decimals.parse::<u16>().ok()?;
    (value <= 1000).then_some(value)
}

/// Whether the body of a request with these headers is JSON in UTF-8.
pub(super) fn sends_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let mime: Option<Mime> = types
        .next()
        .and_then(|value| value.to_str().ok()?.parse().ok());
    types.next().is_none()
        && mime.is_some_and(|mime| mime.essence_str() == "application/json" && is_utf8(&mime))
}

fn is_utf8(mime: &Mime) -> bool {
    mime.get_param(mime::CHARSET)
        .is_none_or(|charset| charset == mime::UTF_8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: header::HeaderName, value: Option<&str>) -> HeaderMap {
        value
            .map(|value| (name, value.parse().unwrap()))
            .into_iter()
            .collect()
    }

    #[test]
    fn the_client_s_preference_wins() {
        const NEW: Option<MediaType> = Some(MediaType::GraphqlResponse);
        const OLD: Option<MediaType> = Some(MediaType::Json);
        for (accept, expected) in [
            (None, OLD),
            (Some("*/*"), OLD),
            (Some("application/*"), OLD),
            (Some("application/json"), OLD),
            (Some("application/json; charset=UTF-8"), OLD),
            (Some("application/graphql-response+json"), NEW),
            (
                Some("application/graphql-response+json, application/json"),
                NEW,
            ),
            (
                Some("application/json, application/graphql-response+json;q=0.9"),
                OLD,
            ),
            (
                Some("application/json;q=0.5, application/graphql-response+json;q=0.25"),
                OLD,
            ),
            (
                Some("application/graphql-response+json;q=0, */*;q=0.1"),
                OLD,
            ),
            (Some("text/html, */*;q=0.8"), OLD),
            (Some("application/graphql-response+json, */*"), NEW),
            (Some("text/html"), None),
            (Some("application/json;charset=latin1"), None),
            (Some("application/json;q=0"), None),
            (Some("application/json;q=2, nonsense"), None),
            (Some(""), None),
        ] {
            let headers = with(header::ACCEPT, accept);
            let accepted = Accepted::by(&headers).and_then(|accepted| accepted.media_type);
            assert_eq!(accepted, expected, "{accept:?}");
        }
    }

    #[test]
    fn a_stream_is_asked_for_by_its_name() {
        const EVENTS: Option<Framing> = Some(Framing::EventStream);
        const PARTS: Option<Framing> = Some(Framing::Multipart);
        for (accept, expected) in [
            ("*/*", None),
            ("text/*", None),
            ("multipart/mixed", None),
            ("text/event-stream", EVENTS),
            ("multipart/mixed;subscriptionSpec=\"1.0\"", PARTS),
            (
                "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json",
                PARTS,
            ),
            ("multipart/mixed;subscriptionSpec=\"2.0\"", None),
            (
                "application/json, text/event-stream, multipart/mixed",
                EVENTS,
            ),
            (
                "text/event-stream;q=0.5, multipart/mixed;subscriptionSpec=1.0",
                PARTS,
            ),
            ("text/event-stream;q=0", None),
        ] {
            let headers = with(header::ACCEPT, Some(accept));
            let accepted = Accepted::by(&headers).and_then(|accepted| accepted.framing);
            assert_eq!(accepted, expected, "{accept:?}");
        }
    }

    #[test]
    fn a_browser_asks_for_html_by_its_name() {
        for (accept, expected) in [
            (Some("text/html,application/xhtml+xml,*/*;q=0.8"), true),
            (Some("text/html;q=0, */*"), false),
            (Some("text/*"), false),
            (Some("*/*"), false),
            (None, false),
        ] {
            let headers = with(header::ACCEPT, accept);
            assert_eq!(is_browser(&headers), expected, "{accept:?}");
        }
    }

    #[test]
    fn a_body_is_json_in_utf8() {
        for (value, right) in [
            (Some("application/json"), true),
            (Some("Application/JSON; Charset=\"utf-8\""), true),
            (Some("application/json; charset=utf-16"), false),
            (Some("text/plain"), false),
            (Some("application/graphql"), false),
            (Some("application/json, text/plain"), false),
            (None, false),
        ] {
            let headers = with(header::CONTENT_TYPE, value);
            assert_eq!(sends_json(&headers), right, "{value:?}");
        }
    }
}
