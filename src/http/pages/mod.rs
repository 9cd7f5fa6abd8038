//! Pages for people.

pub mod graphiql;
