//! The options that every instrument takes.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::server::Variable;

/// What every instrument can be told.
#[derive(Clone, Debug, Default, Args)]
pub struct Options {
    /// End in a minute: fewer and shorter measurements, to see that all works
    #[arg(long)]
    pub quick: bool,
    /// Where the figures go as JSON [default: bench/NAME.json in the target directory]
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Where databases are put; it should be on a real disk, and PostgreSQL's user must be able to
    /// reach it [default: tmp in the target directory]
    #[arg(long, value_name = "DIRECTORY")]
    pub folder: Option<PathBuf>,
    /// The server's binary [default: the one that cargo built beside this]
    #[arg(long, value_name = "FILE")]
    pub server: Option<PathBuf>,
    /// A variable of the servers' environment, over what the instrument sets itself; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = variable)]
    pub set: Vec<Variable>,
    /// Cargo says so to every benchmark
    #[arg(long, hide = true)]
    pub bench: bool,
}

/// What cargo knows while it builds an instrument.
#[derive(Clone, Copy, Debug)]
pub struct Built {
    pub name: &'static str,
    /// The server's binary.
    pub server: &'static str,
    /// A directory for files of benchmarks, in the target directory.
    pub folder: &'static str,
}

/// Names the binary and the folder of the instrument that says it.
#[macro_export]
macro_rules! built {
    ($name:literal) => {
        $crate::options::Built {
            name: $name,
            server: env!("CARGO_BIN_EXE_footlight"),
            folder: env!("CARGO_TARGET_TMPDIR"),
        }
    };
}

impl Options {
    /// The server's binary.
    #[must_use]
    pub fn server<'a>(&'a self, built: &Built) -> &'a Path {
        self.server
            .as_deref()
            .unwrap_or_else(|| Path::new(built.server))
    }

    /// Where databases are put.
    #[must_use]
    pub fn folder<'a>(&'a self, built: &Built) -> &'a Path {
        self.folder
            .as_deref()
            .unwrap_or_else(|| Path::new(built.folder))
    }

    /// Where the figures go.
    #[must_use]
    pub fn json(&self, built: &Built) -> PathBuf {
        let beside = || {
            let file = format!("../bench/{}.json", built.name);
            Path::new(built.folder).join(file)
        };
        self.json.clone().unwrap_or_else(beside)
    }
}

fn variable(text: &str) -> Result<Variable, String> {
    let (name, value) = text.split_once('=').ok_or("not NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}
