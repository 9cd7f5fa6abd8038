//! Ids on their way in: text, which should be a UUID.

use async_graphql::ID;
use uuid::Uuid;

use crate::error::{Error, Result};

/// The id, if it is one at all.
pub fn uuid(id: &ID) -> Option<Uuid> {
    Uuid::try_parse(id).ok()
}

/// The id of a row that must be there.
///
/// # Errors
/// `NotFound` when it is no UUID: it answers like a random one.
pub fn id_of(kind: &'static str, id: &ID) -> Result<Uuid> {
    uuid(id).ok_or_else(|| Error::not_found(kind, id.as_str()))
}

/// An id that an input refers to at `field`.
///
/// # Errors
/// `BadInput` at `field` when it is no UUID.
pub fn reference(field: &str, id: &ID) -> Result<Uuid> {
    uuid(id).ok_or_else(|| {
        Error::bad_input(field, format!("{field} is no id of anything: send a UUID"))
    })
}

/// An id that a list is filtered by. What is no UUID matches nothing, like a random one: no row has
/// the nil id.
pub fn filter(id: Option<ID>) -> Option<Uuid> {
    id.map(|id| uuid(&id).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_uuid_answers_like_a_random_id() {
        let id = ID::from("42");
        assert_eq!(uuid(&id), None);
        assert_eq!(filter(Some(id.clone())), Some(Uuid::nil()));
        assert_eq!(
            id_of("workflow", &id).unwrap_err().to_string(),
            "workflow 42 not found"
        );
        assert_eq!(
            reference("modelId", &id).unwrap_err().field(),
            Some("modelId")
        );
    }
}
