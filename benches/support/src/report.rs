//! What came of a measurement: tables for people, JSON for programs, and both say where and how.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context, Result};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use crate::options::{Built, Options};

/// One line of a table: what its columns are called, and what stands in them.
#[derive(Clone, Debug, Default)]
pub struct Row(Vec<(String, Value)>);

impl Row {
    /// An empty line.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The line with one more column.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.push((name.to_owned(), value.into()));
        self
    }
}

/// The tables of an instrument.
pub struct Report {
    heading: Value,
    tables: Vec<(String, Vec<Row>)>,
}

impl Report {
    /// A report without tables. It remembers what the machine is and does now.
    #[must_use]
    pub fn begin(built: &Built, options: &Options) -> Self {
        let now = DateTime::<Utc>::from(SystemTime::now());
        let command: Vec<String> = std::env::args().skip(1).collect();
        let heading = json!({
            "benchmark": built.name,
            "date": now.to_rfc3339_opts(SecondsFormat::Secs, true),
            "arguments": command.join(" "),
            "quick": options.quick,
            "cpu": first("/proc/cpuinfo", "model name"),
            "cores": std::thread::available_parallelism().map_or(0, usize::from),
            "memory": first("/proc/meminfo", "MemTotal"),
            "kernel": file("/proc/sys/kernel/osrelease"),
            "load before": file("/proc/loadavg"),
            "disk": mount(options.folder(built)),
        });
        if let Some(heading) = heading.as_object() {
            for (name, value) in heading {
                println!("{name}: {}", shown(value));
            }
        }
        Self {
            heading,
            tables: Vec::new(),
        }
    }

    /// Adds a table, and prints it.
    pub fn table(&mut self, title: &str, rows: Vec<Row>) {
        println!("\n{title}\n\n{}", markdown(&rows));
        self.tables.push((title.to_owned(), rows));
    }

    /// Writes all of it as JSON.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(self, path: &Path) -> Result<()> {
        let mut all = self.heading;
        all["load after"] = json!(file("/proc/loadavg"));
        let tables = self.tables.into_iter().map(|(title, rows)| {
            let rows: Vec<Map<String, Value>> = rows
                .into_iter()
                .map(|row| row.0.into_iter().collect())
                .collect();
            json!({ "title": title, "rows": rows })
        });
        all["tables"] = tables.collect();
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, serde_json::to_string_pretty(&all)? + "\n")
            .with_context(|| format!("cannot write {}", path.display()))?;
        let path = path.canonicalize()?;
        println!(
            "\nload after: {}\nas JSON: {}",
            shown(&all["load after"]),
            path.display()
        );
        Ok(())
    }
}

/// Rounds to so many digits, as a figure that was measured deserves.
#[must_use]
pub fn round(value: f64, digits: i32) -> f64 {
    let scale = 10_f64.powi(digits);
    (value * scale).round() / scale
}

fn markdown(rows: &[Row]) -> String {
    let Some(first) = rows.first() else {
        return String::new();
    };
    let mut lines: Vec<Vec<String>> = vec![first.0.iter().map(|(name, _)| name.clone()).collect()];
    lines.extend(
        rows.iter()
            .map(|row| row.0.iter().map(|(_, value)| shown(value)).collect()),
    );
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| line.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..lines[0].len()).map(width).collect();
    let mut printed: Vec<String> = lines.iter().map(|line| bar(line, &widths)).collect();
    let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    printed.insert(1, bar(&rule, &widths));
    printed.join("\n")
}

fn bar(cells: &[String], widths: &[usize]) -> String {
    let cells = cells.iter().zip(widths);
    let padded: Vec<String> = cells
        .map(|(cell, width)| format!("{cell:<width$}"))
        .collect();
    format!("| {} |", padded.join(" | "))
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "–".to_owned(),
        other => other.to_string(),
    }
}

fn file(path: &str) -> String {
    fs::read_to_string(path)
        .unwrap_or_default()
        .trim()
        .to_owned()
}

/// The value of the first line of a file that begins so.
fn first(path: &str, name: &str) -> String {
    let text = file(path);
    let line = text.lines().find(|line| line.starts_with(name));
    let value = line.and_then(|line| line.split_once(':'));
    value.map_or("", |(_, value)| value.trim()).to_owned()
}

/// The kind of file system that a folder is on: a database in memory would commit in no time.
fn mount(folder: &Path) -> String {
    let mounts = file("/proc/mounts");
    let mut best = (0, "unknown");
    for line in mounts.lines() {
        let mut fields = line.split_whitespace().skip(1);
        let (Some(point), Some(kind)) = (fields.next(), fields.next()) else {
            continue;
        };
        if folder.starts_with(point) && point.len() >= best.0 {
            best = (point.len(), kind);
        }
    }
    best.1.to_owned()
}
