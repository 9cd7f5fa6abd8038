//! The rules that a document obeys (GraphQL of September 2025, section 5) and that the values of its
//! variables do (6.1.2), a file a rule. The library validates too, but not all of it: it skips whatever
//! is written at `__typename`, does not compare the types of variables with their places, and reads
//! literals only when their field is resolved, when a mutation before it has been done.
//!
//! 1. `limits` has measured the document: it is small with all fragments written out, and no fragment
//!    spreads itself. So everything here may call itself as deep as selections go.
//! 2. `walk` goes through each definition once and has `fields`, `arguments`, `directives`, `literals` and
//!    `fragments` look at what they are about; `found` keeps what they find, and where variables are used.
//! 3. `variables` compares these uses with what each operation defines.
//! 4. `subscriptions` and `merging` look at whole operations, once all that they select is known to exist.
//! 5. `meaning` writes out what the library would read differently; `coercion` gives the variables of the
//!    operation that runs their values, and `conditions` looks at those that decide what is answered.
//!
//! What is accepted and what is refused is held against graphql-js (`tests/clients/oracle.test.mjs`).

mod arguments;
mod coercion;
mod conditions;
mod directives;
mod faults;
mod fields;
mod found;
mod fragments;
mod literals;
mod meaning;
mod merging;
mod numbers;
mod path;
mod schema;
mod subscriptions;
mod variables;
mod walk;

use async_graphql::parser::types::{ExecutableDocument, FragmentDefinition, OperationDefinition};
use async_graphql::registry::Registry;
use async_graphql::{Name, Positioned, ServerError, ServerResult, Variables};

use self::found::Found;
use self::schema::Schema;

/// The values of the variables that the operation runs with.
///
/// # Errors
/// `BAD_USER_INPUT` for what is not of its type, or is null and must not be.
pub(super) fn coerce(
    operation: &OperationDefinition,
    document: &ExecutableDocument,
    sent: &Variables,
    registry: &Registry,
) -> ServerResult<Variables> {
    let coerced = coercion::coerce(operation, sent, Schema::new(registry))?;
    conditions::check(operation, document, &coerced)?;
    Ok(coerced)
}

/// An operation with its name, if it has one.
type Operation<'a> = (Option<&'a Name>, &'a Positioned<OperationDefinition>);
/// A fragment with its name.
type Fragment<'a> = (&'a Name, &'a Positioned<FragmentDefinition>);

/// Checks a document that is within the limits. Answers the document that the library is to execute in
/// its place, if it is another one.
///
/// # Errors
/// What is wrong, in the order of the text.
pub(super) fn check(
    document: &ExecutableDocument,
    registry: &Registry,
) -> Result<Option<ExecutableDocument>, Vec<ServerError>> {
    let schema = Schema::new(registry);
    let mut operations: Vec<Operation<'_>> = document.operations.iter().collect();
    operations.sort_by_key(|(_, operation)| operation.pos);
    let mut fragments: Vec<Fragment<'_>> = document.fragments.iter().collect();
    fragments.sort_by_key(|(_, fragment)| fragment.pos);

    let mut found = Found::new(schema, document);
    let of_fragments = fragments
        .iter()
        .map(|(name, fragment)| (*name, found.fragment(&fragment.node)));
    let of_fragments = of_fragments.collect();
    let of_operations: Vec<_> = operations
        .iter()
        .map(|(_, it)| found.operation(&it.node))
        .collect();
    let needs_meaning = found.needs_meaning;
    let mut faults = found.faults;

    fragments::all_used(&fragments, &of_operations, &of_fragments, &mut faults);
    for ((_, operation), seen) in operations.iter().zip(&of_operations) {
        variables::check(&operation.node, seen, &of_fragments, schema, &mut faults);
    }
    if faults.0.is_empty() {
        for (_, operation) in &operations {
            subscriptions::check(&operation.node, document, &mut faults);
            merging::check(&operation.node, document, schema, &mut faults);
        }
    }
    if !faults.0.is_empty() {
        faults
            .0
            .sort_by_key(|fault| fault.locations.first().copied());
        return Err(faults.0);
    }
    Ok(needs_meaning.then(|| meaning::write_out(document, schema)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Settings, builder, error, limited, syntax};
    use super::*;

    fn with_registry<T>(introspection: bool, look: impl FnOnce(&Registry) -> T) -> T {
        let settings = Settings {
            introspection,
            max_complexity: 20_000,
        };
        look(limited(settings, builder).unwrap().registry())
    }

    /// What is wrong with a document.
    fn faults(query: &str) -> Vec<String> {
        let document = syntax::parse(query).unwrap();
        let faults = with_registry(true, |registry| check(&document, registry)).err();
        faults
            .into_iter()
            .flatten()
            .map(|fault| fault.message)
            .collect()
    }

    const HELD_AGAINST: &[(&str, &str)] = &[
        ("{ me { nope } }", "UserProfile has no field nope"),
        ("{ me }", "me answers UserProfile!: name the fields of it"),
        ("{ me { emial } }", "UserProfile has no field emial; did you mean email?"),
        ("{ me { id { x } } }", "id answers ID!, which has no fields"),
        ("{ __typename { id } }", "__typename answers String!, which has no fields"),
        ("{ workflow { id } }", "workflow needs the argument id, a ID!"),
        ("{ me(a: 1) { id } }", "me has no argument a"),
        (
            "{ workflows(frist: 1) { nodes { id } } }",
            "workflows has no argument frist; did you mean first?",
        ),
        (
            "{ executions(status: COMPLETE) { nodes { id } } }",
            "status must be ExecutionStatus; did you mean COMPLETED?",
        ),
        (
            "mutation { createWorkflow(input: {name: \"a\", stages: [{stageOrder: 1, prompt: \"\"}]}) { id } }",
            "StageInput has no field prompt; did you mean promptTemplate?",
        ),
        ("{ __typename(a: 1) }", "__typename has no argument a"),
        (
            "{ workflow(id: 1, id: 2) { id } }",
            "workflow is given the argument id more than once",
        ),
        ("{ me @a { id } }", "there is no directive @a"),
        ("{ me @deprecated { id } }", "@deprecated is for schemas, not for documents"),
        (
            "query @skip(if: true) { __typename }",
            "@skip is for fields and spreads, not for an operation",
        ),
        ("{ __typename @skip }", "@skip needs the argument if, a Boolean!"),
        (
            "{ __typename @skip(if: true) @skip(if: true) }",
            "@skip stands here more than once",
        ),
        ("{ ...F }", "there is no fragment F"),
        (
            "{ __typename } fragment F on Query { __typename }",
            "the fragment F is not used",
        ),
        ("{ ... on A { b } }", "there is no type A"),
        ("{ ... on JSON { a } }", "a fragment cannot be on JSON, which has no fields"),
        (
            "{ me { ... on Workflow { id } } }",
            "nothing can be both UserProfile and Workflow",
        ),
        ("{ workflows(first: \"1\") { nodes { id } } }", "first must be Int"),
        (
            "mutation { createWorkflow(input: {}) { id } }",
            "name is missing: CreateWorkflowInput needs it, a String!",
        ),
        (
            "mutation { createWorkflow(input: {name: \"a\", b: 1}) { id } }",
            "CreateWorkflowInput has no field b",
        ),
        (
            "mutation { createWorkflow(input: {name: \"a\", metadata: {a: [99999999999999999999]}}) { id } }",
            "metadata.a[0] is an integer that 64 bits do not hold: send it as a text, which keeps its digits",
        ),
        (
            "mutation($m: JSON = {a: 99999999999999999999}) { createWorkflow(input: {name: \"a\", metadata: $m}) { id } }",
            "m.a is an integer that 64 bits do not hold: send it as a text, which keeps its digits",
        ),
        ("query($a: Nope) { __typename }", "there is no type Nope"),
        (
            "query($a: Model) { __typename }",
            "the variable $a cannot be Model, which is for answers",
        ),
        ("query($a: Int) { __typename }", "the variable $a is not used"),
        (
            "{ workflow(id: $a) { id } }",
            "the variable $a is not defined",
        ),
        (
            "query($a: ID!, $a: ID!) { workflow(id: $a) { id } }",
            "the variable $a is defined more than once",
        ),
        (
            "query($a: ID) { workflow(id: $a) { id } }",
            "the variable $a is ID, and ID! is needed here",
        ),
        (
            "mutation($a: [Int]) { createWorkflow(input: {name: \"a\", metadata: [$a]}) { id } }",
            "the variable $a is [Int], and JSON is needed here",
        ),
        (
            "subscription { __typename }",
            "a subscription selects exactly one field at its root",
        ),
        (
            "subscription { executionStatusChanged @skip(if: false) { seq } }",
            "@skip cannot stand at the root of a subscription",
        ),
        (
            "{ me { a: id a: email } }",
            "id and email are both selected as a, and are different fields: use aliases",
        ),
        (
            "{ workflow(id: 1) { id } workflow(id: 2) { id } }",
            "workflow is selected more than once as workflow, and these have different arguments: use aliases",
        ),
        (
            "subscription { executionEvents(executionId: 1) {
                ... on StageStarted { a: stageOrder } ... on StageFinished { a: nextStageOrder } } }",
            "stageOrder and nextStageOrder are both selected as a, and answer different types: use aliases",
        ),
    ];

    #[test]
    fn each_rule_says_what_it_holds_against_a_document() {
        for (query, fault) in HELD_AGAINST {
            let faults = faults(query);
            assert!(faults.iter().any(|it| it == fault), "{query}: {faults:?}");
        }
    }

    #[test]
    fn faults_are_told_in_the_order_of_the_text_and_as_many_as_an_answer_lists() {
        let query = "query B { b } query A { a } fragment F on Query { f }";
        let expected = [
            "Query has no field b",
            "Query has no field a",
            "the fragment F is not used",
            "Query has no field f",
        ];
        assert_eq!(faults(query), expected);
        let many = format!("{{ {} }}", "x ".repeat(100));
        assert_eq!(faults(&many).len(), error::ERRORS);
    }

    #[test]
    fn introspection_that_is_off_is_said_to_be_off() {
        let document = syntax::parse("{ __schema { description } }").unwrap();
        let faults = with_registry(false, |registry| check(&document, registry)).unwrap_err();
        assert_eq!(
            faults[0].message,
            "__schema cannot be selected: introspection is off on this server"
        );
    }

    #[test]
    fn what_the_library_would_read_differently_is_written_out() {
        for (query, is_other) in [
            ("{ __typename }", false),
            ("{ workflow(id: 12) { id } }", false),
            ("{ __typename @skip(if: true) }", true),
            ("{ workflow(id: 12345678901234567890) { id } }", true),
            (
                "query($a: ID = 12345678901234567890) { executions(workflowId: $a) { nodes { id } } }",
                true,
            ),
            ("subscription { executionStatusChanged { seq } }", false),
            (
                "subscription { ... { executionStatusChanged { seq } } }",
                true,
            ),
        ] {
            let document = syntax::parse(query).unwrap();
            let other = with_registry(true, |registry| check(&document, registry)).unwrap();
            assert_eq!(other.is_some(), is_other, "{query}");
        }
    }

    #[test]
    fn what_was_meant_in_the_values_of_variables_is_named() {
        let query = "mutation($a: CreateWorkflowInput!) { createWorkflow(input: $a) { id } }";
        for (stage, message) in [
            (
                json!({ "stageOrder": 1, "prompt_template": "" }),
                "StageInput has no field prompt_template; did you mean promptTemplate?",
            ),
            (
                json!({ "stageOrder": 1, "validationType": "REGEXP" }),
                "a.stages[0].validationType must be ValidationType; did you mean REGEX?",
            ),
        ] {
            let document = syntax::parse(query).unwrap();
            let (_, operation) = document.operations.iter().next().unwrap();
            let sent = json!({ "a": { "name": "n", "stages": [stage] } });
            let sent = Variables::from_json(sent);
            let refused = with_registry(true, |registry| {
                super::coerce(&operation.node, &document, &sent, registry)
            });
            assert_eq!(refused.unwrap_err().message, message);
        }
    }

    #[test]
    fn variables_are_given_values_of_their_types() {
        let coerced = |query: &str, sent: serde_json::Value| {
            let document = syntax::parse(query).unwrap();
            let (_, operation) = document.operations.iter().next().unwrap();
            let sent = Variables::from_json(sent);
            let coerced = with_registry(true, |registry| {
                super::coerce(&operation.node, &document, &sent, registry)
            });
            coerced
                .map(|coerced| serde_json::to_value(&*coerced).unwrap())
                .map_err(|it| it.message)
        };
        let query =
            "query($a: ID!, $b: [Int!] = 1, $c: Boolean = true) { me { id @skip(if: $c) } }";
        for (sent, expected) in [
            (
                json!({ "a": 7 }),
                Ok(json!({ "a": "7", "b": [1], "c": true })),
            ),
            (
                json!({ "a": 1e20 }),
                Ok(json!({ "a": "100000000000000000000", "b": [1], "c": true })),
            ),
            (
                json!({ "a": "x", "b": 2.0, "z": 1 }),
                Ok(json!({ "a": "x", "b": [2], "c": true })),
            ),
            (
                json!({ "a": "x", "b": null, "c": false }),
                Ok(json!({ "a": "x", "b": null, "c": false })),
            ),
            (
                json!({}),
                Err("the variable $a has no value: give it in variables"),
            ),
            (json!({ "a": null }), Err("a must be ID!")),
            (json!({ "a": 1.5 }), Err("a must be ID!")),
            (
                json!({ "a": "x", "b": [1, null] }),
                Err("b[1] must be Int!"),
            ),
            (
                json!({ "a": "x", "b": 2_147_483_648_i64 }),
                Err("b must be Int!"),
            ),
            (
                json!({ "a": "x", "c": null }),
                Err("the variable $c is null, and the condition of @skip has to be true or false"),
            ),
        ] {
            assert_eq!(
                coerced(query, sent.clone()),
                expected.map_err(str::to_owned),
                "{sent}"
            );
        }
    }
}
