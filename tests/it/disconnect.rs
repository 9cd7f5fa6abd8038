//! What a watcher held is free again when its connection breaks.

use futures_util::future::join_all;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::support::process::eventually;
use crate::support::provider::Reply;
use crate::support::server::Server;
use crate::support::socket::Socket;
use footlight::clock::Clock;

const WATCHERS: usize = 1000;
/// Watchers that come at the same time.
const AT_ONCE: usize = 50;

#[tokio::test]
async fn a_thousand_watchers_that_break_off_leave_nothing_behind() {
    // Both ends of each connection are files of this process.
    let files = rlimit::increase_nofile_limit(u64::MAX).unwrap();
    assert!(files > 3000, "only {files} files may be open: ulimit -n");
    let server = Server::start_with(Clock::system(), |config| {
        config.websocket.max_sockets_per_user = WATCHERS;
    })
    .await;
    let user = server.user();
    let model = server.model().await;
    let stages = json!([{ "validationType": "MANUAL" }]);
    let workflow = server.workflow(&user, &model, stages).await;
    server.provider.otherwise(|_| Reply::text("a word"));
    let run = server.run(&user, &workflow).await;
    // One comes and goes first: what is started once and stays is not the watchers'.
    watch(&server, &user.token, &run).await.abort();
    let hub = &server.deps.hub;
    let alone = async || {
        let nobody = async || (hub.watchers() == 0 && hub.readers() == 0).then_some(());
        eventually("nobody to watch", nobody).await;
    };
    alone().await;
    let tasks = || {
        tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks()
    };
    let before = tasks();

    for round in 1..=2 {
        let break_off = CancellationToken::new();
        for _ in 0..WATCHERS / AT_ONCE {
            let some = (0..AT_ONCE).map(|_| watch(&server, &user.token, &run));
            for watcher in join_all(some).await {
                tokio::spawn(stay(watcher, break_off.clone()));
            }
        }
        assert_eq!(hub.watchers(), WATCHERS, "round {round}");
        assert_eq!(hub.readers(), 1);
        assert!(tasks() >= before + 2 * WATCHERS, "of both ends");
        break_off.cancel();
        alone().await;
        let gone = async || (tasks() <= before).then_some(());
        eventually("as few tasks as before", gone).await;
    }
}

/// Answers pings, as browsers do by themselves: the first watchers stay for as long as the last ones take to come.
async fn stay(mut watcher: Socket, break_off: CancellationToken) {
    tokio::select! {
        told = watcher.next() => panic!("nothing happened: {told:?}"),
        () = break_off.cancelled() => watcher.abort(),
    }
}

/// A watcher of a run that has seen it pause.
async fn watch(server: &Server, token: &str, run: &str) -> Socket {
    let mut socket = Socket::open(server.address, token).await;
    let query = "subscription($id: ID!) {
        executionEvents(executionId: $id) { ... on ExecutionStatusChanged { status } }
    }";
    socket.subscribe(query, json!({ "id": run })).await;
    while let Some(told) = socket.next().await {
        if told["data"]["executionEvents"]["status"] == "PAUSED" {
            return socket;
        }
    }
    panic!("the run ended without being paused");
}
