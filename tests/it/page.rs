//! Lists over the API: paged by keyset, and searched.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use footlight::clock::Clock;
use serde_json::{Value, json};

use crate::support::provider::Reply;
use crate::support::server::{Server, User, bad_input, text};

/// How many rows every list has.
const ROWS: usize = 5;

/// Every list that pages by cursor: where it stands, with words for the ids, and how it is ordered.
const LISTS: &[(&str, Order)] = &[
    ("workflows", Order::NewestFirst),
    ("executions", Order::NewestFirst),
    ("snapshots", Order::NewestFirst),
    (
        "workflow(id: \"WORKFLOW\") { executions",
        Order::NewestFirst,
    ),
    ("workflow(id: \"WORKFLOW\") { snapshots", Order::NewestFirst),
    ("pendingValidations", Order::OldestFirst),
    ("execution(id: \"RUN\") { logs", Order::OldestFirst),
];

/// The clock stands still in these tests, so that ids alone tell what is newer.
#[derive(Clone, Copy, PartialEq)]
enum Order {
    NewestFirst,
    OldestFirst,
}

struct World {
    server: Server,
    user: User,
    workflow: String,
    run: String,
}

#[tokio::test]
async fn pages_lead_through_every_list_once_and_in_order() {
    let world = World::new().await;
    for (list, order) in LISTS {
        let whole = world.page(list, &json!({})).await;
        let ids = ids(&whole["nodes"]);
        let mut sorted = ids.clone();
        sorted.sort();
        if *order == Order::NewestFirst {
            sorted.reverse();
        }
        assert_eq!(ids, sorted, "{list}");
        assert_eq!(ids.len(), ROWS, "{list}");
        assert_eq!(world.walk(list, 2).await, ids, "{list}");
        assert_eq!(world.walk(list, 5).await, ids, "{list}");
    }
    world.server.stop().await;
}

#[tokio::test]
async fn a_page_has_1_to_100_rows_and_begins_at_a_cursor_of_its_own_list() {
    let world = World::new().await;
    let by_time = world.page("workflows", &json!({})).await["pageInfo"]["endCursor"].take();
    let by_seq = world
        .page("execution(id: \"RUN\") { logs", &json!({}))
        .await["pageInfo"]["endCursor"]
        .take();
    for (list, _) in LISTS {
        for first in [0, -1, 101, i32::MAX] {
            let refusal = world.refusal(list, &json!({ "first": first })).await;
            assert_eq!(refusal, bad_input("first"), "{list} {first}");
        }
        let foreign = if list.ends_with("logs") {
            &by_time
        } else {
            &by_seq
        };
        for after in [
            foreign,
            &json!(""),
            &json!("nonsense"),
            &json!("MTIz"),
            &json!("\u{1f600}"),
        ] {
            let refusal = world.refusal(list, &json!({ "after": after })).await;
            assert_eq!(refusal, bad_input("after"), "{list} {after}");
        }
        let largest = world.page(list, &json!({ "first": 100 })).await;
        assert_eq!(largest["pageInfo"]["hasNextPage"], false, "{list}");
    }
    world.server.stop().await;
}

#[tokio::test]
async fn every_list_counts_its_rows_wherever_the_page_is() {
    let world = World::new().await;
    for (list, _) in LISTS {
        let first = world.page(list, &json!({ "first": 2 })).await;
        let after = &first["pageInfo"]["endCursor"];
        for (limit, count) in [(json!(1000), ROWS), (Value::Null, ROWS), (json!(3), 3)] {
            let arguments = json!({ "first": 1, "after": after, "limit": limit });
            let page = world.page(list, &arguments).await;
            assert_eq!(page["countUpTo"], count, "{list} {limit}");
        }
        for limit in [0, 10_001] {
            let refusal = world.refusal(list, &json!({ "limit": limit })).await;
            assert_eq!(refusal, bad_input("limit"), "{list} {limit}");
        }
    }
    let at_stage = "query($id: ID!) { execution(id: $id) {
        first: logs(stageOrder: 1) { countUpTo } second: logs(stageOrder: 2) { countUpTo } } }";
    let variables = json!({ "id": world.run });
    let data = world.server.data(&world.user, at_stage, variables).await;
    assert_eq!(data["execution"]["first"]["countUpTo"], ROWS);
    assert_eq!(data["execution"]["second"]["countUpTo"], 0);
    let named = "{ workflows(search: \"UNDER\") { countUpTo } }";
    let data = world.server.data(&world.user, named, json!({})).await;
    assert_eq!(data["workflows"]["countUpTo"], 2);
    world.server.stop().await;
}

#[tokio::test]
async fn a_cursor_that_was_not_made_here_reaches_no_database() {
    let world = World::new().await;
    let id = Clock::system().new_id().simple();
    for forged in [
        format!("+1.{id}"),
        format!("1.{}", id.to_string().to_uppercase()),
        format!("-1.{id}"),
        // Times that only one of the databases knows, and that none knows.
        format!("-8000000000000000.{id}"),
        format!("8000000000000000.{id}"),
        format!("{}.{id}", i64::MAX),
        "seq.+1".to_owned(),
        "seq.01".to_owned(),
    ] {
        let after = json!({ "after": URL_SAFE_NO_PAD.encode(&forged) });
        for (list, _) in LISTS {
            let refusal = world.refusal(list, &after).await;
            assert_eq!(refusal, bad_input("after"), "{list} {forged}");
        }
    }
    world.server.stop().await;
}

#[tokio::test]
async fn rows_that_come_while_somebody_pages_move_nothing() {
    let world = World::new().await;
    let whole = ids(&world.page("workflows", &json!({})).await["nodes"]);
    let first = world.page("workflows", &json!({ "first": 2 })).await;
    let input = json!({ "name": "Newer" });
    world
        .server
        .mutate(&world.user, "createWorkflow", input, "{ id }")
        .await;
    let after = json!({ "after": first["pageInfo"]["endCursor"] });
    let rest = world.page("workflows", &after).await;
    assert_eq!(ids(&rest["nodes"]), whole[2..]);
    world.server.stop().await;
}

#[tokio::test]
async fn events_page_by_their_number() {
    let world = World::new().await;
    let query = "query($run: ID!, $first: Int, $after: Int) {
        execution(id: $run) { lastEventSeq events(first: $first, after: $after) { seq } } }";
    let events = async |first: i32, after: i32| {
        let variables = json!({ "run": world.run, "first": first, "after": after });
        world.server.data(&world.user, query, variables).await
    };
    let last = events(1, 0).await["execution"]["lastEventSeq"]
        .as_i64()
        .unwrap();
    let mut seen = 0;
    while seen < last {
        let page = events(3, i32::try_from(seen).unwrap()).await;
        for event in page["execution"]["events"].as_array().unwrap() {
            seen += 1;
            assert_eq!(event["seq"], seen);
        }
    }
    for (changes, field) in [
        (json!({ "first": 101 }), "first"),
        (json!({ "after": -1 }), "after"),
    ] {
        let mut variables = changes;
        variables["run"] = json!(world.run);
        let refusal = world
            .server
            .refusal(Some(&world.user), query, variables)
            .await;
        assert_eq!(refusal, bad_input(field));
    }
    world.server.stop().await;
}

#[tokio::test]
async fn a_search_finds_part_of_a_name_whatever_its_case_and_normal_form_and_takes_it_literally() {
    let server = Server::start().await;
    let user = server.user();
    for name in [
        "Weekly Digest",
        "100% done",
        "100 done",
        "snake_case",
        "snakeXcase",
        "back\\slash",
        "Ärger",
        "Tie\u{302}\u{301}ng Vie\u{323}\u{302}t",
        "\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}",
    ] {
        server
            .mutate(&user, "createWorkflow", json!({ "name": name }), "{ id }")
            .await;
    }
    let query = "query($search: String) { workflows(search: $search) { nodes { name } } }";
    for (search, expected) in [
        ("digest", vec!["Weekly Digest"]),
        ("LY DIG", vec!["Weekly Digest"]),
        ("%", vec!["100% done"]),
        ("0% D", vec!["100% done"]),
        ("_", vec!["snake_case"]),
        ("E_C", vec!["snake_case"]),
        ("\\", vec!["back\\slash"]),
        ("ärg", vec!["Ärger"]),
        ("ÄRGER", vec!["Ärger"]),
        ("a\u{308}rger", vec!["Ärger"]),
        (
            "TI\u{1ebe}NG",
            vec!["Tie\u{302}\u{301}ng Vie\u{323}\u{302}t"],
        ),
        (
            "한글",
            vec!["\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}"],
        ),
        ("snake", vec!["snakeXcase", "snake_case"]),
        ("nothing", vec![]),
    ] {
        let data = server.data(&user, query, json!({ "search": search })).await;
        let nodes = data["workflows"]["nodes"].as_array().unwrap();
        let names: Vec<&str> = nodes
            .iter()
            .map(|node| node["name"].as_str().unwrap())
            .collect();
        assert_eq!(names, expected, "{search}");
    }
    for all in [Value::Null, json!("")] {
        let data = server.data(&user, query, json!({ "search": all })).await;
        assert_eq!(data["workflows"]["nodes"].as_array().unwrap().len(), 9);
    }
    server.stop().await;
}

impl World {
    async fn new() -> Self {
        let clock = Clock::manual("2031-01-01T00:00:00Z".parse().unwrap());
        let server = Server::start_with(clock, |config| {
            config.engine.max_stage_visits = i32::try_from(ROWS).unwrap();
        })
        .await;
        server.provider.otherwise(|_| Reply::text("draft"));
        let user = server.user();
        let model = server.model().await;
        let stages = json!([{ "nextStageOnPass": 1 }]);
        let looping = server.workflow(&user, &model, stages).await;
        let run = server.run(&user, &looping).await;
        server.until(&user, &run, "FAILED").await;
        let manual = json!([{ "validationType": "MANUAL" }]);
        let workflow = server.workflow(&user, &model, manual).await;
        for number in 0..ROWS {
            let waiting = server.run(&user, &workflow).await;
            server.until(&user, &waiting, "PAUSED").await;
            let input = json!({ "workflowId": workflow, "name": number.to_string() });
            server
                .mutate(&user, "createSnapshot", input, "{ id }")
                .await;
        }
        for number in 2..ROWS {
            let input = json!({ "name": number.to_string() });
            server
                .mutate(&user, "createWorkflow", input, "{ id }")
                .await;
        }
        Self {
            server,
            user,
            workflow,
            run,
        }
    }

    /// A page of a list.
    async fn page(&self, list: &str, arguments: &Value) -> Value {
        let query = self.query(list);
        let data = self.server.data(&self.user, &query, arguments.clone());
        let data = data.await.as_object().unwrap().clone();
        let (_, mut found) = data.into_iter().next().unwrap();
        if found.get("nodes").is_none() {
            let (_, inner) = found.as_object().unwrap().iter().next().unwrap();
            found = inner.clone();
        }
        found
    }

    async fn refusal(&self, list: &str, arguments: &Value) -> (String, Option<String>) {
        let query = self.query(list);
        let refusal = self
            .server
            .refusal(Some(&self.user), &query, arguments.clone());
        refusal.await
    }

    fn query(&self, list: &str) -> String {
        let list = list
            .replace("WORKFLOW", &self.workflow)
            .replace("RUN", &self.run);
        let closing = if list.contains('{') { "}" } else { "" };
        // The run with the attempts is none of those that this test counts.
        let only = if list.ends_with("executions") {
            ", status: PAUSED"
        } else {
            ""
        };
        format!(
            "query($first: Int, $after: String, $limit: Int) {{ {list}(first: $first, after: $after{only}) {{
                nodes {{ id }} edges {{ cursor node {{ id }} }}
                pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} countUpTo(limit: $limit) }} {closing} }}"
        )
    }

    /// The ids on all pages of this size.
    async fn walk(&self, list: &str, first: usize) -> Vec<String> {
        let mut seen = Vec::new();
        let mut after = Value::Null;
        loop {
            let page = self
                .page(list, &json!({ "first": first, "after": after }))
                .await;
            let (info, edges) = (&page["pageInfo"], page["edges"].as_array().unwrap());
            assert_eq!(info["hasPreviousPage"], json!(!after.is_null()));
            assert_eq!(info["startCursor"], edges[0]["cursor"]);
            let nodes: Vec<Value> = edges.iter().map(|edge| edge["node"].clone()).collect();
            assert_eq!(page["nodes"], json!(nodes));
            seen.extend(ids(&page["nodes"]));
            if info["hasNextPage"] == false {
                return seen;
            }
            assert_eq!(nodes.len(), first);
            after = info["endCursor"].clone();
        }
    }
}

fn ids(nodes: &Value) -> Vec<String> {
    let nodes = nodes.as_array().unwrap();
    nodes.iter().map(|node| text(&node["id"])).collect()
}
