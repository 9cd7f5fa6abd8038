//! What the page asks for as it starts: how people sign in, and the workflows that a newcomer begins with.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::error::{Error, Result};

/// How people sign in to the page.
#[derive(Clone)]
pub enum SignInBy {
    /// At once: this mints a token, afresh for every load.
    Development(Arc<dyn Fn() -> String + Send + Sync>),
    /// With their project.
    Supabase(Project),
    /// By a token that they bring.
    Token,
}

/// A Supabase project as browsers know it.
#[derive(Clone, Debug)]
pub struct Project {
    /// Without a slash at its end.
    pub url: String,
    /// The key that the project publishes. It names the project and opens nothing.
    pub anon_key: String,
}

/// A workflow of `examples/`.
#[derive(Debug, Serialize)]
pub(super) struct Example {
    name: String,
    description: String,
    /// The whole, as `footlight run --file` reads it.
    file: &'static RawValue,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Settings<'a> {
    #[serde(flatten)]
    sign_in: SignIn<'a>,
    version: &'static str,
    examples: &'a [Example],
    #[serde(skip_serializing_if = "Option::is_none")]
    demo_model_id: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(
    tag = "signIn",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
enum SignIn<'a> {
    Development { token: String },
    Supabase { url: &'a str, anon_key: &'a str },
    Token,
}

impl<'a> Settings<'a> {
    pub(super) fn now(
        sign_in: &'a SignInBy,
        examples: &'a [Example],
        demo_model_id: Option<&'a str>,
    ) -> Self {
        let sign_in = match sign_in {
            SignInBy::Development(mint) => SignIn::Development { token: mint() },
            SignInBy::Supabase(Project { url, anon_key }) => SignIn::Supabase { url, anon_key },
            SignInBy::Token => SignIn::Token,
        };
        Self {
            sign_in,
            version: env!("CARGO_PKG_VERSION"),
            examples,
            demo_model_id,
        }
    }
}

macro_rules! example {
    ($name:literal) => {
        include_str!(concat!("../../../../examples/", $name, ".json"))
    };
}

/// The files of `examples/`, from what a newcomer should see first.
const EXAMPLES: [&str; 9] = [
    example!("newsletter"),
    example!("router"),
    example!("critic"),
    example!("translation"),
    example!("characters"),
    example!("repair"),
    example!("pitch"),
    example!("chat"),
    example!("exchange"),
];

/// The examples that are compiled in.
///
/// # Errors
/// `Internal` when one of them is not JSON or has no name.
pub(super) fn examples() -> Result<Vec<Example>> {
    #[derive(Deserialize)]
    struct Named {
        name: String,
        description: String,
    }
    let read = |text: &'static str| {
        let Named { name, description } = serde_json::from_str(text)?;
        Ok(Example {
            name,
            description,
            file: serde_json::from_str(text)?,
        })
    };
    let examples = EXAMPLES.into_iter().map(read);
    examples
        .collect::<serde_json::Result<_>>()
        .map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    #[test]
    fn every_workflow_of_the_folder_is_an_example() {
        let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/examples")).unwrap();
        let files = folder.map(|entry| entry.unwrap().path());
        let files = files.filter(|path| path.extension().is_some_and(|end| end == "json"));
        let named = files.map(|path| {
            let text = std::fs::read_to_string(path).unwrap();
            let file: Value = serde_json::from_str(&text).unwrap();
            file["name"].as_str().unwrap().to_owned()
        });
        let examples = examples().unwrap();
        let known = examples.iter().map(|example| example.name.clone());
        assert_eq!(known.collect::<BTreeSet<_>>(), named.collect());
    }
}
