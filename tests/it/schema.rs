//! `schema.graphql` is what the code prints.

use std::fs;
use std::path::Path;

#[test]
fn the_schema_file_is_what_the_code_prints() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema.graphql");
    let printed = footlight::graphql::sdl();
    let kept = fs::read_to_string(&path).unwrap_or_default();
    if kept != printed {
        fs::write(&path, printed).unwrap();
        panic!("schema.graphql was not what the code prints: it is now, look at it and commit it");
    }
}
