//! The page for people: whether it is served, and how they sign in to it.

#[cfg(debug_assertions)]
use std::path::PathBuf;

use super::ConfigError;
use super::args::AuthArgs;
use super::value::given;

#[derive(Clone, Debug, Default)]
pub struct ConsoleConfig {
    pub on: bool,
    /// The project with which people sign in to it; none where they bring a token.
    pub project: Option<ProjectConfig>,
    /// Where whoever works on the page has its files.
    #[cfg(debug_assertions)]
    pub folder: Option<PathBuf>,
}

/// A Supabase project as browsers know it.
#[derive(Clone, Debug)]
pub struct ProjectConfig {
    /// Without a slash at its end.
    pub url: String,
    /// Public by its nature.
    pub anon_key: String,
}

impl ConsoleConfig {
    pub(super) fn new(on: bool) -> Self {
        Self {
            on,
            project: None,
            #[cfg(debug_assertions)]
            folder: std::env::var_os("FOOTLIGHT_CONSOLE_DIR").map(PathBuf::from),
        }
    }
}

impl ProjectConfig {
    /// The project whose public key is given.
    pub(super) fn of(args: &AuthArgs) -> Result<Option<Self>, ConfigError> {
        let Some(anon_key) = given(args.supabase_anon_key.clone()) else {
            return Ok(None);
        };
        let url = given(args.supabase_url.clone()).ok_or(ConfigError::KeyWithoutProject)?;
        let url = url.trim_end_matches('/').to_owned();
        Ok(Some(Self { url, anon_key }))
    }
}
