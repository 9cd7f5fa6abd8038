//! What forms are built from holds where stages are saved.

use serde_json::{Value, json};

use crate::support::server::{Server, text};

#[tokio::test]
async fn forms_know_what_a_save_takes() {
    let server = Server::start().await;
    let user = server.user();
    let model = server.model().await;
    let query =
        "{ validationFunctions { name description argsSchema } modelSettings me { isAdmin } }";
    let data = server.data(&user, query, json!({})).await;
    assert_eq!(data["me"]["isAdmin"], false);
    let admin = server.data(&server.admin(), query, json!({})).await;
    assert_eq!(admin["me"]["isAdmin"], true);

    let create = "mutation($input: CreateWorkflowInput!) { createWorkflow(input: $input) { id } }";
    let save = async |more: Value| {
        let mut stage = json!({ "stageOrder": 1, "promptTemplate": "go", "modelId": model });
        let fields = stage.as_object_mut().unwrap();
        fields.extend(more.as_object().cloned().unwrap());
        let input = json!({ "name": "form", "stages": [stage] });
        let answer = server
            .answer(Some(&user), create, json!({ "input": input }))
            .await;
        answer["errors"].is_null()
    };
    let functions = data["validationFunctions"].as_array().unwrap();
    let schema = |name: &str| {
        let mut all = functions.iter();
        let function = all.find(|it| it["name"] == name).unwrap();
        jsonschema::validator_for(&function["argsSchema"]).unwrap()
    };
    for (name, args) in [
        ("non_empty", json!({})),
        ("non_empty", json!({ "x": 1 })),
        ("is_json", json!({})),
        ("min_length", json!({ "length": 3 })),
        ("min_length", json!({ "length": -1 })),
        ("min_length", json!({ "length": 1.5 })),
        ("max_length", json!({})),
        ("contains", json!({ "text": "a" })),
        ("contains", json!({ "text": 1 })),
        ("not_contains", json!({ "text": "a", "more": 1 })),
        ("starts_with", json!({ "text": "" })),
        ("ends_with", json!({ "text": null })),
        ("equals", json!({ "value": null })),
        ("equals", json!({})),
        ("one_of", json!({ "values": [1, "a"] })),
        ("one_of", json!({ "values": [] })),
        ("number_range", json!({ "min": 1 })),
        ("number_range", json!({ "min": null, "max": 2.5 })),
        ("number_range", json!({ "min": null })),
        ("number_range", json!({ "min": "1" })),
        ("json_schema", json!({ "schema": { "type": "object" } })),
        ("json_schema", json!({ "schema": true })),
        ("json_schema", json!({ "schema": "x" })),
    ] {
        let fits = schema(name).is_valid(&args);
        let criteria = json!({ "functionName": name, "args": args });
        let stage = json!({ "validationType": "FUNCTION", "validationCriteria": criteria });
        assert_eq!(save(stage).await, fits, "{name} {args}");
    }
    assert!(
        functions
            .iter()
            .all(|it| !text(&it["description"]).is_empty())
    );

    let settings = &data["modelSettings"]["properties"]["flowiseConfig"];
    let schema = jsonschema::validator_for(settings).unwrap();
    for config in [
        json!({ "temperature": 0.5, "topP": 1, "topK": -1, "maxTokens": 5, "stop": ["a"], "seed": 1 }),
        json!({ "temperature": 2.5 }),
        json!({ "temperature": null }),
        json!({ "maxTokens": 0 }),
        json!({ "stop": "" }),
        json!({ "responseFormat": "json_object", "systemRole": false, "stream": true }),
        json!({ "responseFormat": "xml" }),
        json!({ "reasoningEffort": "low", "presencePenalty": -2, "frequencyPenalty": 2 }),
        json!({ "unheard": 1 }),
        json!({ "extra": {} }),
    ] {
        let fits = schema.is_valid(&config);
        let stage = json!({ "flowiseConfig": config });
        assert_eq!(save(stage).await, fits, "{config}");
    }
    server.stop().await;
}
