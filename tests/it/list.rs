//! Lists of runs by their states and times, whatever is combined, and how many rows lists have.

use chrono::{DateTime, TimeDelta, Utc};
use footlight::clock::Clock;
use footlight::domain::status::ExecutionStatus;
use footlight::entity::execution;
use footlight::store;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::provider::Reply;
use crate::support::server::{Server, User, bad_input, text};

const LIST: &str = "query($first: Int, $after: String, $workflow: ID, $status: ExecutionStatus,
        $statuses: [ExecutionStatus!], $from: DateTime, $to: DateTime, $limit: Int) {
    executions(first: $first, after: $after, workflowId: $workflow, status: $status,
            statuses: $statuses, createdAfter: $from, createdBefore: $to) {
        nodes { id } pageInfo { hasNextPage endCursor } countUpTo(limit: $limit) } }";

const STATES: [ExecutionStatus; 6] = [
    ExecutionStatus::Completed,
    ExecutionStatus::Failed,
    ExecutionStatus::Paused,
    ExecutionStatus::Cancelled,
    ExecutionStatus::Completed,
    ExecutionStatus::Completed,
];

/// Runs of two workflows, two made at each second, in states that take turns.
struct World {
    server: Server,
    user: User,
    workflows: [String; 2],
    /// Newest first.
    runs: Vec<execution::Model>,
}

impl World {
    async fn new() -> Self {
        let clock = Clock::manual("2031-01-01T00:00:00Z".parse().unwrap());
        let server = Server::start_with(clock, |_| {}).await;
        server.provider.otherwise(|_| Reply::text("told"));
        let user = server.user();
        let model = server.model().await;
        let mut workflows = Vec::new();
        for _ in 0..2 {
            workflows.push(server.workflow(&user, &model, json!([{}])).await);
        }
        let first = server.run(&user, &workflows[0]).await;
        server.until(&user, &first, "COMPLETED").await;
        let found = execution::Entity::find().one(server.deps.store.reader());
        let pattern = found.await.unwrap().unwrap();
        let mut runs: Vec<_> = (0..27)
            .map(|number: usize| {
                let seconds = i64::try_from(number / 2).unwrap() + 1;
                execution::Model {
                    id: server.clock.new_id(),
                    workflow_id: Some(workflows[number % 5 / 3].parse().unwrap()),
                    status: STATES[number % STATES.len()],
                    created_at: server.clock.now() + TimeDelta::seconds(seconds),
                    ..pattern.clone()
                }
            })
            .collect();
        let added: Vec<_> = runs.iter().map(|run| (run, [].as_slice())).collect();
        let tx = server.deps.store.transaction().await.unwrap();
        let inserted = store::execution::insert_all(&tx, &added, server.clock.now());
        inserted.await.unwrap();
        server.deps.store.commit(tx).await.unwrap();
        runs.push(pattern);
        runs.sort_by_key(|run| std::cmp::Reverse((run.created_at, run.id)));
        let workflows = workflows.try_into().unwrap();
        Self {
            server,
            user,
            workflows,
            runs,
        }
    }

    /// The ids on all pages of a list, which counts as many.
    async fn walk(&self, variables: &Value) -> Vec<String> {
        let mut seen = Vec::new();
        let mut variables = variables.clone();
        variables["first"] = json!(9);
        loop {
            let data = self.server.data(&self.user, LIST, variables.clone()).await;
            let list = &data["executions"];
            let ids = list["nodes"].as_array().unwrap().iter();
            seen.extend(ids.map(|node| text(&node["id"])));
            if list["pageInfo"]["hasNextPage"] == false {
                assert_eq!(list["countUpTo"], seen.len(), "{variables}");
                return seen;
            }
            variables["after"] = list["pageInfo"]["endCursor"].clone();
        }
    }

    fn at(&self, seconds: i64) -> DateTime<Utc> {
        self.server.clock.now() + TimeDelta::seconds(seconds)
    }
}

#[tokio::test]
async fn whatever_is_combined_the_list_has_the_runs_for_which_all_of_it_holds_in_order() {
    let world = World::new().await;
    let none: Option<&str> = None;
    let sets = [
        None,
        Some(vec!["FAILED"]),
        Some(vec!["PAUSED", "FAILED"]),
        Some(vec!["FAILED", "COMPLETED", "FAILED", "RUNNING"]),
    ];
    let times = [
        (None, None),
        (Some(4), None),
        (None, Some(4)),
        (Some(3), Some(9)),
        (Some(9), Some(3)),
    ];
    for set in &sets {
        for status in [none, Some("FAILED"), Some("CANCELLED")] {
            for workflow in [None, Some(&world.workflows[0]), Some(&world.workflows[1])] {
                for (from, to) in times {
                    let (from, to) = (from.map(|at| world.at(at)), to.map(|at| world.at(at)));
                    let variables = json!({ "statuses": set, "status": status,
                        "workflow": workflow, "from": from, "to": to });
                    let holds = |run: &&execution::Model| {
                        let state = run.status.as_str();
                        set.as_ref().is_none_or(|set| set.contains(&state))
                            && status.is_none_or(|status| status == state)
                            && workflow.is_none_or(|id| id.parse().ok() == run.workflow_id)
                            && from.is_none_or(|from| run.created_at >= from)
                            && to.is_none_or(|to| run.created_at < to)
                    };
                    let expected = world.runs.iter().filter(holds);
                    let expected: Vec<_> = expected.map(|run| run.id.to_string()).collect();
                    assert_eq!(world.walk(&variables).await, expected, "{variables}");
                }
            }
        }
    }
    world.server.stop().await;
}

#[tokio::test]
async fn moments_are_compared_with_whole_milliseconds_and_may_lie_anywhere() {
    let world = World::new().await;
    let count = async |from: Option<&str>, to: Option<&str>| {
        let variables = json!({ "from": from, "to": to });
        let data = world.server.data(&world.user, LIST, variables).await;
        data["executions"]["countUpTo"].as_i64().unwrap()
    };
    assert_eq!(count(None, None).await, 28);
    // Two runs were made at the first second.
    assert_eq!(count(None, Some("2031-01-01T00:00:01Z")).await, 1);
    assert_eq!(count(None, Some("2031-01-01T00:00:01.0001Z")).await, 3);
    assert_eq!(count(None, Some("2031-01-01T01:00:01.001+01:00")).await, 3);
    assert_eq!(count(Some("2031-01-01T00:00:01Z"), None).await, 27);
    assert_eq!(count(Some("2031-01-01T00:00:01.0001Z"), None).await, 25);
    assert_eq!(count(Some("2031-01-01T00:00:00.9999Z"), None).await, 27);
    for (moment, after) in [
        ("0001-01-01T00:00:00Z", 28),
        ("9999-12-31T23:59:59.9999Z", 0),
    ] {
        assert_eq!(count(Some(moment), None).await, after, "{moment}");
        assert_eq!(count(None, Some(moment)).await, 28 - after, "{moment}");
    }
    world.server.stop().await;
}

#[tokio::test]
async fn states_must_be_named_and_a_limit_is_1_to_10000() {
    let world = World::new().await;
    let refusal = async |variables: Value| {
        let user = Some(&world.user);
        world.server.refusal(user, LIST, variables).await
    };
    assert_eq!(
        refusal(json!({ "statuses": [] })).await,
        bad_input("statuses")
    );
    for limit in [0, -1, 10_001, i32::MAX] {
        assert_eq!(refusal(json!({ "limit": limit })).await, bad_input("limit"));
    }
    let count = async |variables: Value| {
        let data = world.server.data(&world.user, LIST, variables).await;
        data["executions"]["countUpTo"].as_i64().unwrap()
    };
    // Those of several states are counted together no further than the limit.
    let states = json!(["COMPLETED", "FAILED", "PAUSED"]);
    assert_eq!(count(json!({ "limit": 10_000, "first": 1 })).await, 28);
    assert_eq!(count(json!({ "limit": null, "first": 1 })).await, 28);
    assert_eq!(count(json!({ "limit": 27, "statuses": states })).await, 24);
    assert_eq!(count(json!({ "limit": 20, "statuses": states })).await, 20);
    assert_eq!(count(json!({ "limit": 1, "statuses": states })).await, 1);
    // Nobody else's are.
    let stranger = world.server.user();
    let data = world.server.data(&stranger, LIST, json!({})).await;
    assert_eq!(data["executions"]["countUpTo"], 0);
    let of_other = json!({ "workflow": world.workflows[0] });
    let data = world.server.data(&stranger, LIST, of_other).await;
    assert_eq!(data["executions"]["countUpTo"], 0);
    world.server.stop().await;
}

#[tokio::test]
async fn the_lists_of_many_rows_are_counted_together_and_their_counts_have_a_price() {
    let world = World::new().await;
    let query = "query($first: Int) { workflows(first: $first) { nodes { id
        all: executions(first: 1) { countUpTo }
        some: executions(first: 1, status: FAILED) { countUpTo(limit: 2) }
        snapshots(first: 1) { countUpTo } } } }";
    let spent = async |first: i32| {
        let variables = json!({ "first": first });
        let (data, spent) = world.server.priced(&world.user, query, variables).await;
        (
            data["workflows"]["nodes"].as_array().unwrap().clone(),
            spent,
        )
    };
    let (one, few) = spent(1).await;
    let (two, many) = spent(2).await;
    assert_eq!((one.len(), two.len()), (1, 2));
    assert_eq!(few, many);
    for node in two {
        let id: Option<Uuid> = text(&node["id"]).parse().ok();
        let runs = world.runs.iter().filter(|run| run.workflow_id == id);
        assert_eq!(node["all"]["countUpTo"], runs.count());
        assert_eq!(node["some"]["countUpTo"], 2);
        assert_eq!(node["snapshots"]["countUpTo"], 0);
    }
    let dear = "{ workflows(first: 100) { nodes {
        a: executions(first: 1) { countUpTo(limit: 10000) }
        b: executions(first: 1) { countUpTo(limit: 10000) } } } }";
    let answer = world
        .server
        .answer(Some(&world.user), dear, json!({}))
        .await;
    let message = text(&answer["errors"][0]["message"]);
    assert!(message.contains("asks for too much"), "{message}");
    let cheap = dear.replace("10000", "1000");
    world.server.data(&world.user, &cheap, json!({})).await;
    world.server.stop().await;
}
