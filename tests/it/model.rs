//! The catalogue over the API: made and changed by administrators, read and used by everybody.

use footlight::clock::Clock;
use serde_json::{Value, json};

use crate::support::provider::Reply;
use crate::support::server::{Server, User, bad_input, text, too_large};

const MODEL: &str =
    "{ id name provider modelIdentifierForFlowise contextLength configDefaults available }";

/// Input for a model that differs from all others by its name.
fn named(name: &str) -> Value {
    json!({ "name": name, "provider": "openai", "modelIdentifierForFlowise": name.to_lowercase() })
}

async fn read(server: &Server, user: &User, id: &Value) -> Value {
    let query = format!("query($id: ID!) {{ model(id: $id) {MODEL} }}");
    let mut data = server.data(user, &query, json!({ "id": id })).await;
    data["model"].take()
}

#[tokio::test]
async fn a_model_is_made_read_by_everybody_and_deleted() {
    let server = Server::start().await;
    let (admin, user) = (server.admin(), server.user());
    let mut input = named("GPT");
    input["contextLength"] = json!(8192);
    input["configDefaults"] = json!({ "temperature": 0.7 });
    let made = server
        .mutate(&admin, "upsertModel", input.clone(), MODEL)
        .await;
    for (field, value) in input.as_object().unwrap() {
        assert_eq!(&made[field], value, "{field}");
    }
    assert_eq!(read(&server, &user, &made["id"]).await, made);
    let delete = "mutation($id: ID!) { deleteModel(id: $id) }";
    let deleted = server
        .data(&admin, delete, json!({ "id": made["id"] }))
        .await;
    assert_eq!(deleted["deleteModel"], made["id"]);
    assert_eq!(read(&server, &user, &made["id"]).await, Value::Null);
    server.stop().await;
}

#[tokio::test]
async fn the_catalogue_is_listed_by_name_whatever_the_case_and_the_database() {
    let server = Server::start().await;
    let admin = server.admin();
    for name in ["zeta", "Zebra", "alpha", "_under", "Ärger"] {
        server
            .mutate(&admin, "upsertModel", named(name), MODEL)
            .await;
    }
    let data = server
        .data(&server.user(), "{ models { name } }", json!({}))
        .await;
    let models = data["models"].as_array().unwrap();
    let names: Vec<String> = models.iter().map(|model| text(&model["name"])).collect();
    let mut sorted = names.clone();
    sorted.sort_by_key(|name| name.to_lowercase());
    assert_eq!(names, sorted);
    assert!(
        names.len() > 5,
        "an empty catalogue is filled at the first start"
    );
    server.stop().await;
}

#[tokio::test]
async fn a_model_is_available_where_its_provider_is_configured() {
    let server = Server::start().await;
    let admin = server.admin();
    for (provider, available) in [("openai", true), ("demo", true), ("anthropic", false)] {
        let mut input = named(provider);
        input["provider"] = json!(provider);
        let made = server.mutate(&admin, "upsertModel", input, MODEL).await;
        assert_eq!(made["available"], json!(available), "{provider}");
    }
    server.stop().await;
}

#[tokio::test]
async fn an_update_keeps_what_is_left_out_and_null_clears() {
    let server = Server::start().await;
    let admin = server.admin();
    let mut input = named("GPT");
    input["contextLength"] = json!(8192);
    input["configDefaults"] = json!({ "temperature": 0.7 });
    let mut expected = server.mutate(&admin, "upsertModel", input, MODEL).await;
    for (changes, changed) in [
        (json!({}), json!({})),
        (
            json!({ "contextLength": null }),
            json!({ "contextLength": null }),
        ),
        (
            json!({ "configDefaults": null }),
            json!({ "configDefaults": {} }),
        ),
        (json!({ "contextLength": 1 }), json!({ "contextLength": 1 })),
    ] {
        let mut input = named("GPT");
        input["id"] = expected["id"].clone();
        for (field, value) in changes.as_object().unwrap() {
            input[field] = value.clone();
        }
        for (field, value) in changed.as_object().unwrap() {
            expected[field] = value.clone();
        }
        let updated = server.mutate(&admin, "upsertModel", input, MODEL).await;
        assert_eq!(updated, expected, "{changes}");
        assert_eq!(read(&server, &admin, &expected["id"]).await, expected);
    }
    server.stop().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_model_is_named_and_nothing_is_written() {
    let server = Server::start().await;
    let admin = server.admin();
    server
        .mutate(&admin, "upsertModel", named("Taken"), MODEL)
        .await;
    let other = server
        .mutate(&admin, "upsertModel", named("Other"), MODEL)
        .await;
    let list = format!("{{ models {MODEL} }}");
    let before = server.data(&admin, &list, json!({})).await;
    for (changes, refusal) in [
        (json!({ "name": "Taken" }), bad_input("name")),
        (
            json!({ "modelIdentifierForFlowise": "taken" }),
            bad_input("modelIdentifierForFlowise"),
        ),
        (json!({ "name": "" }), bad_input("name")),
        (json!({ "name": "x".repeat(201) }), too_large("name")),
        (
            json!({ "modelIdentifierForFlowise": " " }),
            bad_input("modelIdentifierForFlowise"),
        ),
        (json!({ "provider": "nobody" }), bad_input("provider")),
        (json!({ "contextLength": 0 }), bad_input("contextLength")),
        (json!({ "configDefaults": [] }), bad_input("configDefaults")),
        (
            json!({ "configDefaults": { "temprature": 1 } }),
            bad_input("configDefaults.temprature"),
        ),
        (
            json!({ "configDefaults": { "top_k": 0.5 } }),
            bad_input("configDefaults.top_k"),
        ),
        (
            json!({ "configDefaults": { "extra": { "tools": [] } } }),
            bad_input("configDefaults.extra.tools"),
        ),
    ] {
        for id in [Value::Null, other["id"].clone()] {
            let mut input = named("New");
            input["id"] = id;
            for (field, value) in changes.as_object().unwrap() {
                input[field] = value.clone();
            }
            assert_eq!(
                server.refused(&admin, "upsertModel", input).await,
                refusal,
                "{changes}"
            );
        }
    }
    assert_eq!(server.data(&admin, &list, json!({})).await, before);
    server.stop().await;
}

#[tokio::test]
async fn many_who_add_the_same_model_at_once_make_one() {
    let server = Server::start().await;
    let admin = server.admin();
    let query = "mutation($input: UpsertModelInput!) { upsertModel(input: $input) { id } }";
    let input = json!({ "input": named("Same") });
    let adding = (0..8).map(|_| server.answer(Some(&admin), query, input.clone()));
    let answers = futures_util::future::join_all(adding).await;
    let refused: Vec<&Value> = answers
        .iter()
        .filter_map(|answer| answer.get("errors"))
        .collect();
    assert_eq!(refused.len(), 7);
    for errors in refused {
        assert_eq!(
            errors[0]["extensions"],
            json!({ "code": "BAD_USER_INPUT", "field": "name" })
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn a_deleted_model_leaves_stages_and_stays_with_runs_under_way() {
    let server = Server::start().await;
    server.provider.reply(Reply::gated("one"));
    server.provider.reply(Reply::text("two"));
    let (admin, user) = (server.admin(), server.user());
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}, {}])).await;
    let run = server.run(&user, &workflow).await;
    server.provider.wait_for_requests(1).await;
    let delete = "mutation($id: ID!) { deleteModel(id: $id) }";
    server.data(&admin, delete, json!({ "id": model })).await;
    server.provider.release();

    let query = "query($id: ID!) { workflow(id: $id) { version stages { model { id } } } }";
    let data = server.data(&user, query, json!({ "id": workflow })).await;
    let bare = json!({ "model": null });
    assert_eq!(
        data["workflow"],
        json!({ "version": 1, "stages": [bare, bare] })
    );
    let input = json!({ "workflowId": workflow, "inputs": { "word": "x" } });
    let refusal = server.refused(&user, "startExecution", input).await;
    assert_eq!(refusal, bad_input("stages[0].modelId"));

    server.until(&user, &run, "COMPLETED").await;
    let query = "query($id: ID!) { execution(id: $id) { definition } }";
    let data = server.data(&user, query, json!({ "id": run })).await;
    let pinned = &data["execution"]["definition"]["stages"][1]["model"];
    assert_eq!(pinned["modelIdentifierForFlowise"], "scripted");
    server.stop().await;
}

#[tokio::test]
async fn a_changed_model_raises_no_version_and_reaches_the_next_run() {
    let server = Server::start().await;
    server.provider.otherwise(|_| Reply::text("done"));
    let (admin, user) = (server.admin(), server.user());
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}])).await;
    let first = server.run(&user, &workflow).await;
    let mut input = named("Changed");
    input["id"] = json!(model);
    server.mutate(&admin, "upsertModel", input, "{ id }").await;
    let second = server.run(&user, &workflow).await;
    for (run, identifier) in [(first, "scripted"), (second, "changed")] {
        let query = "query($id: ID!) { execution(id: $id) { workflowVersion definition } }";
        let data = server.data(&user, query, json!({ "id": run })).await;
        let run = &data["execution"];
        assert_eq!(run["workflowVersion"], 1);
        let pinned = &run["definition"]["stages"][0]["model"];
        assert_eq!(pinned["modelIdentifierForFlowise"], identifier);
    }
    server.stop().await;
}

#[tokio::test]
async fn an_unknown_model_is_not_found() {
    let server = Server::start().await;
    let admin = server.admin();
    for id in [Clock::system().new_id().to_string(), "no-uuid".to_owned()] {
        let mut input = named("New");
        input["id"] = json!(id);
        let refusal = server.refused(&admin, "upsertModel", input).await;
        assert_eq!(refusal, ("NOT_FOUND".to_owned(), None));
    }
    server.stop().await;
}
