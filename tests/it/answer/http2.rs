//! A provider that speaks HTTP/2 is spoken to in HTTP/2: many calls, one connection.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::{Response, Version};
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::piece;
use crate::support::process::{Cluster, eventually};

const RUNS: usize = 5;

#[tokio::test]
async fn calls_of_a_provider_that_speaks_http_2_share_a_connection() {
    let folder = tempfile::tempdir().unwrap();
    let trusted = folder.path().join("trusted.pem");
    let signed = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(&trusted, signed.cert.pem()).unwrap();
    let provider = Secure::start(&signed).await;

    let cluster = Cluster::new().await;
    let base_url = format!("https://localhost:{}/v1", provider.address.port());
    let process = cluster
        .start(&[
            ("OPENAI_BASE_URL", &base_url),
            ("SSL_CERT_FILE", trusted.to_str().unwrap()),
        ])
        .await;
    let user = cluster.user();
    let stages = json!([{ "stageOrder": 1, "promptTemplate": "say {{word}}" }]);
    let workflow = cluster.workflow(&process, &user, stages).await;
    for runs in 1..=RUNS {
        let input = json!({ "workflowId": workflow, "inputs": { "word": "well" } });
        let start =
            "mutation($input: StartExecutionInput!) { startExecution(input: $input) { id } }";
        cluster
            .data(&process, &user, start, json!({ "input": input }))
            .await;
        eventually("a run that is completed", || async {
            let query = "{ executions { nodes { status } } }";
            let data = cluster.data(&process, &user, query, json!({})).await;
            let nodes = data["executions"]["nodes"].as_array()?;
            let is_completed = |run: &&Value| run["status"] == "COMPLETED";
            (nodes.iter().filter(is_completed).count() == runs).then_some(())
        })
        .await;
    }
    assert_eq!(*provider.versions.lock().unwrap(), [Version::HTTP_2; RUNS]);
    assert_eq!(provider.connections.load(Ordering::Relaxed), 1);
}

/// A provider behind TLS that would speak either version.
struct Secure {
    address: SocketAddr,
    versions: Arc<Mutex<Vec<Version>>>,
    connections: Arc<AtomicUsize>,
}

impl Secure {
    async fn start(signed: &rcgen::CertifiedKey<rcgen::KeyPair>) -> Self {
        let key = PrivateKeyDer::Pkcs8(signed.signing_key.serialize_der().into());
        let library = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(library)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![signed.cert.der().clone()], key)
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let this = Self {
            address: listener.local_addr().unwrap(),
            versions: Arc::default(),
            connections: Arc::default(),
        };
        let (versions, connections) = (Arc::clone(&this.versions), Arc::clone(&this.connections));
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::Relaxed);
                let (acceptor, versions) = (acceptor.clone(), Arc::clone(&versions));
                tokio::spawn(async move {
                    let io = TokioIo::new(acceptor.accept(socket).await.unwrap());
                    let service = service_fn(move |request: hyper::Request<_>| {
                        versions.lock().unwrap().push(request.version());
                        async { Ok::<_, Infallible>(answer()) }
                    });
                    let _ = http2::Builder::new(TokioExecutor::new())
                        .serve_connection(io, service)
                        .await;
                });
            }
        });
        this
    }
}

fn answer() -> Response<Body> {
    let body = piece("Well.", json!("stop")) + "data: [DONE]\n\n";
    Response::builder()
        .header("content-type", "text/event-stream")
        .body(Body::from(body))
        .unwrap()
}
