//! `footlight healthcheck`: asks the server on this machine whether it is ready. Docker reads nothing but
//! the exit code, of which it keeps 2 for itself.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use reqwest::Client;

use crate::config::HealthcheckArgs;

/// Docker gives a check 30 s; who is asked is on this machine.
const PATIENCE: Duration = Duration::from_secs(4);

/// Exits with 0 when the server is ready, else with 1 and why on standard error.
pub async fn healthcheck(args: HealthcheckArgs) -> ExitCode {
    match ask(reachable(args.listen)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("footlight: {trouble}");
            ExitCode::from(1)
        }
    }
}

async fn ask(address: SocketAddr) -> Result<(), String> {
    let client = Client::builder().no_proxy().timeout(PATIENCE).build();
    let client = client.map_err(|error| error.to_string())?;
    let answer = client.get(format!("http://{address}/readyz")).send().await;
    match answer.map(|answer| answer.status().as_u16()) {
        Ok(200) => Ok(()),
        Ok(status) => Err(format!(
            "the server at {address} is not ready: HTTP {status}"
        )),
        Err(_) => Err(format!("no server answers at {address}")),
    }
}

/// An address at which this machine reaches what listens on all of its own.
const fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}
