//! The key that `footlight dev` makes, keeps in a file, and signs its own tokens with.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use jsonwebtoken::{EncodingKey, Header};
use rand::TryRng;
use rand::rngs::SysRng;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use tempfile::NamedTempFile;
use uuid::Uuid;

use crate::error::{Error, Result};

const KEY_BYTES: usize = 32;

/// More than any key file holds, so that a wrong path does not read a large file.
const MAX_FILE_BYTES: u64 = 1024;

/// An HS256 secret that exists on this machine alone.
#[derive(Clone, Debug)]
pub struct Key(SecretString);

/// Whom a development token speaks for.
#[derive(Clone, Debug)]
pub struct Subject {
    pub user_id: Uuid,
    pub email: Option<String>,
    pub admin: bool,
}

impl Key {
    /// The key in the file at `path`, which is made with mode 0600 when there is none.
    ///
    /// # Errors
    ///
    /// As [`Key::load`]; `Internal` when the file cannot be made.
    pub fn load_or_create(path: &Path) -> Result<Self> {
        if let Some(key) = read(path)? {
            return Ok(key);
        }
        create(path)?;
        Self::load(path)
    }

    /// The key in the file at `path`.
    ///
    /// # Errors
    ///
    /// `BadInput` when there is no file, others may read it, or it holds no key.
    pub fn load(path: &Path) -> Result<Self> {
        read(path)?.ok_or_else(|| {
            refused(format!(
                "there is no development key at {}: run `footlight dev`, which makes one",
                path.display()
            ))
        })
    }

    /// What [`Settings::jwt_secret`](super::Settings::jwt_secret) must be to believe this key's tokens.
    #[must_use]
    pub fn secret(&self) -> SecretString {
        self.0.clone()
    }

    /// Signs a token like Supabase's for `subject`, valid from `now` for `lifetime`.
    ///
    /// # Errors
    ///
    /// `Internal` when signing fails.
    pub fn mint(
        &self,
        subject: &Subject,
        lifetime: Duration,
        now: DateTime<Utc>,
    ) -> Result<String> {
        let mut claims = json!({
            "sub": subject.user_id,
            "aud": "authenticated",
            "role": "authenticated",
            "iat": now.timestamp(),
            "exp": now.timestamp().saturating_add_unsigned(lifetime.as_secs()),
        });
        if let Some(email) = &subject.email {
            claims["email"] = json!(email);
        }
        if subject.admin {
            claims["app_metadata"] = json!({"role": "admin"});
        }
        let key = EncodingKey::from_secret(self.0.expose_secret().as_bytes());
        let key = key.map_err(Error::internal)?;
        jsonwebtoken::encode(&Header::default(), &claims, &key).map_err(Error::internal)
    }
}

fn read(path: &Path) -> Result<Option<Key>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unusable(path, &error)),
    };
    if is_open_to_others(&file).map_err(|error| unusable(path, &error))? {
        let path = path.display();
        return Err(refused(format!(
            "the development key {path} is open to other users: run `chmod 600 {path}`"
        )));
    }
    let mut text = String::new();
    file.take(MAX_FILE_BYTES)
        .read_to_string(&mut text)
        .map_err(|error| unusable(path, &error))?;
    let text = text.trim_ascii();
    match URL_SAFE_NO_PAD.decode(text) {
        Ok(bytes) if bytes.len() == KEY_BYTES => Ok(Some(Key(text.into()))),
        Ok(_) | Err(_) => Err(refused(format!(
            "{} holds no development key: delete it and run `footlight dev`, which makes a new one",
            path.display()
        ))),
    }
}

/// Writes a fresh key beside `path`, then gives it that name unless another process was faster:
/// nobody ever reads half a key, and all processes end up with the same one.
fn create(path: &Path) -> Result<()> {
    let mut bytes = [0; KEY_BYTES];
    SysRng.try_fill_bytes(&mut bytes).map_err(Error::internal)?;
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // The crate makes its files with mode 0600.
    let mut file = NamedTempFile::new_in(folder).map_err(|error| unusable(path, &error))?;
    writeln!(file, "{}", URL_SAFE_NO_PAD.encode(bytes))
        .and_then(|()| file.as_file().sync_all())
        .map_err(|error| unusable(path, &error))?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(lost) if lost.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(failed) => Err(unusable(path, &failed.error)),
    }
}

/// Asked of the open file, which cannot be swapped between the question and the reading.
#[cfg(unix)]
fn is_open_to_others(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;

    Ok(file.metadata()?.permissions().mode() & 0o077 != 0)
}

/// Elsewhere a file in a user's folder is closed to other users by what it inherits.
#[cfg(not(unix))]
fn is_open_to_others(_: &File) -> io::Result<bool> {
    Ok(false)
}

fn unusable(path: &Path, error: &io::Error) -> Error {
    refused(format!(
        "the development key {} cannot be used: {error}",
        path.display()
    ))
}

fn refused(message: String) -> Error {
    Error::bad_input("", message)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::thread;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dev.key");
        assert!(Key::load(&path).is_err());
        let made = Key::load_or_create(&path).unwrap();
        for kept in [Key::load_or_create(&path), Key::load(&path)] {
            assert_eq!(
                kept.unwrap().secret().expose_secret(),
                made.secret().expose_secret()
            );
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn processes_that_start_together_share_one_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dev.key");
        let keys: Vec<String> = thread::scope(|scope| {
            let starts = [(); 8].map(|()| scope.spawn(|| Key::load_or_create(&path).unwrap()));
            starts
                .map(|start| start.join().unwrap().secret().expose_secret().to_owned())
                .into()
        });
        assert!(keys.iter().all(|key| *key == keys[0]));
    }

    #[cfg(unix)]
    #[test]
    fn a_key_file_is_closed_to_others() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dev.key");
        Key::load_or_create(&path).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);

        for open in [0o640, 0o604, 0o620] {
            fs::set_permissions(&path, fs::Permissions::from_mode(open)).unwrap();
            let message = Key::load_or_create(&path).unwrap_err().to_string();
            assert!(message.contains("chmod 600"), "{message}");
        }
    }

    #[test]
    fn a_file_without_a_key_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dev.key");
        Key::load_or_create(&path).unwrap();
        for text in ["", "short", &"!".repeat(43), &"A".repeat(5000)] {
            fs::write(&path, text).unwrap();
            let message = Key::load_or_create(&path).unwrap_err().to_string();
            assert!(message.contains("dev.key"), "{message}");
        }
    }

    #[test]
    fn debug_output_hides_the_key() {
        let folder = tempfile::tempdir().unwrap();
        let key = Key::load_or_create(&folder.path().join("dev.key")).unwrap();
        assert!(!format!("{key:?}").contains(key.secret().expose_secret()));
    }
}
