//! The rules of graphql-transport-ws, and of its older sister where they differ, without their socket: what a message means in the state that the
//! connection is in.
//!
//! 1. Opened: the first message is `connection_init`; whoever subscribes first is closed with 4401.
//! 2. Signing in: the token is being looked at, outside. A second `connection_init` is 4429.
//! 3. Ready: operations start and end, each under an id that no other running one has. In the legacy
//!    dialect a new operation takes the place of the one that has its id.

use std::collections::HashMap;

use super::close::Close;
use super::dialect::Dialect;
use super::message::ClientMessage;
use crate::domain::viewer::Viewer;
use crate::http::door::viewer::token_of_payload;
use crate::http::request::document::Parameters;

/// Tells apart operations that used the same id one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Serial(u64);

/// What is to be done about a client's message.
#[derive(Debug)]
pub(super) enum Step {
    Nothing,
    Pong,
    /// Look at this token, then tell [`Session::signed_in`].
    SignIn {
        token: String,
    },
    /// Look at this token, tell [`Session::refreshed`], then send a pong.
    Refresh {
        token: String,
    },
    Start {
        id: String,
        serial: Serial,
        viewer: Viewer,
        parameters: Box<Parameters>,
        /// The operation whose id and place this one takes.
        replaces: Option<Serial>,
    },
    /// Refuse this operation alone: the socket runs as many as it may.
    TooMany {
        id: String,
    },
    Stop {
        serial: Serial,
    },
    /// Stop this operation and say so: the legacy dialect's clients may wait for it.
    StopAloud {
        id: String,
        serial: Serial,
    },
    /// The client leaves.
    Leave,
}

/// One connection, as the protocol sees it.
#[derive(Debug)]
pub(super) struct Session {
    dialect: Dialect,
    phase: Phase,
    running: HashMap<String, Serial>,
    started: u64,
    max_operations: usize,
}

#[derive(Debug)]
enum Phase {
    Opened,
    SigningIn,
    Ready(Viewer),
}

impl Session {
    pub(super) fn new(dialect: Dialect, max_operations: usize) -> Self {
        Self {
            dialect,
            phase: Phase::Opened,
            running: HashMap::new(),
            started: 0,
            max_operations,
        }
    }

    /// The words of this connection.
    pub(super) const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// What is said before `close` to a client that was not let in, in a dialect without codes for it.
    pub(super) fn refusal(&self, close: &Close) -> Option<String> {
        if self.viewer().is_some() {
            return None;
        }
        self.dialect.refusal(close)
    }

    /// Whether the client has yet to introduce itself.
    pub(super) const fn awaits_init(&self) -> bool {
        matches!(self.phase, Phase::Opened)
    }

    /// Whose connection this is, once it is acknowledged.
    pub(super) const fn viewer(&self) -> Option<&Viewer> {
        match &self.phase {
            Phase::Ready(viewer) => Some(viewer),
            Phase::Opened | Phase::SigningIn => None,
        }
    }

    /// What a text message asks for, or why it ends the connection.
    pub(super) fn receive(&mut self, text: &str) -> Result<Step, Close> {
        match self.dialect.read(text)? {
            ClientMessage::ConnectionInit { payload } => {
                if !self.awaits_init() {
                    return Err(Close::second_init());
                }
                self.phase = Phase::SigningIn;
                let token = token_of_payload(&payload).ok_or_else(Close::forbidden)?;
                Ok(Step::SignIn {
                    token: token.to_owned(),
                })
            }
            ClientMessage::Ping { payload } => Ok(match token_of_payload(&payload) {
                Some(token) if self.viewer().is_some() => Step::Refresh {
                    token: token.to_owned(),
                },
                _ => Step::Pong,
            }),
            ClientMessage::Pong => Ok(Step::Nothing),
            ClientMessage::Subscribe { id, parameters } => self.subscribe(id, parameters),
            ClientMessage::Complete { id } => Ok(self.complete(id)),
            ClientMessage::Terminate => Ok(Step::Leave),
        }
    }

    fn subscribe(&mut self, id: String, parameters: Box<Parameters>) -> Result<Step, Close> {
        let viewer = self.viewer().ok_or_else(Close::unauthorized)?.clone();
        let replaces = match self.dialect {
            Dialect::Transport if self.running.contains_key(&id) => {
                return Err(Close::id_in_use(&id));
            }
            Dialect::Transport => None,
            Dialect::Legacy => self.running.remove(&id),
        };
        if self.running.len() >= self.max_operations {
            return Ok(Step::TooMany { id });
        }
        self.started += 1;
        let serial = Serial(self.started);
        self.running.insert(id.clone(), serial);
        Ok(Step::Start {
            id,
            serial,
            viewer,
            parameters,
            replaces,
        })
    }

    fn complete(&mut self, id: String) -> Step {
        match (self.running.remove(&id), self.dialect) {
            (None, _) => Step::Nothing,
            (Some(serial), Dialect::Transport) => Step::Stop { serial },
            (Some(serial), Dialect::Legacy) => Step::StopAloud { id, serial },
        }
    }

    /// The token of `connection_init` speaks for `viewer`.
    pub(super) fn signed_in(&mut self, viewer: Viewer) {
        self.phase = Phase::Ready(viewer);
    }

    /// The token of a ping speaks for `fresh`. Somebody else's changes nothing, and neither does one
    /// that ends sooner than the one we have.
    pub(super) fn refreshed(&mut self, fresh: Viewer) {
        if let Phase::Ready(viewer) = &mut self.phase
            && viewer.user_id == fresh.user_id
            && viewer.expires_at < fresh.expires_at
        {
            *viewer = fresh;
        }
    }

    /// Whether the operation still runs: what comes for one that the client has ended is dropped.
    pub(super) fn runs(&self, id: &str, serial: Serial) -> bool {
        self.running.get(id) == Some(&serial)
    }

    /// The operation has ended by itself; its id is free before the client hears of it.
    pub(super) fn ended(&mut self, id: &str) {
        self.running.remove(id);
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};
    use uuid::Uuid;

    use super::*;

    const INIT: &str = r#"{"type":"connection_init","payload":{"token":"t"}}"#;
    const SUBSCRIBE: &str = r#"{"type":"subscribe","id":"1","payload":{"query":"{a}"}}"#;
    const COMPLETE: &str = r#"{"type":"complete","id":"1"}"#;
    const REFRESH: &str = r#"{"type":"ping","payload":{"Authorization":"Bearer t"}}"#;

    fn viewer(user: u128, seconds: i64) -> Viewer {
        Viewer {
            user_id: Uuid::from_u128(user),
            email: None,
            admin: false,
            expires_at: DateTime::<Utc>::UNIX_EPOCH + TimeDelta::seconds(seconds),
        }
    }

    fn ready(max_operations: usize) -> Session {
        let mut session = Session::new(Dialect::Transport, max_operations);
        assert!(matches!(session.receive(INIT), Ok(Step::SignIn { .. })));
        session.signed_in(viewer(1, 10));
        session
    }

    fn code(step: Result<Step, Close>) -> u16 {
        step.unwrap_err().code
    }

    #[test]
    fn nobody_subscribes_before_the_acknowledgement() {
        let mut session = Session::new(Dialect::Transport, 1);
        assert_eq!(code(session.receive(SUBSCRIBE)), 4401);
        let mut session = Session::new(Dialect::Transport, 1);
        session.receive(INIT).unwrap();
        assert_eq!(code(session.receive(SUBSCRIBE)), 4401);
    }

    #[test]
    fn one_init_is_enough() {
        let mut session = Session::new(Dialect::Transport, 1);
        session.receive(INIT).unwrap();
        assert_eq!(code(session.receive(INIT)), 4429);
        assert_eq!(code(ready(1).receive(INIT)), 4429);
    }

    #[test]
    fn an_init_without_a_token_is_forbidden() {
        let init = r#"{"type":"connection_init"}"#;
        assert_eq!(
            code(Session::new(Dialect::Transport, 1).receive(init)),
            4403
        );
    }

    #[test]
    fn an_id_is_free_once_its_operation_has_ended() {
        let mut session = ready(2);
        let Ok(Step::Start { serial: first, .. }) = session.receive(SUBSCRIBE) else {
            panic!("the operation does not start");
        };
        assert!(session.runs("1", first));
        let stop = session.receive(COMPLETE);
        assert!(matches!(stop, Ok(Step::Stop { serial }) if serial == first));
        assert!(matches!(session.receive(COMPLETE), Ok(Step::Nothing)));

        assert!(matches!(session.receive(SUBSCRIBE), Ok(Step::Start { .. })));
        assert!(!session.runs("1", first), "the late word of the first");
        assert_eq!(code(session.receive(SUBSCRIBE)), 4409);
        session.ended("1");
        assert!(matches!(session.receive(SUBSCRIBE), Ok(Step::Start { .. })));
    }

    #[test]
    fn an_old_client_s_operation_takes_the_place_of_the_one_with_its_id() {
        let mut session = Session::new(Dialect::Legacy, 1);
        session.receive(INIT).unwrap();
        session.signed_in(viewer(1, 10));
        let start = r#"{"type":"start","id":"1","payload":{"query":"{a}"}}"#;
        let first = session.receive(start);
        let Ok(Step::Start { serial: first, .. }) = first else {
            panic!("the operation does not start: {first:?}");
        };
        let second = session.receive(start);
        assert!(matches!(second, Ok(Step::Start { replaces, .. }) if replaces == Some(first)));
        let stop = r#"{"type":"stop","id":"1"}"#;
        assert!(matches!(
            session.receive(stop),
            Ok(Step::StopAloud { id, .. }) if id == "1"
        ));
        assert!(matches!(session.receive(stop), Ok(Step::Nothing)));
        let leave = session.receive(r#"{"type":"connection_terminate"}"#);
        assert!(matches!(leave, Ok(Step::Leave)));
    }

    #[test]
    fn an_operation_too_many_is_refused_alone() {
        let mut session = ready(1);
        session.receive(SUBSCRIBE).unwrap();
        let second = r#"{"type":"subscribe","id":"2","payload":{"query":"{a}"}}"#;
        assert!(matches!(session.receive(second), Ok(Step::TooMany { .. })));
        session.receive(COMPLETE).unwrap();
        assert!(matches!(session.receive(second), Ok(Step::Start { .. })));
    }

    #[test]
    fn only_a_later_token_of_the_same_person_extends() {
        let mut session = ready(1);
        assert!(matches!(session.receive(REFRESH), Ok(Step::Refresh { .. })));
        for (fresh, expires) in [(viewer(2, 99), 10), (viewer(1, 5), 10), (viewer(1, 20), 20)] {
            session.refreshed(fresh);
            assert_eq!(session.viewer(), Some(&viewer(1, expires)));
        }
    }

    #[test]
    fn a_ping_before_the_acknowledgement_is_only_a_ping() {
        assert!(matches!(
            Session::new(Dialect::Transport, 1).receive(REFRESH),
            Ok(Step::Pong)
        ));
    }
}
