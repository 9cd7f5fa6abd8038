//! Whose is what: every mutation by its owner, by somebody else, by nobody and with bad input; every
//! root field and subscription with a row of somebody else's.

mod step;
mod world;

use std::collections::BTreeSet;

use footlight::clock::Clock;
use serde_json::{Value, json};

use self::step::{Ids, steps};
use self::world::World;
use crate::support::server::{Server, text};

/// The root fields of a type, with what is needed to call them.
const FIELDS: &str = "{ __schema {
    queryType { ...Fields } mutationType { ...Fields } } }
    fragment Fields on __Type { fields { name
        args { name type { kind name ofType { kind name ofType { kind name } } } }
        type { kind ofType { kind } } } }";

#[tokio::test]
async fn every_mutation_of_the_schema_is_in_the_table() {
    let server = Server::start().await;
    let schema = server.data(&server.user(), FIELDS, json!({})).await;
    let fields = &schema["__schema"]["mutationType"]["fields"];
    let known: BTreeSet<String> = fields.as_array().unwrap().iter().map(name).collect();
    let tried = steps(&Ids::new())
        .iter()
        .map(|step| step.name.to_owned())
        .collect();
    assert_eq!(known, tried);
    server.stop().await;
}

#[tokio::test]
async fn every_mutation_works_for_its_owner_and_answers_others_as_if_nothing_were_there() {
    let world = World::new().await;
    let schema = world.server.data(&world.owner, FIELDS, json!({})).await;
    let fields = &schema["__schema"]["mutationType"]["fields"];
    for step in steps(&world.ids) {
        let (name, document) = (step.name, document(fields, "mutation", step.name));
        let before = world.everything().await;
        world.refuses_strangers(&step, &document).await;
        world.refuses_bad_input(&step, &document).await;
        assert_eq!(world.everything().await, before, "{name}");

        let (user, variables) = (world.allowed(&step), step.variables.clone());
        world.server.data(user, &document, variables.clone()).await;
        world.settles().await;
        let after = world.everything().await;
        assert_ne!(after[0], before[0], "{name}");
        if step.about.is_none() {
            world.server.data(&world.other, &document, variables).await;
            assert_eq!(world.everything().await[0], after[0], "{name}");
        }
    }
    world.server.stop().await;
}

#[tokio::test]
async fn ids_of_others_deep_in_an_input_are_as_good_as_random_ones() {
    let world = World::new().await;
    let mine = world
        .server
        .workflow(&world.other, &world.ids["model"], json!([{}]))
        .await;
    let keep =
        "mutation($id: ID!) { createSnapshot(input: { workflowId: $id, name: \"Mine\" }) { id } }";
    let data = world
        .server
        .data(&world.other, keep, json!({ "id": mine }))
        .await;
    let snapshot = text(&data["createSnapshot"]["id"]);
    let restore = "mutation($snapshot: ID!, $id: ID!) {
        restoreSnapshot(input: { snapshotId: $snapshot, intoWorkflowId: $id }) { id } }";
    let replace = "mutation($workflow: ID!, $id: ID!) { updateWorkflowStages(input: {
        workflowId: $workflow, stages: [{ id: $id, stageOrder: 1 }] }) { id } }";
    let runs = "query($id: ID!) { executions(workflowId: $id) { nodes { id } }
        snapshots(workflowId: $id) { nodes { id } } }";
    let before = world.everything().await;
    for (query, key, own, id) in [
        (restore, "snapshot", &snapshot, &world.ids["workflow"]),
        (replace, "workflow", &mine, &world.ids["stage"]),
        (runs, "none", &mine, &world.ids["workflow"]),
    ] {
        let ask = async |id: &str| {
            let variables = json!({ key: own, "id": id });
            let answer = world
                .server
                .answer(Some(&world.other), query, variables)
                .await;
            answer.to_string().replace(id, "ID")
        };
        let random = Clock::system().new_id().to_string();
        assert_eq!(ask(id).await, ask(&random).await);
    }
    assert_eq!(world.everything().await, before);
    world.server.stop().await;
}

#[tokio::test]
async fn root_fields_show_nothing_of_others() {
    let world = World::new().await;
    let schema = world.server.data(&world.owner, FIELDS, json!({})).await;
    let fields = &schema["__schema"]["queryType"]["fields"];
    for field in fields.as_array().unwrap() {
        let name = name(field);
        // One's own profile, what all users share, and what is said of a draft.
        let shared = [
            "me",
            "model",
            "models",
            "modelSettings",
            "validationFunctions",
            "checkWorkflow",
        ];
        if shared.contains(&name.as_str()) {
            continue;
        }
        if name == "previewStage" {
            shows_no_stage_of_others(&world).await;
            continue;
        }
        if field["type"]["kind"] == "NON_NULL" {
            let query = format!("{{ {name} {{ nodes {{ id }} }} }}");
            let theirs = world.server.data(&world.owner, &query, json!({})).await;
            assert_ne!(theirs[&name]["nodes"], json!([]), "{name}");
            for user in [&world.other, &world.admin] {
                let seen = world.server.data(user, &query, json!({})).await;
                assert_eq!(seen[&name]["nodes"], json!([]), "{name}");
            }
            continue;
        }
        let key = match name.as_str() {
            "execution" => "run",
            "executionLog" => "log",
            other => other,
        };
        let query = document(fields, "query", &name);
        let theirs = json!({ "id": world.ids[key] });
        let found = world
            .server
            .data(&world.owner, &query, theirs.clone())
            .await;
        assert!(found[&name].is_object(), "{name}");
        for id in [
            theirs,
            json!({ "id": Clock::system().new_id() }),
            json!({ "id": "no-uuid" }),
        ] {
            for user in [&world.other, &world.admin] {
                let seen = world.server.answer(Some(user), &query, id.clone()).await;
                assert_eq!(seen, json!({ "data": { &name: null } }), "{name}");
            }
        }
    }
    world.server.stop().await;
}

/// Neither a stage of another's workflow nor the values of another's run.
async fn shows_no_stage_of_others(world: &World) {
    let query = "query($input: PreviewStageInput!) { previewStage(input: $input) { prompt } }";
    let mine = world
        .server
        .workflow(&world.other, &world.ids["model"], json!([{}]))
        .await;
    for (workflow, run) in [
        (&world.ids["workflow"], None),
        (&mine, Some(&world.ids["run"])),
    ] {
        let input = json!({ "workflowId": workflow, "stageOrder": 1, "executionId": run });
        for user in [&world.other, &world.admin] {
            let refused = world
                .server
                .refusal(Some(user), query, json!({ "input": input }));
            assert_eq!(refused.await.0, "NOT_FOUND", "{input}");
        }
    }
}

#[tokio::test]
async fn without_a_token_no_root_field_answers() {
    let server = Server::start().await;
    let schema = server.data(&server.user(), FIELDS, json!({})).await;
    let fields = &schema["__schema"]["queryType"]["fields"];
    for field in fields.as_array().unwrap() {
        let query = document(fields, "query", &name(field));
        let id = Clock::system().new_id();
        let answer = server.answer(None, &query, json!({ "id": id })).await;
        let code = &answer["errors"][0]["extensions"]["code"];
        assert_eq!(code, "UNAUTHENTICATED", "{query}");
        assert_eq!(answer.get("data").unwrap_or(&Value::Null), &Value::Null);
    }
    server.stop().await;
}

#[tokio::test]
async fn subscriptions_to_what_is_not_mine_end_with_not_found() {
    let world = World::new().await;
    let random = Clock::system().new_id().to_string();
    for (query, theirs) in [
        (
            "subscription($id: ID!) { executionEvents(executionId: $id) { seq } }",
            &world.ids["run"],
        ),
        (
            "subscription($id: ID!) { executionStatusChanged(workflowId: $id) { seq } }",
            &world.ids["workflow"],
        ),
    ] {
        for id in [theirs.as_str(), random.as_str(), "no-uuid"] {
            let mut socket = world.server.socket(&world.other).await;
            socket.subscribe(query, json!({ "id": id })).await;
            let told = socket.rest().await;
            assert_eq!(told.len(), 1, "{told:?}");
            assert_eq!(told[0]["errors"][0]["extensions"]["code"], "NOT_FOUND");
        }
    }
    world.server.stop().await;
}

/// A document that calls a root field with all its arguments as variables.
fn document(fields: &Value, operation: &str, called: &str) -> String {
    let fields = fields.as_array().unwrap();
    let field = fields.iter().find(|field| field["name"] == called).unwrap();
    let arguments: Vec<(String, String)> = field["args"]
        .as_array()
        .unwrap()
        .iter()
        .map(|argument| (name(argument), written(&argument["type"])))
        .collect();
    let declared: Vec<String> = arguments
        .iter()
        .map(|(name, kind)| format!("${name}: {kind}"))
        .collect();
    let passed: Vec<String> = arguments
        .iter()
        .map(|(name, _)| format!("{name}: ${name}"))
        .collect();
    let (declared, passed) = (listed(&declared), listed(&passed));
    let scalar = field["type"]["ofType"]["kind"] == "SCALAR";
    let answered = if scalar { "" } else { "{ __typename }" };
    format!("{operation}{declared} {{ {called}{passed} {answered} }}")
}

/// A list in brackets, which must not be empty.
fn listed(items: &[String]) -> String {
    if items.is_empty() {
        return String::new();
    }
    format!("({})", items.join(", "))
}

/// A type as a document writes it.
fn written(of: &Value) -> String {
    match of["kind"].as_str() {
        Some("NON_NULL") => format!("{}!", written(&of["ofType"])),
        Some("LIST") => format!("[{}]", written(&of["ofType"])),
        _ => name(of),
    }
}

fn name(item: &Value) -> String {
    text(&item["name"])
}
