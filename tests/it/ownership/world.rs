//! Somebody with everything that can be owned, somebody else, and what may not happen between them.

use std::collections::BTreeSet;

use footlight::clock::Clock;
use footlight::store::deletion;
use serde_json::{Value, json};

use super::step::{Ids, Step};
use crate::support::process::eventually;
use crate::support::provider::Reply;
use crate::support::server::{Server, User, text};

/// All that a user can see, to tell whether anything has changed.
const EVERYTHING: &str = "{
    me { id fullName preferences maxSnapshots savedPrompts { id name prompt } }
    models { id name provider modelIdentifierForFlowise contextLength configDefaults }
    workflows(first: 10) { nodes { id name description metadata version updatedAt
        stages { id stageOrder name promptTemplate model { id } retryLimit inputVariableMapping } } }
    snapshots(first: 10) { nodes { id name description type snapshotData } }
    pendingValidations { nodes { id } }
    executions(first: 5) { nodes { id status statusReason pauseRequested lastEventSeq rerunOf { id }
        logs(first: 10) { nodes { id status validationResult validatorNotes editedOutput } } } }
}";

/// Somebody with everything that can be owned, and somebody else.
pub struct World {
    pub server: Server,
    pub owner: User,
    pub other: User,
    pub admin: User,
    pub ids: Ids,
}

impl World {
    pub async fn new() -> Self {
        let server = Server::start().await;
        server.provider.otherwise(|_| Reply::text("draft"));
        let (owner, other, admin) = (server.user(), server.user(), server.admin());
        let model = server.model().await;
        let stages = json!([
            { "validationType": "MANUAL" },
            { "inputVariableMapping": { "word": "stage_1.raw" } },
        ]);
        let workflow = server.workflow(&owner, &model, stages).await;
        let keep =
            "mutation($id: ID!) { createSnapshot(input: { workflowId: $id, name: \"Kept\" }) {
            id sourceWorkflow { stages { id } } } }";
        let kept = server.data(&owner, keep, json!({ "id": workflow })).await;
        let kept = &kept["createSnapshot"];
        let stages = &kept["sourceWorkflow"]["stages"];
        let mut ids = Ids::from([
            ("stage", text(&stages[0]["id"])),
            ("spare", text(&stages[1]["id"])),
            ("snapshot", text(&kept["id"])),
            ("run", server.run(&owner, &workflow).await),
            ("second", server.run(&owner, &workflow).await),
            ("workflow", workflow),
            ("model", model),
        ]);
        let world = Self {
            server,
            owner,
            other,
            admin,
            ids: Ids::new(),
        };
        world.settles().await;
        let log = "query($id: ID!) { execution(id: $id) { logs { nodes { id } } } }";
        let data = world
            .server
            .data(&world.owner, log, json!({ "id": ids["run"] }))
            .await;
        ids.insert("log", text(&data["execution"]["logs"]["nodes"][0]["id"]));
        Self { ids, ..world }
    }

    /// What the owner and the other one see.
    pub async fn everything(&self) -> [Value; 2] {
        [
            self.server.data(&self.owner, EVERYTHING, json!({})).await,
            self.server.data(&self.other, EVERYTHING, json!({})).await,
        ]
    }

    /// Whoever may do it.
    pub fn allowed(&self, step: &Step) -> &User {
        if step.is_for_administrators() {
            &self.admin
        } else {
            &self.owner
        }
    }

    /// Nobody, whoever lacks the role, and whoever is not the owner, administrators included: the
    /// latter with the same answer as for an id of nothing.
    pub async fn refuses_strangers(&self, step: &Step, document: &str) {
        let (name, variables) = (step.name, &step.variables);
        let refusal = self.server.refusal(None, document, variables.clone());
        assert_eq!(refusal.await.0, "UNAUTHENTICATED", "{name}");
        let Some(id) = &step.about else {
            return;
        };
        let random = Clock::system().new_id().to_string();
        let mut unknown = vec![random.as_str(), "no-uuid"];
        let asking = if step.is_for_administrators() {
            for user in [&self.owner, &self.other] {
                let refusal = self.server.refusal(Some(user), document, variables.clone());
                assert_eq!(refusal.await.0, "FORBIDDEN", "{name}");
            }
            vec![&self.admin]
        } else {
            unknown.push(id);
            vec![&self.other, &self.admin]
        };
        let mut answers = BTreeSet::new();
        for (asked, user) in unknown
            .into_iter()
            .flat_map(|asked| asking.iter().map(move |user| (asked, user)))
        {
            let variables = variables.to_string().replace(id, asked);
            let variables = serde_json::from_str(&variables).unwrap();
            let answer = self.server.answer(Some(user), document, variables).await;
            let extensions = &answer["errors"][0]["extensions"];
            assert_eq!(extensions, &json!({ "code": "NOT_FOUND" }), "{name}");
            answers.insert(answer.to_string().replace(asked, "ID"));
        }
        assert_eq!(answers.len(), 1, "{name}: {answers:?}");
    }

    /// Whoever may do it, but with input that breaks a rule.
    pub async fn refuses_bad_input(&self, step: &Step, document: &str) {
        let Some((changes, code, field)) = &step.bad else {
            return;
        };
        let variables = changed(step.variables.clone(), changes);
        let user = self.allowed(step);
        let refusal = self.server.refusal(Some(user), document, variables).await;
        let expected = ((*code).to_owned(), Some((*field).to_owned()));
        assert_eq!(refusal, expected, "{}", step.name);
    }

    /// Returns when no run of the owner's goes on by itself, and nothing is left of deleted workflows.
    pub async fn settles(&self) {
        eventually("the end of deletions", || async {
            let left = deletion::deleted(self.server.deps.store.reader()).await;
            left.unwrap().is_empty().then_some(())
        })
        .await;
        let runs = "{ executions { nodes { id status lastEventSeq } } }";
        let events = "subscription($id: ID!, $after: Int!) { executionEvents(executionId: $id, after: $after) {
            ... on ExecutionStatusChanged { status } } }";
        let data = self.server.data(&self.owner, runs, json!({})).await;
        for run in data["executions"]["nodes"].as_array().unwrap() {
            if run["status"] != "PENDING" && run["status"] != "RUNNING" {
                continue;
            }
            let mut socket = self.server.socket(&self.owner).await;
            let variables = json!({ "id": run["id"], "after": run["lastEventSeq"] });
            socket.subscribe(events, variables).await;
            while let Some(told) = socket.next().await {
                if told["data"]["executionEvents"]["status"] == "PAUSED" {
                    break;
                }
            }
        }
    }
}

/// The variables with some of the input's fields, or of the arguments, put in their place.
fn changed(mut variables: Value, changes: &Value) -> Value {
    let target = if variables.get("input").is_some() {
        &mut variables["input"]
    } else {
        &mut variables
    };
    for (key, value) in changes.as_object().unwrap() {
        target[key] = value.clone();
    }
    variables
}
