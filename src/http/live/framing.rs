//! How answers are written into a response that stays open.
//!
//! `multipart/mixed`: <https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol>.
//! `text/event-stream`: <https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md>, distinct
//! connections mode.

use async_graphql::ServerError;
use serde::Serialize;

use crate::http::media::Framing;
use crate::http::operation::Answer;

/// Something that is said on a stream.
#[derive(Clone, Copy, Debug)]
pub(super) enum Word<'a> {
    /// An answer; more may follow.
    Next(&'a Answer),
    /// The operation was refused. The last word.
    Refused(&'a [ServerError]),
    /// The server ends the stream before the operation has ended. The last word.
    Broken(&'a ServerError),
    /// The operation has ended. The last word.
    Complete,
}

/// An answer without data.
#[derive(Serialize)]
struct Errors<'a> {
    errors: &'a [ServerError],
}

/// A part with an answer.
#[derive(Serialize)]
struct Part<T> {
    payload: T,
}

/// A part that says why no more come.
#[derive(Serialize)]
struct LastPart<'a> {
    payload: (),
    errors: &'a [ServerError],
}

impl Framing {
    /// What the body begins with.
    pub(super) const fn opening(self) -> &'static [u8] {
        match self {
            // A comment, so that whoever is in between passes the response on.
            Self::EventStream => b":\n\n",
            Self::Multipart => b"--graphql",
        }
    }

    /// Says that the stream is alive.
    pub(super) const fn heartbeat(self) -> &'static [u8] {
        match self {
            Self::EventStream => b":\n\n",
            Self::Multipart => {
                b"\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}\r\n--graphql"
            }
        }
    }

    /// Writes a word. A part ends with the boundary of the next one: only then a client knows that it
    /// is whole.
    pub(super) fn write(self, word: &Word<'_>) -> Vec<u8> {
        match (self, word) {
            (Self::EventStream, Word::Next(answer)) => event(answer),
            (Self::EventStream, Word::Refused(errors)) => last_event(errors),
            (Self::EventStream, Word::Broken(error)) => last_event(std::slice::from_ref(*error)),
            (Self::EventStream, Word::Complete) => COMPLETE.to_vec(),
            (Self::Multipart, Word::Next(answer)) => part(&Part { payload: answer }),
            (Self::Multipart, Word::Refused(errors)) => {
                let payload = Errors { errors };
                [part(&Part { payload }), CLOSING.to_vec()].concat()
            }
            (Self::Multipart, Word::Broken(error)) => {
                let errors = std::slice::from_ref(*error);
                let last = LastPart {
                    payload: (),
                    errors,
                };
                [part(&last), CLOSING.to_vec()].concat()
            }
            (Self::Multipart, Word::Complete) => CLOSING.to_vec(),
        }
    }
}

const COMPLETE: &[u8] = b"event: complete\ndata:\n\n";
const CLOSING: &[u8] = b"--\r\n";

fn event(answer: &impl Serialize) -> Vec<u8> {
    [b"event: next\ndata: ", &*json(answer), b"\n\n"].concat()
}

fn last_event(errors: &[ServerError]) -> Vec<u8> {
    [event(&Errors { errors }), COMPLETE.to_vec()].concat()
}

/// With its length, by which Python's `aiohttp` knows its end: without one it reads on into the next part.
fn part(content: &impl Serialize) -> Vec<u8> {
    let content = json(content);
    let length = content.len();
    let head = format!("\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n");
    [head.as_bytes(), &*content, b"\r\n--graphql"].concat()
}

/// JSON in one line: it writes no line feed of its own, and escapes those of texts.
fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_else(|error| {
        tracing::error!(%error, "an answer cannot be written as JSON");
        b"null".to_vec()
    })
}

#[cfg(test)]
mod tests {
    use async_graphql::Response;

    use super::*;

    fn written(framing: Framing, words: &[Word<'_>]) -> String {
        let words = words.iter().flat_map(|word| framing.write(word));
        let body = framing.opening().iter().copied().chain(words).collect();
        String::from_utf8(body).unwrap()
    }

    #[test]
    fn an_event_stream_says_next_and_complete() {
        let answer = Answer::Own(Box::new(Response::new("a\nb")));
        insta::assert_snapshot!(
            written(Framing::EventStream, &[Word::Next(&answer), Word::Complete]),
            @r#"
        :

        event: next
        data: {"data":"a\nb"}

        event: complete
        data:
        "#
        );
        let error = ServerError::new("no", None);
        for word in [
            Word::Refused(std::slice::from_ref(&error)),
            Word::Broken(&error),
        ] {
            assert_eq!(
                written(Framing::EventStream, &[word]),
                ":\n\nevent: next\ndata: {\"errors\":[{\"message\":\"no\"}]}\n\nevent: complete\ndata:\n\n"
            );
        }
    }

    #[test]
    fn a_part_is_wrapped_and_ends_with_the_next_boundary() {
        let answer = Answer::Own(Box::new(Response::new(true)));
        let error = ServerError::new("no", None);
        assert_eq!(
            written(Framing::Multipart, &[Word::Next(&answer), Word::Complete]),
            "--graphql\r\nContent-Type: application/json\r\nContent-Length: 25\r\n\r\n{\"payload\":{\"data\":true}}\r\n--graphql--\r\n"
        );
        assert!(
            written(Framing::Multipart, &[Word::Broken(&error)]).contains(
                "{\"payload\":null,\"errors\":[{\"message\":\"no\"}]}\r\n--graphql--\r\n"
            )
        );
        assert!(
            written(
                Framing::Multipart,
                &[Word::Refused(std::slice::from_ref(&error))]
            )
            .contains("{\"payload\":{\"errors\":[{\"message\":\"no\"}]}}\r\n--graphql--\r\n")
        );
    }
}
