//! From what a client sent to a document that may run, in this order.
//!
//! 1. `sent` reads the JSON, `document` the parameters in it, and
//! 2. finds the text: in the request, or by its hash (`persisted`).
//! 3. `scan` reads the text once, and refuses what would cost too much to parse.
//! 4. `parse` parses it, or finds it among those parsed lately.
//! 5. `document` selects the operation, and `selection` says with whom a subscription shares answers.

pub(super) mod document;
mod parse;
mod persisted;
pub(super) mod scan;
mod selection;
pub(super) mod sent;
