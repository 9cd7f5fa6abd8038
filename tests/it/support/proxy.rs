//! A proxy in front of a TCP server that lets live connections fall silent, where no byte passes any more and
//! nobody is told, or cuts them off; and that does as it is told with those that come.

use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// A running proxy, which ends with the test.
pub struct Proxy {
    address: SocketAddr,
    state: watch::Sender<State>,
    _tasks: JoinSet<()>,
}

/// What becomes of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Passes,
    Silent,
    CutOff,
}

#[derive(Clone, Copy)]
struct State {
    /// How often those that lived were stopped.
    stops: u64,
    /// What became of them.
    stopped: Fate,
    /// What becomes of those that come.
    coming: Fate,
}

impl Proxy {
    /// Starts one in front of `server`, on a free port.
    pub async fn start(server: SocketAddr) -> Self {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0)), server).await
    }

    /// Starts one at an address in front of `server`.
    pub async fn start_at(address: SocketAddr, server: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (state, told) = watch::channel(State {
            stops: 0,
            stopped: Fate::Passes,
            coming: Fate::Passes,
        });
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (client, _) = listener.accept().await.unwrap();
                connections.spawn(attend(client, server, told.clone()));
            }
        });
        Self {
            address,
            state,
            _tasks: tasks,
        }
    }

    /// The URL that names this one in the place of the server.
    pub fn in_front_of(&self, url: &str) -> String {
        let (head, rest) = url.rsplit_once('@').unwrap();
        let (_, path) = rest.split_once('/').unwrap();
        format!("{head}@{}/{path}", self.address)
    }

    /// Stops the connections that there are.
    pub fn stop(&self, fate: Fate) {
        self.state.send_modify(|state| {
            state.stops += 1;
            state.stopped = fate;
        });
    }

    /// Decides about the connections that come.
    pub fn meet(&self, fate: Fate) {
        self.state.send_modify(|state| state.coming = fate);
    }
}

/// Where a URL's server is.
pub fn server_of(url: &str) -> SocketAddr {
    let (_, rest) = url.rsplit_once('@').unwrap();
    rest.split_once('/').unwrap().0.parse().unwrap()
}

async fn attend(mut client: TcpStream, server: SocketAddr, mut told: watch::Receiver<State>) {
    let born = *told.borrow();
    let fate = match born.coming {
        Fate::Passes => {
            let Ok(mut server) = TcpStream::connect(server).await else {
                return;
            };
            let stopped = async {
                let stopped = told.wait_for(|state| state.stops > born.stops).await;
                stopped.map_or(Fate::CutOff, |state| state.stopped)
            };
            let fate = tokio::select! {
                biased;
                fate = stopped => fate,
                _ = copy_bidirectional(&mut client, &mut server) => Fate::CutOff,
            };
            if fate == Fate::Silent {
                // Both ends stay open.
                std::future::pending::<()>().await;
            }
            fate
        }
        other => other,
    };
    if fate == Fate::Silent {
        std::future::pending::<()>().await;
    }
}
