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
    let before = server.deps.store.statements();
    let data = server.data(&user, query, json!({})).await;
    let spent = server.deps.store.statements() - before;
    let workflows = data["workflows"]["nodes"].as_array().unwrap();
    assert_eq!(workflows.len(), 20);
    assert_eq!(workflows[19]["stages"][1]["model"]["name"], "Scripted");
    assert!(spent <= 4, "{spent} statements");
    server.stop().await;
}

#[tokio::test]
async fn nobody_sees_or_touches_what_is_not_theirs() {
    let server = Server::start().await;
    let (owner, other) = (server.user(), server.user());
    let model = server.model().await;
    let workflow = server.workflow(&owner, &model, json!([{}])).await;
    let me = server.data(&owner, "{ me { id } }", json!({})).await;
    assert_eq!(me["me"]["id"], json!(owner.id.to_string()));
    let query = "query($id: ID!) { workflow(id: $id) { id } }";
    let data = server.data(&other, query, json!({ "id": workflow })).await;
    assert_eq!(data["workflow"], json!(null));
    for id in [workflow.as_str(), "no-uuid"] {
        let query = "mutation($id: ID!) { deleteWorkflow(id: $id) }";
        let refusal = server
            .refusal(Some(&other), query, json!({ "id": id }))
            .await;
        assert_eq!(refusal.0, "NOT_FOUND");
    }
    let refusal = server.refusal(None, "{ me { id } }", json!({})).await;
    assert_eq!(refusal.0, "UNAUTHENTICATED");
    server.stop().await;
}
