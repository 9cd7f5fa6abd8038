//! The committed schema is what the code serves.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::support::server::Server;

#[test]
fn the_committed_schema_is_what_the_code_prints() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema.graphql");
    let printed = footlight::graphql::sdl();
    if fs::read_to_string(&path).unwrap_or_default() != printed {
        fs::write(&path, printed).unwrap();
        panic!(
            "schema.graphql was out of date and has been printed anew: look at it and commit it"
        );
    }
}

#[tokio::test]
async fn twenty_workflows_with_stages_and_models_cost_at_most_four_statements() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    for _ in 0..20 {
        server.workflow(&user, &model, json!([{}, {}])).await;
    }
    let query = "{ workflows(first: 20) { nodes { id stages { id model { id name } } } } }";
    let (data, spent) = server.priced(&user, query, json!({})).await;
    let workflows = data["workflows"]["nodes"].as_array().unwrap();
    assert_eq!(workflows.len(), 20);
    assert_eq!(workflows[19]["stages"][1]["model"]["name"], "Scripted");
    assert!(spent <= 4, "{spent} statements");
    server.stop().await;
}
