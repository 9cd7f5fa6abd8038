# What one does here, by name.

# Serve with a sample workflow on loopback.
dev:
    cargo run -- dev

# The tests on SQLite.
test:
    cargo test --workspace

# Everything that must hold before a change lands.
ci:
    .ci/run

# Print the schema anew.
schema:
    cargo run --quiet -- schema > schema.graphql
