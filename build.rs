//! Puts the console into the binary: compresses what `web/console/dist` holds and writes the table of it that
//! `src/http/pages/console/files.rs` includes. Nothing but Rust is needed, for the folder is committed; without it the
//! table is empty, and the server says so where the console would be.

use std::error::Error;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

#[path = "src/http/pages/kind.rs"]
mod kind;

/// What the page routes, which is not served.
const ROUTES: &str = "routes.json";

fn main() -> Result<(), Box<dyn Error>> {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("web/console/dist");
    println!("cargo:rerun-if-changed={}", dist.display());
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=src/http/pages/kind.rs");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo names no OUT_DIR")?);
    let mut files = Vec::new();
    if dist.is_dir() {
        walk(&dist, &mut files)?;
        files.sort();
    }
    let routes = dist.join(ROUTES);
    files.retain(|file| *file != routes);
    let mut table = format!("static FILES: [File; {}] = [\n", files.len());
    for (number, file) in files.iter().enumerate() {
        let path = format!("/{}", file.strip_prefix(&dist)?.display());
        table.push_str(&entry(&path, file, &out.join(number.to_string()))?);
    }
    table.push_str("];\n");
    let routes = if routes.is_file() {
        format!("include_str!({:?})", text(&routes)?)
    } else {
        "\"[]\"".to_owned()
    };
    writeln!(table, "static ROUTES: &str = {routes};")?;
    fs::write(out.join("console.rs"), table)?;
    Ok(())
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            walk(&path, found)?;
        } else {
            found.push(path);
        }
    }
    Ok(())
}

/// A line of the table, with what it names written beside `out`.
fn entry(path: &str, file: &Path, out: &Path) -> Result<String, Box<dyn Error>> {
    let raw = fs::read(file)?;
    let file = text(file)?;
    let digest = format!("{:x}", Sha256::digest(&raw));
    let (mut br, mut gzip) = ("None".to_owned(), "None".to_owned());
    if kind::content_type(path).contains("charset") {
        br = kept(brotli(&raw)?, &raw, &out.with_extension("br"))?;
        gzip = kept(gzipped(&raw)?, &raw, &out.with_extension("gz"))?;
    }
    Ok(format!(
        "    File {{ path: Cow::Borrowed({path:?}), raw: Bytes::from_static(include_bytes!({file:?})), \
         br: {br}, gzip: {gzip}, digest: Cow::Borrowed({digest:?}) }},\n"
    ))
}

/// What stands in the table for a compressed file: nothing, unless it is the smaller one.
fn kept(compressed: Vec<u8>, raw: &[u8], at: &Path) -> Result<String, Box<dyn Error>> {
    if compressed.len() >= raw.len() {
        return Ok("None".to_owned());
    }
    fs::write(at, compressed)?;
    let at = text(at)?;
    Ok(format!("Some(Bytes::from_static(include_bytes!({at:?})))"))
}

/// A path as the table can say it.
fn text(path: &Path) -> Result<&str, Box<dyn Error>> {
    let no_text = || format!("{} is no text in UTF-8", path.display());
    path.to_str().ok_or_else(|| no_text().into())
}

/// As small as can be for whoever downloads it; in a build without optimizations, in which that takes half a minute,
/// quickly.
fn brotli(raw: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let optimized = std::env::var_os("OPT_LEVEL").is_some_and(|level| level != OsStr::new("0"));
    let parameters = BrotliEncoderParams {
        quality: if optimized { 11 } else { 5 },
        size_hint: raw.len(),
        ..BrotliEncoderParams::default()
    };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &*raw, &mut compressed, &parameters)?;
    Ok(compressed)
}

fn gzipped(raw: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(raw)?;
    Ok(encoder.finish()?)
}
