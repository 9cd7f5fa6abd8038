//! How often one address may ask, and how often one person may run something, in this process.
//!
//! Both are buckets that refill steadily and hold twice what flows in within a second. A bucket that is
//! full again says nothing, so a sweep drops it: what is kept are the addresses and people of the last
//! seconds. The sweep takes one part of the map after the other, and nobody waits for all of it.

use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use uuid::Uuid;

use super::client::Client;
use crate::clock::Clock;
use crate::http::answer::{Refusal, RetryAfter};

/// Buckets refill within two seconds, so little is kept that says nothing any more.
const SWEEP_EVERY: Duration = Duration::from_secs(5);

/// An IPv6 network that is given to one customer: the last 64 bits are theirs to choose.
const CUSTOMER: u128 = !0 << 64;

/// How much is too much. 0 is no limit.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settings {
    /// Operations a second of one user.
    pub per_user: u32,
    /// Requests a second from one address, handshakes of websockets among them.
    pub per_address: u32,
}

/// The buckets of this process.
pub(in crate::http) struct Rates {
    users: Option<Limit<Uuid>>,
    addresses: Option<Limit<IpAddr>>,
}

impl Rates {
    /// Full buckets for everybody, by this clock.
    pub(in crate::http) fn new(settings: Settings, clock: &Clock) -> Arc<Self> {
        let rates = Arc::new(Self {
            users: Limit::new(settings.per_user, "operations a second of one user", clock),
            addresses: Limit::new(
                settings.per_address,
                "requests a second from one address",
                clock,
            ),
        });
        let swept = Arc::downgrade(&rates);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(SWEEP_EVERY).await;
                let Some(rates) = swept.upgrade() else { return };
                rates.sweep();
            }
        });
        rates
    }

    /// An operation of `user` is about to run, by whatever transport it came.
    ///
    /// # Errors
    ///
    /// How long to wait when `user` has run too many.
    pub(in crate::http) fn operation(&self, user: Uuid) -> Result<(), RetryAfter> {
        self.users
            .as_ref()
            .map_or(Ok(()), |limit| limit.take(&user))
    }

    /// A request came from `client`.
    fn request(&self, client: IpAddr) -> Result<(), RetryAfter> {
        let client = match client {
            IpAddr::V4(_) => client,
            IpAddr::V6(address) => Ipv6Addr::from(u128::from(address) & CUSTOMER).into(),
        };
        self.addresses
            .as_ref()
            .map_or(Ok(()), |limit| limit.take(&client))
    }

    fn sweep(&self) {
        if let Some(limit) = &self.users {
            limit.sweep();
        }
        if let Some(limit) = &self.addresses {
            limit.sweep();
        }
    }
}

/// Refuses requests of an address that asks too often, before anything else is looked at.
pub(in crate::http) async fn limit_address(
    State(rates): State<Arc<Rates>>,
    Extension(Client(client)): Extension<Client>,
    request: Request,
    next: Next,
) -> Response {
    match rates.request(client) {
        Ok(()) => next.run(request).await,
        Err(later) => Refusal::from(later).to(request.headers()),
    }
}

/// A bucket for each `K`.
struct Limit<K: Hash + Eq + Clone> {
    buckets: RateLimiter<K, DashMapStateStore<K>, Uptime, NoOpMiddleware<Duration>>,
    /// What the limit is, for whoever runs into it.
    text: String,
}

impl<K: Hash + Eq + Clone> Limit<K> {
    fn new(a_second: u32, of_what: &str, clock: &Clock) -> Option<Self> {
        let rate = NonZeroU32::new(a_second)?;
        let burst = rate.saturating_mul(NonZeroU32::MIN.saturating_add(1));
        let quota = Quota::per_second(rate).allow_burst(burst);
        Some(Self {
            buckets: RateLimiter::dashmap_with_clock(quota, Uptime(clock.clone())),
            text: format!("at most {rate} {of_what}"),
        })
    }

    fn take(&self, key: &K) -> Result<(), RetryAfter> {
        self.buckets.check_key(key).map_err(|refused| {
            let now = governor::clock::Clock::now(self.buckets.clock());
            let wait = refused.wait_time_from(now);
            RetryAfter {
                seconds: wait.as_secs() + u64::from(wait.subsec_nanos() > 0 || wait.is_zero()),
                limit: self.text.clone(),
            }
        })
    }

    fn sweep(&self) {
        self.buckets.retain_recent();
        self.buckets.shrink_to_fit();
    }
}

/// Time as the buckets see it.
#[derive(Debug)]
struct Uptime(Clock);

impl governor::clock::Clock for Uptime {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.uptime()
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    const ADA: Uuid = Uuid::from_u128(1);
    const BOB: Uuid = Uuid::from_u128(2);

    fn rates(per_user: u32, per_address: u32) -> (Arc<Rates>, Clock) {
        let clock = Clock::manual(DateTime::UNIX_EPOCH);
        let settings = Settings {
            per_user,
            per_address,
        };
        (Rates::new(settings, &clock), clock)
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn a_bucket_holds_two_seconds_and_refills_steadily() {
        let (rates, clock) = rates(10, 0);
        for _ in 0..20 {
            rates.operation(ADA).unwrap();
        }
        assert_eq!(rates.operation(ADA).unwrap_err().seconds, 1);
        rates.operation(BOB).unwrap();

        clock.advance(Duration::from_millis(99));
        rates.operation(ADA).unwrap_err();
        clock.advance(Duration::from_millis(1));
        rates.operation(ADA).unwrap();
        rates.operation(ADA).unwrap_err();

        clock.advance(Duration::from_mins(1));
        for _ in 0..20 {
            rates.operation(ADA).unwrap();
        }
        rates.operation(ADA).unwrap_err();
    }

    #[tokio::test]
    async fn zero_is_no_limit() {
        let (rates, _) = rates(0, 0);
        for _ in 0..1000 {
            rates.operation(ADA).unwrap();
            rates.request(address("192.0.2.1")).unwrap();
        }
    }

    #[tokio::test]
    async fn a_customer_of_ipv6_is_one_address() {
        let (rates, _) = rates(0, 1);
        for own in ["2001:db8::1", "2001:db8::2:0:0:1"] {
            rates.request(address(own)).unwrap();
        }
        rates.request(address("2001:db8::ffff")).unwrap_err();
        rates.request(address("2001:db8:0:1::1")).unwrap();
        rates.request(address("192.0.2.1")).unwrap();
        rates.request(address("192.0.2.2")).unwrap();
    }

    #[tokio::test]
    async fn buckets_that_are_full_again_are_dropped() {
        let (rates, clock) = rates(1, 1);
        for number in 0..10_000_u32 {
            rates.request(IpAddr::from(number.to_be_bytes())).unwrap();
        }
        let limit = rates.addresses.as_ref().unwrap();
        rates.sweep();
        assert_eq!(limit.buckets.len(), 10_000);
        clock.advance(SWEEP_EVERY);
        rates.request(address("192.0.2.1")).unwrap();
        rates.sweep();
        assert_eq!(limit.buckets.len(), 1);
    }

    #[tokio::test]
    async fn a_refusal_says_the_limit_and_when_to_come_back() {
        let (rates, _) = rates(1, 0);
        rates.operation(ADA).unwrap();
        rates.operation(ADA).unwrap();
        let shown = serde_json::to_value(rates.operation(ADA).unwrap_err().shown()).unwrap();
        let expected = serde_json::json!({
            "message": "too fast: at most 1 operations a second of one user. Try again in 1 s",
            "extensions": { "code": "LIMIT_EXCEEDED", "retryAfter": 1 },
        });
        assert_eq!(shown, expected);
    }
}
