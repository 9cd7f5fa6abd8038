//! What the instruments share. Each of them starts processes (`server`, `provider`, `postgres`,
//! `nats`, put together by `scene`), loads them through the public API (`api`, `socket`), and says
//! what came of it (`spread`, `usage`, `report`).

pub mod api;
pub mod instrument;
pub mod nats;
pub mod options;
pub mod postgres;
pub mod process;
pub mod provider;
pub mod report;
pub mod scene;
pub mod server;
pub mod socket;
pub mod spread;
pub mod sqlite;
pub mod usage;
