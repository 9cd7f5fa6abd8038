//! Which address a request comes from: the peer's, or the one that a trusted proxy in front names.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, HeaderName};
use ipnet::IpNet;

/// Each proxy on the way appends the address that it was called from.
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address of whoever sent a request, among its extensions.
#[derive(Clone, Copy, Debug)]
pub(in crate::http) struct Client(pub IpAddr);

/// Proxies that are believed about whom they speak for.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    #[must_use]
    pub const fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    /// The client of a request that serves by [`crate::http::serve`] brought in.
    pub(in crate::http) fn client_of(&self, request: &Request) -> Client {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map_or(IpAddr::from(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
        Client(self.client(peer, request.headers()))
    }

    /// Walks the way back from the peer: what the last trusted proxy was called from is the client. What
    /// stands further left anybody can have written. A list that cannot be read to there says nothing.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        let mut client = peer;
        let lists = headers.get_all(X_FORWARDED_FOR).iter().rev();
        for list in lists {
            let Ok(list) = list.to_str() else {
                return if self.trusts(client) { peer } else { client };
            };
            for named in list.rsplit(',') {
                if !self.trusts(client) {
                    return client;
                }
                let Some(named) = address(named.trim()) else {
                    return peer;
                };
                client = named;
            }
        }
        client
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// An address, with or without a port: some proxies write one.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    bare.unwrap_or(text)
        .parse()
        .ok()
        .or_else(|| text.parse().ok().map(|address: SocketAddr| address.ip()))
        .map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(trusted: &[&str], peer: &str, lists: &[&str]) -> String {
        let networks = trusted.iter().map(|network| network.parse().unwrap());
        let mut headers = HeaderMap::new();
        for list in lists {
            let list = axum::http::HeaderValue::from_bytes(list.as_bytes()).unwrap();
            headers.append(X_FORWARDED_FOR, list);
        }
        TrustedProxies::new(networks.collect())
            .client(peer.parse().unwrap(), &headers)
            .to_string()
    }

    #[test]
    fn the_first_stranger_from_the_right_is_the_client() {
        let trusted = ["10.0.0.0/8", "fd00::/8"];
        for (peer, lists, expected) in [
            ("10.0.0.1", &[][..], "10.0.0.1"),
            ("10.0.0.1", &["1.2.3.4"], "1.2.3.4"),
            ("10.0.0.1", &["6.6.6.6, 1.2.3.4, 10.0.0.2"], "1.2.3.4"),
            ("10.0.0.1", &["6.6.6.6", "1.2.3.4", "10.0.0.2"], "1.2.3.4"),
            ("10.0.0.1", &["garbage, 1.2.3.4"], "1.2.3.4"),
            ("10.0.0.1", &["\u{e9}", "1.2.3.4"], "1.2.3.4"),
            ("fd00::1", &["2001:db8::7"], "2001:db8::7"),
            ("::ffff:10.0.0.1", &["::ffff:1.2.3.4"], "1.2.3.4"),
            ("10.0.0.1", &["1.2.3.4:5678"], "1.2.3.4"),
            ("10.0.0.1", &["[2001:db8::7]:5678"], "2001:db8::7"),
            ("10.0.0.1", &["[2001:db8::7]"], "2001:db8::7"),
        ] {
            assert_eq!(client(&trusted, peer, lists), expected, "{peer} {lists:?}");
        }
    }

    #[test]
    fn where_all_are_trusted_the_first_is_the_client() {
        let lists = ["10.0.0.3, 10.0.0.2"];
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.1", &lists), "10.0.0.3");
    }

    #[test]
    fn a_stranger_is_not_believed() {
        assert_eq!(
            client(&["10.0.0.1/32"], "10.0.0.2", &["1.2.3.4"]),
            "10.0.0.2"
        );
        assert_eq!(client(&[], "127.0.0.1", &["1.2.3.4"]), "127.0.0.1");
        assert_eq!(client(&[], "127.0.0.1", &["\u{e9}"]), "127.0.0.1");
    }

    #[test]
    fn a_list_that_cannot_be_read_names_nobody() {
        for lists in [
            &["garbage"][..],
            &[""],
            &["1.2.3.4,"],
            &["1.2.3.4, , 10.0.0.2"],
            &["1.2.3.4", "\u{e9}"],
            &["1.2.3.4, unknown, 10.0.0.2"],
        ] {
            assert_eq!(
                client(&["10.0.0.0/8"], "10.0.0.1", lists),
                "10.0.0.1",
                "{lists:?}"
            );
        }
    }
}
