//! What front ends ask: lists, and one thing in detail.

use serde_json::{Value, json};

/// One document with its variables.
#[derive(Clone)]
pub struct Question {
    pub name: &'static str,
    pub query: &'static str,
    pub variables: Value,
}

/// Ids that questions need.
pub struct Known {
    pub execution: String,
    pub workflow: String,
    /// A place in the middle of all runs.
    pub cursor: String,
    /// When the run in that place was made.
    pub moment: String,
}

const EXECUTIONS: &str =
    "query($after: String, $status: ExecutionStatus, $workflow: ID) {
    executions(first: 20, after: $after, status: $status, workflowId: $workflow) {
        nodes { id status statusReason createdAt completedAt currentStageOrder workflow { id name } }
        pageInfo { hasNextPage endCursor }
    }
}";

const FILTERED: &str =
    "query($statuses: [ExecutionStatus!], $after: DateTime, $before: DateTime, $workflow: ID) {
    executions(first: 20, statuses: $statuses, createdAfter: $after, createdBefore: $before,
            workflowId: $workflow) {
        nodes { id status statusReason createdAt completedAt currentStageOrder workflow { id name } }
        pageInfo { hasNextPage endCursor } countUpTo
    }
}";

const DIAGNOSES: &str = "query($statuses: [ExecutionStatus!]) {
    executions(first: 100, statuses: $statuses) {
        nodes { id status diagnosis { waitingFor since until message advice } }
    }
}";

const NESTED: &str = "{ workflows(first: 20) { nodes { id name
    executions(first: 5) { nodes { id status createdAt } } } } }";

const WORKFLOWS: &str = "{ workflows(first: 20) { nodes { id name version updatedAt
    stages { id stageOrder name model { id name } } } pageInfo { hasNextPage endCursor } } }";

const PENDING: &str = "{ pendingValidations(first: 20) { nodes {
    id stageOrder rawOutput execution { id workflow { name } } } } }";

const EXECUTION: &str = "query($id: ID!) { execution(id: $id) {
    id status statusReason executionInputs executionContext usage { totalTokens }
    workflow { id name }
    logs { nodes { id stageOrder attemptNumber status validationResult promptSent rawOutput
        durationMs } }
} }";

const WORKFLOW: &str = "query($id: ID!) { workflow(id: $id) {
    id name version description metadata
    stages { id stageOrder name promptTemplate inputVariableMapping validationType
        model { id name provider } }
} }";

/// Lists that reach into all runs: what must not grow with their number.
pub fn of_all_runs(known: &Known) -> Vec<Question> {
    let list = |name, variables| Question {
        name,
        query: EXECUTIONS,
        variables,
    };
    let (cursor, workflow) = (&known.cursor, &known.workflow);
    vec![
        list("runs: first page", json!({})),
        list("runs: page in the middle", json!({ "after": cursor })),
        list(
            "runs completed: first page",
            json!({ "status": "COMPLETED" }),
        ),
        list(
            "runs completed: page in the middle",
            json!({ "status": "COMPLETED", "after": cursor }),
        ),
        list(
            "runs failed (1 in 1,000): first page",
            json!({ "status": "FAILED" }),
        ),
        list("runs under way (none)", json!({ "status": "RUNNING" })),
        list(
            "runs of a workflow: first page",
            json!({ "workflow": workflow }),
        ),
        list(
            "runs of a workflow: page in the middle",
            json!({ "workflow": workflow, "after": cursor }),
        ),
        list(
            "failed runs of a workflow",
            json!({ "workflow": workflow, "status": "FAILED" }),
        ),
        filtered("runs: first page, counted to 1,000", json!({})),
        filtered(
            "runs completed or failed, counted",
            json!({ "statuses": ["COMPLETED", "FAILED"] }),
        ),
        filtered(
            "runs that have not ended, counted",
            json!({ "statuses": ["PENDING", "RUNNING", "PAUSED"] }),
        ),
        filtered(
            "failed or cancelled runs of a workflow, counted",
            json!({ "workflow": workflow, "statuses": ["FAILED", "CANCELLED"] }),
        ),
        filtered(
            "runs before a time, counted",
            json!({ "before": known.moment }),
        ),
        filtered(
            "failed or paused runs since a time, counted",
            json!({ "after": known.moment, "statuses": ["FAILED", "PAUSED"] }),
        ),
        Question {
            name: "100 runs and what they wait for",
            query: DIAGNOSES,
            variables: json!({}),
        },
        Question {
            name: "100 failed runs and what can be done",
            query: DIAGNOSES,
            variables: json!({ "statuses": ["FAILED"] }),
        },
        plain("20 workflows with 5 runs each", NESTED),
        plain("pending validations", PENDING),
        detail("a run with its attempts", EXECUTION, &known.execution),
    ]
}

fn filtered(name: &'static str, variables: Value) -> Question {
    Question {
        name,
        query: FILTERED,
        variables,
    }
}

/// What is asked by more and more clients.
pub fn of_many_clients(known: &Known) -> Vec<Question> {
    vec![
        Question {
            name: "runs: first page",
            query: EXECUTIONS,
            variables: json!({}),
        },
        plain("20 workflows with 5 runs each", NESTED),
        plain("20 workflows with their stages", WORKFLOWS),
        plain("pending validations", PENDING),
        plain("models", "{ models { id name provider } }"),
        plain("me", "{ me { id email createdAt } }"),
        detail("a run with its attempts", EXECUTION, &known.execution),
        detail("a workflow with its stages", WORKFLOW, &known.workflow),
    ]
}

fn plain(name: &'static str, query: &'static str) -> Question {
    Question {
        name,
        query,
        variables: json!({}),
    }
}

fn detail(name: &'static str, query: &'static str, id: &str) -> Question {
    Question {
        name,
        query,
        variables: json!({ "id": id }),
    }
}
