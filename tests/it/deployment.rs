//! What the files say by which the service is built and run.

use std::path::Path;

use footlight::domain::provider::PROVIDERS;

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(path).unwrap()
}

fn has_line(file: &str, line: &str) -> bool {
    file.lines().any(|other| other.trim() == line)
}

#[test]
fn what_holds_secrets_gets_into_no_image_and_no_commit() {
    for name in [".dockerignore", ".gitignore"] {
        let file = read(name);
        for secret in [".env", "footlight.key"] {
            assert!(has_line(&file, secret), "{name} lets {secret} in");
        }
    }
}

/// What an image is built from has all that is compiled in, and nothing that another machine's npm has put there.
#[test]
fn the_console_gets_into_the_image() {
    let file = read(".dockerignore");
    assert!(has_line(&file, "**/node_modules"));
    assert!(!file.contains("dist") && !file.contains("build.rs"));
    assert!(has_line(&read("Dockerfile"), "COPY . ."));
}

#[test]
fn compose_passes_every_providers_settings_and_starts_again_whatever_ends() {
    let compose = read("compose.yaml");
    for provider in PROVIDERS.iter().filter(|it| it.endpoint().is_some()) {
        for variable in [provider.key_variable(), provider.base_url_variable()] {
            let line = format!("{variable}: ${{{variable}:-}}");
            assert!(has_line(&compose, &line), "{variable} is not passed");
        }
    }
    // Services stand two deep, and so do volumes, which have nothing in them.
    let (services, _) = compose.split_once("\nvolumes:").unwrap();
    let of_service = services
        .split("\n  ")
        .fold(Vec::new(), |mut services, line| {
            if line.starts_with(|first: char| first.is_ascii_lowercase()) {
                services.push(String::new());
            }
            if let Some(service) = services.last_mut() {
                service.push('\n');
                service.push_str(line);
            }
            services
        });
    assert_eq!(of_service.len(), 4);
    for service in of_service {
        assert!(has_line(&service, "restart: unless-stopped"), "{service}");
    }
}

#[test]
fn the_image_keeps_its_data_and_says_how_it_is() {
    let image = read("Dockerfile");
    assert!(has_line(&image, "VOLUME /data"));
    let check = image.lines().find(|line| line.starts_with("HEALTHCHECK "));
    assert!(
        check
            .unwrap()
            .ends_with(r#"CMD ["footlight", "healthcheck"]"#)
    );
}
