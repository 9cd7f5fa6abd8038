//! Documents that are small to send and were, or would be, expensive to look at.

use serde_json::{Value, json};

pub const LIMIT: &str = "LIMIT_EXCEEDED";
pub const SYNTAX: &str = "GRAPHQL_PARSE_FAILED";
pub const INVALID: &str = "GRAPHQL_VALIDATION_FAILED";
pub const INPUT: &str = "BAD_USER_INPUT";

/// A request that has to be refused.
pub struct Hostile {
    pub name: &'static str,
    /// The code of the refusal.
    pub code: &'static str,
    pub query: String,
    pub operation: Option<&'static str>,
    pub variables: Value,
}

impl Hostile {
    /// As HTTP and websockets both send them.
    pub fn parameters(&self) -> Value {
        json!({
            "query": self.query,
            "operationName": self.operation,
            "variables": self.variables,
        })
    }
}

fn hostile(name: &'static str, code: &'static str, query: impl Into<String>) -> Hostile {
    Hostile {
        name,
        code,
        query: query.into(),
        operation: None,
        variables: json!({}),
    }
}

/// `count` texts, made from their numbers.
fn many(count: usize, make: impl Fn(usize) -> String) -> String {
    (0..count).map(make).collect()
}

fn nested(open: &str, close: &str, levels: usize) -> String {
    open.repeat(levels) + &close.repeat(levels)
}

/// Fragments on `Query`, each of which spreads the next one so many times.
fn fragments(count: usize, times: usize) -> String {
    let link = |n: usize| {
        let spreads = format!("...F{} ", n + 1).repeat(times);
        format!("fragment F{n} on Query {{ {spreads}}} ")
    };
    many(count, link) + &format!("fragment F{count} on Query {{ __typename }}")
}

pub fn all() -> Vec<Hostile> {
    [
        text(),
        nesting(),
        multiplied(),
        wide(),
        rows(),
        errors(),
        values(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What the text alone shows.
fn text() -> Vec<Hostile> {
    const MIB: usize = 1024 * 1024;
    vec![
        hostile(
            "comments",
            LIMIT,
            format!("{{ me {}}}", "#\n".repeat(70_000)),
        ),
        hostile("spaces", LIMIT, format!("{{ me {}}}", " ".repeat(MIB))),
        hostile(
            "byte order marks",
            LIMIT,
            "\u{feff}".repeat(50_000) + "{ me { id } }",
        ),
        hostile(
            "a long name",
            LIMIT,
            format!("{{ {} }}", "x".repeat(100_000)),
        ),
        hostile(
            "an escaped string",
            LIMIT,
            format!("{{ a(b: \"{}\") }}", "\\u0041".repeat(30_000)),
        ),
        hostile(
            "thousands of fields",
            LIMIT,
            format!("{{ {}}}", "me { id } ".repeat(3_000)),
        ),
        hostile(
            "a hundred thousand typenames",
            LIMIT,
            format!("{{ {}}}", "__typename ".repeat(100_000)),
        ),
        hostile(
            "ten thousand directives",
            LIMIT,
            format!("{{ me {} }}", "@include(if: true) ".repeat(10_000)),
        ),
        hostile(
            "block strings without an end",
            SYNTAX,
            format!("{{ a(b: [{}]) }}", "\"\"\"A\"B\"\\\\\"".repeat(9_000)),
        ),
        hostile(
            "a string without an end",
            SYNTAX,
            format!("{{ a(b: \"{}", "x".repeat(100_000)),
        ),
        hostile(
            "an error at the end of a long line",
            SYNTAX,
            format!("{{ me {}]", " ".repeat(50_000)),
        ),
    ]
}

/// What ends a stack.
fn nesting() -> Vec<Hostile> {
    let value = |open, close| format!("{{ a(b: {}) }}", nested(open, close, 1_500));
    vec![
        hostile("a nested list", LIMIT, value("[", "]")),
        hostile("a nested object", LIMIT, value("{a:", "}")),
        hostile(
            "a nested list that stays open",
            LIMIT,
            format!("{{ a(b: {}", "[".repeat(100_000)),
        ),
        hostile(
            "a nested type",
            LIMIT,
            format!("query($a: {}) {{ me }}", nested("[", "]", 20_000)),
        ),
        hostile("nested fields", LIMIT, nested("{ me ", "}", 1_500)),
        hostile(
            "nested fields that just parse",
            LIMIT,
            nested("{ me ", "}", 60),
        ),
        hostile(
            "nested inline fragments",
            LIMIT,
            format!("{{ {} }}", nested("... { me ", "}", 60)),
        ),
        hostile(
            "a chain of fragments",
            LIMIT,
            format!("{{ me {{ id }} }} {}", fragments(1_000, 1)),
        ),
        hostile(
            "a circle of fragments",
            LIMIT,
            "{ ...F } fragment F on Query { ...G } fragment G on Query { ...F }",
        ),
        hostile(
            "deep introspection",
            LIMIT,
            format!(
                "{{ __schema {{ types {} }} }}",
                nested("{ ofType ", "}", 16).replace("ofType }", "ofType { name } }")
            ),
        ),
    ]
}

/// What fragments multiply.
fn multiplied() -> Vec<Hostile> {
    let spread = |times: usize, content: &str| {
        format!(
            "{{ {} }} fragment F on Query {{ {content} }}",
            "...F ".repeat(times)
        )
    };
    vec![
        hostile(
            "a root field many times",
            LIMIT,
            format!("{{ {} }}", "me { id } ".repeat(101)),
        ),
        hostile("a bomb", LIMIT, format!("{{ ...F0 }} {}", fragments(30, 2))),
        hostile(
            "a bomb that nothing spreads",
            LIMIT,
            format!("{{ __typename }} {}", fragments(30, 2)),
        ),
        hostile(
            "a fragment with a thousand fields",
            LIMIT,
            spread(20, &"__typename ".repeat(1_000)),
        ),
        hostile(
            "a fragment with an alias",
            LIMIT,
            spread(51, "a: __typename"),
        ),
        hostile(
            "a fragment with a directive",
            LIMIT,
            spread(70, &format!("__typename {}", "@skip(if: false) ".repeat(3))),
        ),
        hostile(
            "a fragment with a long argument",
            LIMIT,
            spread(
                1_000,
                &format!(
                    "workflows(first: \"{}\") {{ nodes {{ id }} }}",
                    "x".repeat(100_000)
                ),
            ),
        ),
        hostile(
            "fragments without end",
            LIMIT,
            format!(
                "{{ me {{ id }} }} {}",
                many(101, |n| format!("fragment F{n} on Query {{ __typename }} "))
            ),
        ),
        hostile(
            "fields in many inline fragments",
            LIMIT,
            format!(
                "{{ me {{ {} {} }} }}",
                "... { ".repeat(20),
                "id ".repeat(4_000) + &"}".repeat(20)
            ),
        ),
    ]
}

/// What is long.
fn wide() -> Vec<Hostile> {
    vec![
        hostile(
            "fifty-one aliases",
            LIMIT,
            format!("{{ {} }}", many(51, |n| format!("a{n}: __typename "))),
        ),
        hostile(
            "aliased introspection",
            LIMIT,
            format!(
                "{{ {} }}",
                many(51, |n| format!("a{n}: __schema {{ types {{ name }} }} "))
            ),
        ),
        hostile(
            "directives",
            LIMIT,
            format!("{{ __typename {} }}", "@include(if: true) ".repeat(201)),
        ),
        hostile(
            "operations",
            LIMIT,
            many(3_000, |n| format!("query Q{n} {{ me {{ id }} }} ")),
        ),
        hostile(
            "definitions of variables",
            LIMIT,
            format!(
                "query({}) {{ me {{ id }} }}",
                many(3_000, |n| format!("$v{n}: Int "))
            ),
        ),
        hostile(
            "an object",
            LIMIT,
            format!("{{ a(b: {{ {} }}) }}", many(4_000, |n| format!("k{n}: 1 "))),
        ),
        hostile(
            "a list",
            LIMIT,
            format!("{{ a(b: [{}]) }}", "1 ".repeat(12_000)),
        ),
        hostile(
            "a default",
            LIMIT,
            format!(
                "query($a: [Int] = [{}]) {{ me {{ id }} }}",
                "1 ".repeat(12_000)
            ),
        ),
        hostile(
            "a list of variables",
            LIMIT,
            format!("query($a: Int) {{ a(b: [{}]) }}", "$a ".repeat(1_001)),
        ),
        hostile(
            "arguments",
            LIMIT,
            format!(
                "{{ {} }}",
                format!("me({}) ", many(51, |n| format!("a{n}: 1 "))).repeat(2)
            ),
        ),
    ]
}

/// What answers multiply.
fn rows() -> Vec<Hostile> {
    let pages = |inner: &str| {
        format!(
            "{{ workflows(first: 100) {{ nodes {{ executions(first: 90) {{ nodes {{ {inner} }} }} }} }} }}"
        )
    };
    let fields = "fields { type { ".repeat(4) + "name" + &"} }".repeat(4);
    vec![
        hostile(
            "pages of pages",
            LIMIT,
            pages("logs(first: 100) { nodes { id } }"),
        ),
        hostile(
            "typenames of pages",
            LIMIT,
            pages(&"__typename ".repeat(1_000)),
        ),
        hostile(
            "introspection of introspection",
            LIMIT,
            format!("{{ __schema {{ types {{ {fields} }} }} }}"),
        ),
        hostile(
            "a page that a variable asks for",
            LIMIT,
            format!(
                "query($n: Int = 100) {}",
                pages("id status")
                    .replace("90", "$n")
                    .replace("id status", "id status logs { nodes { id } }")
            ),
        ),
    ]
}

/// What makes the library write many messages.
fn errors() -> Vec<Hostile> {
    let unknown = many(4_900, |n| format!("x{n} "));
    let undefined = "a(b: [$u $v $w]) ".repeat(100);
    vec![
        hostile(
            "unknown fields",
            INVALID,
            format!("{{ me {{ {unknown} }} }}"),
        ),
        hostile(
            "unknown fragments",
            INVALID,
            format!("{{ {} }}", many(2_000, |n| format!("...X{n} "))),
        ),
        hostile(
            "unknown types",
            INVALID,
            format!(
                "query({}) {{ me {{ id }} }}",
                many(2_000, |n| format!("$v{n}: X{n} "))
            ),
        ),
        hostile(
            "unused fragments",
            INVALID,
            format!(
                "{{ me {{ id }} }} {}",
                many(99, |n| format!(
                    "fragment F{n} on X{n} {{ {} }} ",
                    "a ".repeat(40)
                ))
            ),
        ),
        hostile(
            "conflicts",
            INVALID,
            format!(
                "{{ {} }}",
                many(60, |n| format!(
                    "me({}) ",
                    many(50, |m| format!("a{m}: {n} "))
                ))
            ),
        ),
        Hostile {
            operation: Some("Q1"),
            ..hostile(
                "undefined variables of many operations",
                LIMIT,
                many(500, |n| format!("query Q{n} {{ ...F }} "))
                    + &format!("fragment F on Query {{ {undefined} }}"),
            )
        },
        hostile(
            "a name that is no operation's",
            INPUT,
            "query A { me { id } } query B { me { id } }",
        ),
    ]
}

/// What values multiply.
fn values() -> Vec<Hostile> {
    let uses = many(40, |n| {
        format!("a{n}: executions(status: $s) {{ nodes {{ id }} }} ")
    });
    let long = "x".repeat(120_000);
    vec![
        Hostile {
            variables: json!({ "s": long }),
            ..hostile(
                "a long value in many places",
                LIMIT,
                format!("query($s: ExecutionStatus) {{ {uses} }}"),
            )
        },
        Hostile {
            variables: json!({ "s": long }),
            ..hostile(
                "a long value in one place",
                INPUT,
                "query($s: ExecutionStatus) { executions(status: $s) { nodes { id } } }",
            )
        },
        Hostile {
            variables: json!({ "s": "x".repeat(1_000) }),
            ..hostile(
                "a value in a page of pages",
                LIMIT,
                "query($s: String) { workflows(first: 100) { nodes { executions(first: 100) { nodes { logs(first: 1, after: $s) { nodes { id } } } } } } }",
            )
        },
    ]
}
