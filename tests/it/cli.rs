//! The command line of the built binary: help, settings from flags and environment, and refusals.

use std::process::{Command, Output};

/// Runs the binary with an environment of `variables` alone, in an empty folder.
fn footlight(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    Command::new(env!("CARGO_BIN_EXE_footlight"))
        .args(arguments)
        .env_clear()
        .envs(variables.iter().copied())
        .current_dir(folder.path())
        .output()
        .unwrap()
}

/// The message of a command line that is refused.
fn refusal(arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let output = footlight(arguments, variables);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{message}");
    message
}

fn help(command: &str, variables: &[(&str, &str)]) -> String {
    let output = footlight(&[command, "--help"], variables);
    assert!(output.status.success(), "{command}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_command_has_help() {
    for (command, mentioned) in [
        ("dev", vec!["LISTEN", "OPENAI_BASE_URL", "--key-file"]),
        (
            "serve",
            vec![
                "SUPABASE_JWT_SECRET",
                "[default: 20000]",
                "TRUSTED_PROXIES",
                "LAB_HEADERS",
                "LAB_QUERY",
                "SUPABASE_ANON_KEY",
                "--console",
            ],
        ),
        ("migrate", vec!["DATABASE_URL"]),
        ("healthcheck", vec!["LISTEN"]),
        ("schema", vec!["GraphQL schema"]),
        ("token", vec!["--hours", "--admin"]),
        ("run", vec!["name:=json", "--approve", "FOOTLIGHT_TOKEN"]),
    ] {
        let text = help(command, &[]);
        for word in mentioned {
            assert!(text.contains(word), "{command} lacks {word}:\n{text}");
        }
    }
}

#[test]
fn serve_without_keys_names_the_variables_to_set() {
    let message = refusal(&["serve"], &[("SUPABASE_JWT_SECRET", "")]);
    for variable in ["SUPABASE_URL", "JWKS_URL", "SUPABASE_JWT_SECRET"] {
        assert!(message.contains(variable), "{message}");
    }
}

#[test]
fn dev_listens_on_loopback_only() {
    for address in ["0.0.0.0:8080", "192.0.2.1:80", "[::]:8080"] {
        let message = refusal(&["dev"], &[("LISTEN", address)]);
        assert!(message.contains("LISTEN"), "{message}");
        assert!(message.contains("loopback"), "{message}");
    }
}

#[test]
fn a_bad_value_is_refused_by_its_variable_with_what_is_allowed() {
    for (variable, value, allowed) in [
        ("LISTEN", "8080", "127.0.0.1:8080"),
        ("DATABASE_URL", "mysql://h/d", "sqlite://"),
        ("SUPABASE_URL", "p.supabase.co", "https://"),
        ("OLLAMA_BASE_URL", "ftp://h", "http://"),
        ("MAX_CONCURRENT_STAGES", "0", "from 1"),
        ("STAGE_TIMEOUT_SECONDS", "2m", "whole seconds"),
        ("STAGE_MAX_SECONDS", "0", "whole seconds from 1"),
        ("MODEL_OUTAGE_SECONDS", "-1", "whole seconds from 0"),
        ("INTROSPECTION", "maybe", "on or off"),
        ("CONSOLE", "maybe", "on or off"),
        ("SUPABASE_ANON_KEY", "sb_secret_x", "publishable"),
        ("ALLOWED_ORIGINS", "*", "https://app.example.com"),
        ("RATE_LIMIT_PER_USER", "none", "0 (no limit)"),
        ("TRUSTED_PROXIES", "proxy", "10.0.0.0/8"),
        ("LOG_FORMAT", "xml", "json"),
    ] {
        let message = refusal(&["serve"], &[(variable, value)]);
        assert!(message.contains(variable), "{message}");
        assert!(message.contains(allowed), "{message}");
    }
}

#[test]
fn a_public_key_without_its_project_is_refused() {
    let variables = [("SUPABASE_JWT_SECRET", "s"), ("SUPABASE_ANON_KEY", "k")];
    let message = refusal(&["serve"], &variables);
    for word in ["SUPABASE_ANON_KEY", "SUPABASE_URL"] {
        assert!(message.contains(word), "{message}");
    }
}

#[test]
fn a_bus_for_one_process_is_refused() {
    for command in ["serve", "dev"] {
        let variables = [
            ("SUPABASE_JWT_SECRET", "hunter2"),
            ("NATS_URL", "nats://user:hunter2@127.0.0.1:4222"),
        ];
        let message = refusal(&[command], &variables);
        assert!(message.contains("NATS_URL"), "{message}");
        assert!(message.contains("SQLite"), "{message}");
        assert!(!message.contains("hunter2"), "{message}");
    }
}

#[test]
fn a_bad_id_is_told_what_an_id_looks_like() {
    for (arguments, name) in [
        (&["run", "42"][..], "WORKFLOW-ID"),
        (&["run", "--follow", "42"], "--follow"),
        (&["token", "--user", "42"], "--user"),
    ] {
        let message = refusal(arguments, &[]);
        assert!(
            message.contains(&format!("{name} must be an id like 0")),
            "{message}"
        );
        assert!(message.contains("not \"42\""), "{message}");
    }
}

#[test]
fn where_nobody_listens_nothing_is_healthy() {
    let address = free_address();
    let output = footlight(&["healthcheck"], &[("LISTEN", &address)]);
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains(&address), "{message}");
}

#[test]
fn an_empty_variable_is_unset() {
    let empty = [
        "DATABASE_URL",
        "LISTEN",
        "SUPABASE_JWT_SECRET",
        "SUPABASE_URL",
        "SUPABASE_ANON_KEY",
        "CONSOLE",
        "JWKS_TTL_SECONDS",
        "MAX_CONCURRENT_STAGES",
        "INTROSPECTION",
        "ALLOWED_ORIGINS",
        "OPENAI_BASE_URL",
        "DEMO_PROVIDER",
        "LOG_FORMAT",
        "RUST_LOG",
    ]
    .map(|variable| (variable, ""));
    // Only the keys are missing, so every other empty value has been taken for none.
    let message = refusal(&["serve"], &empty);
    assert!(message.contains("no key to verify"), "{message}");
}

#[test]
fn secrets_show_neither_in_help_nor_in_refusals() {
    let secrets = [
        ("SUPABASE_JWT_SECRET", "hunter2"),
        ("OPENAI_API_KEY", "hunter2"),
        ("FOOTLIGHT_TOKEN", "hunter2"),
        ("DATABASE_URL", "mysql://root:hunter2@h/d"),
    ];
    for command in ["serve", "dev", "migrate", "run"] {
        assert!(!help(command, &secrets).contains("hunter2"), "{command}");
    }
    let message = refusal(&["serve"], &secrets);
    assert!(message.contains("DATABASE_URL"), "{message}");
    assert!(!message.contains("hunter2"), "{message}");
}

/// Of each a part is a password or a key, which the shell, the driver or a library might take for something else.
#[test]
fn no_value_that_may_hold_a_secret_is_repeated() {
    for (variable, value) in [
        ("DATABASE_URL", "postgres://u:hunter2#x@h/d"),
        ("DATABASE_URL", "postgres://u:hunter2/x@h/d"),
        ("DATABASE_URL", "postgres://u:hunter2?x@h/d"),
        ("DATABASE_URL", "postgres://u:1?hunter2=x@h/d"),
        ("DATABASE_URL", "hunter2"),
        ("NATS_URL", "nats://u:1/hunter2@h:4222"),
        ("NATS_URL", "http://u:hunter2@h"),
        ("SUPABASE_URL", "ftp://u:hunter2@h"),
        ("SUPABASE_ANON_KEY", "sb_secret_hunter2"),
        ("JWKS_URL", "hunter2"),
        ("OPENAI_BASE_URL", "https://u:hunter2@h/v1"),
        ("OPENAI_BASE_URL", "https://h/v1?key=hunter2"),
        ("OPENAI_API_KEY", "hunter2\n"),
        ("OPENAI_HEADERS", "hunter2"),
        ("OPENAI_HEADERS", "Authorization: hunter2"),
        ("OPENAI_QUERY", "hunter2"),
        ("PROVIDERS", "sk-hunter2"),
        ("ALLOWED_ORIGINS", "https://u:hunter2@h"),
    ] {
        let secret = ("SUPABASE_JWT_SECRET", "thirty-two bytes are quite enough");
        // An address is looked at where it is used.
        let key = ("OPENAI_API_KEY", "sk-test");
        let message = refusal(&["serve"], &[secret, key, (variable, value)]);
        assert!(message.contains(variable), "{value}: {message}");
        assert!(!message.contains("hunter2"), "{value}: {message}");
    }
    for arguments in [
        &["serve", "--openai-api-key", "sk", "hunter2"][..],
        &["serve", "--openai-api-kei=hunter2"],
        &["serve", "--no-migrate=hunter2"],
        &["migrate", "--database-url", "postgres://u:p", "hunter2@h/d"],
    ] {
        let message = refusal(arguments, &[]);
        assert!(!message.contains("hunter2"), "{arguments:?}: {message}");
    }
}

#[test]
fn token_without_a_development_key_says_how_to_get_one() {
    let message = refusal(&["token"], &[]);
    assert!(message.contains("footlight dev"), "{message}");
}

#[test]
fn run_needs_a_token_and_exactly_one_thing_to_follow() {
    let id = "01890a5d-ac96-774b-bcce-b302099a8057";
    let message = refusal(&["run", id], &[("FOOTLIGHT_TOKEN", "")]);
    assert!(message.contains("FOOTLIGHT_TOKEN"), "{message}");
    refusal(&["run"], &[]);
    refusal(&["run", id, "--follow", id], &[]);
}

#[test]
fn run_says_when_the_server_cannot_be_reached() {
    let url = format!("http://{}/graphql", free_address());
    let id = "01890a5d-ac96-774b-bcce-b302099a8057";
    let message = refusal(&["run", id, "--token", "t", "--url", &url], &[]);
    assert!(message.contains("cannot reach"), "{message}");
    assert!(!message.contains("/graphql/graphql"), "{message}");
}

/// With a port that was free a moment ago, and that nothing is told to listen on.
fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}
