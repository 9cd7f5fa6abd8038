//! The sources as a graph: which file names which paths, and where these lead.
//!
//! 1. Comments, strings and the file's own tests are taken off, and what is left is words and signs.
//! 2. A `use` is read to its semicolon, over lines and nested braces; every other chain of names with `::`
//!    is a path as it stands.
//! 3. A path is followed through `crate`, `self` and `super`, through modules declared where it stands, and
//!    through what modules on its way import or pass on, to the file that it leads to.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The names of a path, or of a module.
pub type Names = Vec<String>;

/// Most modules that pass a name on to each other.
const PASSED_ON: usize = 8;

/// A file of the crate.
pub struct Source {
    /// Below `src`, as `http/door/rate.rs`.
    pub path: String,
    pub text: String,
    /// The module that it is: `http`, `door`, `rate`.
    pub module: Names,
    /// Every path that its code names, in `use` and elsewhere.
    pub paths: Vec<Names>,
    /// What its `use` bring in, by the name they have here.
    names: BTreeMap<String, Names>,
}

/// All files of the crate, by the module that they are.
pub struct Sources {
    pub files: Vec<Source>,
    by_module: BTreeMap<Names, usize>,
}

impl Sources {
    pub fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut files = Vec::new();
        walk(&root, &root, &mut files);
        assert!(files.len() > 40, "the sources were not found");
        Self::of(files)
    }

    fn of(files: Vec<Source>) -> Self {
        let modules = files.iter().enumerate();
        let by_module = modules
            .map(|(at, file)| (file.module.clone(), at))
            .collect();
        Self { files, by_module }
    }

    /// The modules of this crate that a file names, each as often as it does.
    pub fn named<'a>(&'a self, file: &'a Source) -> impl Iterator<Item = &'a Names> {
        self.targets(file, 0)
    }

    /// The modules that have what a file names, where those that it names only pass it on.
    pub fn imported<'a>(&'a self, file: &'a Source) -> impl Iterator<Item = &'a Names> {
        self.targets(file, PASSED_ON)
    }

    fn targets<'a>(&'a self, file: &'a Source, hops: usize) -> impl Iterator<Item = &'a Names> {
        let paths = file.paths.iter();
        paths.filter_map(move |path| self.target(file, path, hops))
    }

    fn target(&self, file: &Source, path: &[String], hops: usize) -> Option<&Names> {
        let mut path = self.absolute(file, path)?;
        let mut rest = Vec::new();
        loop {
            if let Some((module, &at)) = self.by_module.get_key_value(&path) {
                let passed_on = rest
                    .last()
                    .filter(|_| hops > 0)
                    .and_then(|name| self.files[at].names.get(name))
                    .and_then(|passed_on| self.target(&self.files[at], passed_on, hops - 1));
                return Some(passed_on.unwrap_or(module));
            }
            rest.push(path.pop()?);
        }
    }

    /// The path from the root of the crate; none when it leads into a library or to what is local.
    fn absolute(&self, file: &Source, path: &[String]) -> Option<Names> {
        let mut at = file.module.clone();
        let mut rest = path;
        match path.first()?.as_str() {
            "crate" | "footlight" => {
                at.clear();
                rest = &rest[1..];
            }
            "self" => rest = &rest[1..],
            "super" => {
                while rest.first().is_some_and(|name| name == "super") {
                    at.pop()?;
                    rest = &rest[1..];
                }
            }
            name => {
                at.push(name.to_owned());
                let is_below = self.by_module.contains_key(&at);
                at.pop();
                if !is_below {
                    return None;
                }
            }
        }
        at.extend_from_slice(rest);
        Some(at)
    }
}

impl Source {
    fn of(path: String, text: String) -> Self {
        let module = path.trim_end_matches(".rs").split('/');
        let module = module
            .map(str::to_owned)
            .filter(|name| !["mod", "lib", "main"].contains(&name.as_str()));
        let mut source = Self {
            module: module.collect(),
            path,
            paths: Vec::new(),
            names: BTreeMap::new(),
            text,
        };
        if source.path == "main.rs" {
            // A crate of its own, which no other file names.
            source.module = vec!["main".to_owned()];
        }
        source.read();
        source
    }

    /// The text before the file's own tests.
    pub fn code(&self) -> &str {
        let end = self.text.find("\n#[cfg(test)]\nmod ");
        end.map_or(&self.text, |end| &self.text[..end])
    }

    fn read(&mut self) {
        let tokens = tokens(self.code());
        let mut rest = tokens.as_slice();
        while let Some((token, tail)) = rest.split_first() {
            rest = tail;
            if token == "use" {
                rest = self.tree(&[], rest);
            } else if is_name(token) {
                let mut path = vec![token.clone()];
                while let [colons, name, tail @ ..] = rest
                    && colons == "::"
                    && is_name(name)
                {
                    path.push(name.clone());
                    rest = tail;
                }
                if path.len() > 1 {
                    self.paths.push(path);
                }
            }
        }
    }

    /// Reads a tree of `use` behind `before`; answers with what follows it.
    fn tree<'a>(&mut self, before: &[String], mut rest: &'a [String]) -> &'a [String] {
        let mut path = before.to_vec();
        while let Some((token, tail)) = rest.split_first() {
            match token.as_str() {
                "{" => {
                    rest = tail;
                    while let Some((token, tail)) = rest.split_first() {
                        match token.as_str() {
                            "}" => return tail,
                            "," => rest = tail,
                            _ => rest = self.tree(&path, rest),
                        }
                    }
                    return rest;
                }
                "as" => {
                    let [name, tail @ ..] = tail else { return tail };
                    self.bring(name, path);
                    return tail;
                }
                "self" if !path.is_empty() => rest = tail,
                "::" | "*" => rest = tail,
                name if is_name(name) => {
                    path.push(token.clone());
                    rest = tail;
                }
                _ => break,
            }
        }
        if let Some(name) = path.last().cloned() {
            self.bring(&name, path);
        }
        rest
    }

    fn bring(&mut self, name: &str, path: Names) {
        self.paths.push(path.clone());
        self.names.insert(name.to_owned(), path);
    }
}

/// The words and signs of some code, without comments and strings; `::` is one sign.
fn tokens(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(length) = literal(rest) {
            length
        } else if first.is_alphanumeric() || first == '_' {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
            let end = end.unwrap_or(rest.len());
            found.push(rest[..end].to_owned());
            end
        } else if rest.starts_with("::") {
            found.push("::".to_owned());
            2
        } else {
            if !first.is_whitespace() {
                found.push(first.to_string());
            }
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    found
}

/// The length of the string or the character that `code` begins with.
fn literal(code: &str) -> Option<usize> {
    let prefix = code
        .bytes()
        .take_while(|byte| b"br#".contains(byte))
        .count();
    if !["", "b", "r", "br"].contains(&code[..prefix].trim_end_matches('#')) {
        return None;
    }
    let quote = code[prefix..].chars().next();
    let quote = quote.filter(|quote| ['"', '\''].contains(quote))?;
    let hashes = code[..prefix].matches('#').count();
    let body = &code[prefix + 1..];
    if quote == '\'' {
        // `'a` without an end is a lifetime.
        let escaped = usize::from(body.starts_with('\\'));
        let end = body.char_indices().nth(1 + escaped)?.0;
        let closed = body[end..].find('\'').filter(|at| *at == 0 || escaped == 1);
        return Some(prefix + 1 + closed.map_or(0, |at| end + at + 1));
    }
    if code[..prefix].contains('r') {
        let end = format!("\"{}", "#".repeat(hashes));
        return Some(prefix + 1 + body.find(&end)? + end.len());
    }
    let mut escaped = false;
    for (at, byte) in body.bytes().enumerate() {
        match byte {
            b'"' if !escaped => return Some(prefix + at + 2),
            b'\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    None
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_') && token != "as"
}

fn walk(folder: &Path, root: &Path, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, root, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let name = path.strip_prefix(root).unwrap().to_string_lossy();
            let text = fs::read_to_string(&path).unwrap();
            found.push(Source::of(name.into_owned(), text));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(code: &str) -> Vec<String> {
        let source = Source::of("a/b.rs".to_owned(), code.to_owned());
        source.paths.iter().map(|path| path.join("::")).collect()
    }

    #[test]
    fn every_form_of_use_is_read() {
        for (code, expected) in [
            ("use std::{env};", &["std::env"][..]),
            (
                "use std::{env::{self, var}, io as i};",
                &["std::env", "std::env::var", "std::io"],
            ),
            (
                "use crate::{\n    store,\n    service::{\n        tx,\n    },\n};",
                &["crate::store", "crate::service::tx"],
            ),
            ("pub(super) use self::serve::*;", &["self::serve"]),
            ("use a; fn f() { b::c() }", &["a", "b::c"]),
            (
                "fn f() -> super::x::Y { crate::z::<W>() }",
                &["super::x::Y", "crate::z"],
            ),
            ("// use a::b;\nuse c::d; // use e::f;", &["c::d"]),
            (
                "const A: &str = \"\\\"use a::b\"; const B: char = '\"'; use c::d;",
                &["c::d"],
            ),
            (
                "const A: &str = r#\"\"use a::b\"\"#; fn f<'a>(x: &'a str) {} use c::d;",
                &["c::d"],
            ),
            (
                "const A: char = '\\''; const B: char = '\\u{7f}'; use c::d;",
                &["c::d"],
            ),
            (
                "use c::d;\n#[cfg(test)]\nmod tests { use e::f; }",
                &["c::d"],
            ),
        ] {
            assert_eq!(paths(code), expected, "{code}");
        }
    }

    #[test]
    fn a_path_leads_to_the_file_that_has_it() {
        let file = |path: &str, text: &str| Source::of(path.to_owned(), text.to_owned());
        let sources = Sources::of(vec![
            file("lib.rs", "mod a; mod b;"),
            file("a/mod.rs", "pub use self::inner::Thing; use crate::b;"),
            file("a/inner.rs", "use super::b::What;"),
            file("b.rs", "use crate::a::{Thing, Other}; use std::fmt;"),
        ]);
        let leads = |at: usize| {
            let imports = sources.imported(&sources.files[at]);
            imports.map(|module| module.join("/")).collect::<Vec<_>>()
        };
        assert_eq!(leads(1), ["a/inner", "b"]);
        assert_eq!(leads(2), ["b"], "through what the folder imports");
        assert_eq!(leads(3), ["a/inner", "a"], "to where a name is from");
    }
}
