//! Profiles over the API: there from the first request, and changed by nobody but their owner.

use footlight::clock::Clock;
use serde_json::{Value, json};

use crate::support::server::{Server, bad_input, too_large};

const PROFILE: &str =
    "{ id email fullName preferences maxSnapshots savedPrompts { id name prompt } }";

#[tokio::test]
async fn a_newcomer_has_a_profile_of_defaults() {
    let server = Server::start().await;
    let user = server.user();
    let mut data = server
        .data(&user, &format!("{{ me {PROFILE} }}"), json!({}))
        .await;
    let expected = json!({
        "id": user.id,
        "email": null,
        "fullName": null,
        "preferences": {},
        "maxSnapshots": 50,
        "savedPrompts": [],
    });
    assert_eq!(data["me"].take(), expected);
    server.stop().await;
}

#[tokio::test]
async fn newcomers_who_ask_many_things_at_once_arrive_once() {
    let server = Server::start().await;
    let user = server.user();
    let asking = (0..16).map(|_| server.data(&user, "{ me { id createdAt } }", json!({})));
    let answers = futures_util::future::join_all(asking).await;
    assert!(
        answers.iter().all(|answer| answer == &answers[0]),
        "{answers:?}"
    );
    server.stop().await;
}

#[tokio::test]
async fn an_update_keeps_what_is_left_out_and_null_sets_the_default() {
    let server = Server::start().await;
    let user = server.user();
    let id = Clock::system().new_id();
    let prompt = json!({ "id": id, "name": "Greeting", "prompt": "say hello" });
    let full = json!({
        "fullName": "Ada",
        "preferences": { "theme": "dark" },
        "maxSnapshots": 3,
        "savedPrompts": [prompt],
    });
    let mut expected = server
        .mutate(&user, "updateProfile", full.clone(), PROFILE)
        .await;
    for (field, value) in full.as_object().unwrap() {
        assert_eq!(&expected[field], value, "{field}");
    }
    for (field, default) in [
        ("fullName", Value::Null),
        ("preferences", json!({})),
        ("maxSnapshots", json!(50)),
        ("savedPrompts", json!([])),
    ] {
        expected[field] = default;
        let input = json!({ field: null });
        let updated = server.mutate(&user, "updateProfile", input, PROFILE).await;
        assert_eq!(updated, expected, "{field}");
        let read = server
            .data(&user, &format!("{{ me {PROFILE} }}"), json!({}))
            .await;
        assert_eq!(read["me"], expected, "{field}");
    }
    server.stop().await;
}

#[tokio::test]
async fn saved_prompts_keep_their_ids_and_order_and_new_ones_get_ids() {
    let server = Server::start().await;
    let user = server.user();
    let input =
        json!({ "savedPrompts": [{ "name": "a", "prompt": "1" }, { "name": "b", "prompt": "2" }] });
    let first = server.mutate(&user, "updateProfile", input, PROFILE).await;
    let first = &first["savedPrompts"];
    assert_ne!(first[0]["id"], first[1]["id"]);
    let edited = json!({ "id": first[0]["id"], "name": "a", "prompt": "edited" });
    let input = json!({ "savedPrompts": [first[1], edited] });
    let second = server.mutate(&user, "updateProfile", input, PROFILE).await;
    assert_eq!(second["savedPrompts"], json!([first[1], edited]));
    server.stop().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_profile_is_named_and_nothing_is_written() {
    let server = Server::start().await;
    let user = server.user();
    let id = Clock::system().new_id();
    let prompt = |id: Value, name: &str| json!({ "id": id, "name": name, "prompt": "p" });
    for (input, refusal) in [
        (json!({ "fullName": " " }), bad_input("fullName")),
        (
            json!({ "fullName": "x".repeat(201) }),
            too_large("fullName"),
        ),
        (json!({ "preferences": [] }), bad_input("preferences")),
        (json!({ "maxSnapshots": -1 }), bad_input("maxSnapshots")),
        (json!({ "maxSnapshots": 10_001 }), bad_input("maxSnapshots")),
        (
            json!({ "savedPrompts": [prompt(json!(id), "a"), prompt(json!(id), "b")] }),
            bad_input("savedPrompts[1].id"),
        ),
        (
            json!({ "savedPrompts": [prompt(json!("no-uuid"), "a")] }),
            bad_input("savedPrompts[0].id"),
        ),
        (
            json!({ "savedPrompts": [prompt(Value::Null, "")] }),
            bad_input("savedPrompts[0].name"),
        ),
        (
            json!({ "savedPrompts": [prompt(Value::Null, &"x".repeat(201))] }),
            too_large("savedPrompts[0].name"),
        ),
    ] {
        let mut input = input;
        if input.get("fullName").is_none() {
            input["fullName"] = json!("never written");
        }
        assert_eq!(
            server.refused(&user, "updateProfile", input.clone()).await,
            refusal,
            "{input}"
        );
    }
    let data = server
        .data(&user, "{ me { fullName savedPrompts { id } } }", json!({}))
        .await;
    assert_eq!(data["me"], json!({ "fullName": null, "savedPrompts": [] }));
    server.stop().await;
}

#[tokio::test]
async fn a_lower_limit_of_snapshots_keeps_those_there_are() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let workflow = server.workflow(&user, &model, json!([{}])).await;
    let input = json!({ "workflowId": workflow, "name": "kept" });
    server
        .mutate(&user, "createSnapshot", input.clone(), "{ id }")
        .await;
    server
        .mutate(
            &user,
            "updateProfile",
            json!({ "maxSnapshots": 0 }),
            "{ id }",
        )
        .await;
    let refusal = server.refused(&user, "createSnapshot", input).await;
    assert_eq!(refusal, ("LIMIT_EXCEEDED".to_owned(), None));
    let data = server
        .data(&user, "{ snapshots { nodes { name } } }", json!({}))
        .await;
    assert_eq!(data["snapshots"]["nodes"], json!([{ "name": "kept" }]));
    server.stop().await;
}
