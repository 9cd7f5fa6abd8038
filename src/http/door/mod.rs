//! Who is there, and what may pass: asked of every request, in this order.
//!
//! 1. `access_log` gives it an id, and `client` says which address it comes from.
//! 2. `origin` and `cors`: may a page of this origin call, and is this host ours?
//! 3. `rate`: does its address ask too often, and, once it is known, its person?
//! 4. `viewer`: whom does its token speak for?
//! 5. `seats`: how many sockets and streams does that person hold already?

pub(super) mod access_log;
pub mod client;
pub(super) mod cors;
pub mod origin;
pub mod rate;
pub(super) mod seats;
pub(super) mod viewer;
