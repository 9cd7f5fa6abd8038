//! The files of the console as its build left them: compiled in and compressed by the build script, or, for whoever
//! works on the page with a debug build, read anew from a folder.

use std::borrow::Cow;
#[cfg(debug_assertions)]
use std::path::PathBuf;

use axum::body::Bytes;
#[cfg(debug_assertions)]
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

// FILES, and ROUTES as the page's build says them.
include!(concat!(env!("OUT_DIR"), "/console.rs"));

/// The page itself.
const INDEX: &str = "/index.html";

/// A file, and the forms of it that are smaller.
#[derive(Clone, Debug)]
pub(super) struct File {
    /// From the root of what is served.
    pub(super) path: Cow<'static, str>,
    pub(super) raw: Bytes,
    pub(super) br: Option<Bytes>,
    pub(super) gzip: Option<Bytes>,
    /// SHA-256 in hexadecimal digits.
    pub(super) digest: Cow<'static, str>,
}

/// Where the files are.
#[derive(Clone, Debug)]
pub(super) enum Files {
    CompiledIn(&'static [File]),
    /// Read by every request, by which the page's next build is seen without another of the server.
    #[cfg(debug_assertions)]
    Folder(PathBuf),
}

impl Files {
    pub(super) fn compiled_in() -> Self {
        Self::CompiledIn(&FILES)
    }

    /// The page, unless it was not built.
    pub(super) fn index(&self) -> Option<File> {
        self.find(INDEX)
    }

    /// What the page loads by its path.
    pub(super) fn loaded(&self, path: &str) -> Option<File> {
        self.find(path).filter(|_| path != INDEX)
    }

    /// What the page routes: paths in which `$name` stands for any one segment.
    pub(super) fn routes(&self) -> Result<Vec<String>> {
        let text = match self {
            Self::CompiledIn(_) => Cow::Borrowed(ROUTES),
            #[cfg(debug_assertions)]
            Self::Folder(folder) => {
                let text = std::fs::read_to_string(folder.join("routes.json"));
                Cow::Owned(text.unwrap_or_else(|_| "[]".to_owned()))
            }
        };
        serde_json::from_str(&text).map_err(Error::internal)
    }

    fn find(&self, path: &str) -> Option<File> {
        match self {
            Self::CompiledIn(files) => files.iter().find(|file| file.path == path).cloned(),
            #[cfg(debug_assertions)]
            Self::Folder(folder) => {
                let is_plain = |segment: &str| !segment.starts_with('.') && !segment.is_empty();
                let below = path.strip_prefix('/')?;
                if !below.split('/').all(is_plain) || below == "routes.json" {
                    return None;
                }
                let raw = Bytes::from(std::fs::read(folder.join(below)).ok()?);
                Some(File {
                    path: Cow::Owned(path.to_owned()),
                    br: None,
                    gzip: None,
                    digest: Cow::Owned(format!("{:x}", Sha256::digest(&raw))),
                    raw,
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_compiled_in_says_what_the_page_routes() {
        let routes = Files::compiled_in().routes().unwrap();
        assert!(routes.iter().all(|route| route.starts_with('/')));
    }

    #[test]
    fn a_folder_is_read_as_it_is_and_nothing_outside_of_it() {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("dist");
        std::fs::create_dir_all(folder.join("assets")).unwrap();
        std::fs::write(outer.path().join("secret"), "s").unwrap();
        for name in ["index.html", "routes.json", "assets/a.js", ".env"] {
            std::fs::write(folder.join(name), "[\"/\"]").unwrap();
        }
        let files = Files::Folder(folder.clone());
        assert!(files.index().is_some());
        assert_eq!(files.routes().unwrap(), ["/"]);
        for (path, found) in [
            ("/assets/a.js", true),
            ("/assets", false),
            ("/index.html", false),
            ("/routes.json", false),
            ("/../secret", false),
            ("/assets/../../secret", false),
            ("//etc/passwd", false),
            ("/.env", false),
        ] {
            assert_eq!(files.loaded(path).is_some(), found, "{path}");
        }
        std::fs::write(folder.join("assets/a.js"), "next").unwrap();
        assert_eq!(files.loaded("/assets/a.js").unwrap().raw, "next");
    }
}
