//! The questions of a manual validation, asked at the keyboard.

use std::fs;
use std::io::{self, Write};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;

use tempfile::NamedTempFile;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::event::Attempt;

/// What `recordManualValidation` takes.
#[derive(Debug)]
pub(super) struct Decision {
    pub(super) log_id: Uuid,
    pub(super) pass: bool,
    pub(super) notes: Option<String>,
    pub(super) edited_output: Option<String>,
}

impl Decision {
    pub(super) const fn pass(log_id: Uuid) -> Self {
        Self {
            log_id,
            pass: true,
            notes: None,
            edited_output: None,
        }
    }
}

/// The keyboard and the editor. Cheap to clone; the clones share them.
#[derive(Clone)]
pub(super) struct Prompt {
    lines: mpsc::Sender<oneshot::Sender<String>>,
    editor: Option<String>,
    editing: Arc<AtomicBool>,
}

enum Choice {
    Pass,
    Fail,
    Edit,
}

impl Prompt {
    pub(super) fn new(editor: Option<String>) -> Self {
        Self {
            lines: keyboard(),
            editor,
            editing: Arc::default(),
        }
    }

    /// Whether an editor has the terminal, so that Ctrl-C is meant for it.
    pub(super) fn is_editing(&self) -> bool {
        self.editing.load(Ordering::Relaxed)
    }

    /// Asks until there is a decision; none when the keyboard is closed.
    pub(super) async fn decide(self, log: Attempt) -> Option<Decision> {
        let output = log.answer().unwrap_or_default();
        let mut decision = Decision::pass(log.id);
        loop {
            match self.choice().await? {
                Choice::Pass => break,
                Choice::Fail => {
                    decision.pass = false;
                    break;
                }
                Choice::Edit => match self.edit(output.clone()).await {
                    Ok(Some(edited)) => {
                        decision.edited_output = Some(edited);
                        break;
                    }
                    Ok(None) => say("nothing was changed\n"),
                    Err(error) => say(&format!("the editor failed: {error}\n")),
                },
            }
        }
        let notes = self.ask("notes (Enter for none): ").await?;
        decision.notes = Some(notes).filter(|notes| !notes.trim().is_empty());
        Some(decision)
    }

    async fn choice(&self) -> Option<Choice> {
        loop {
            let answer = self.ask("[p]ass, [f]ail or [e]dit and pass? ").await?;
            match answer.trim().to_lowercase().as_str() {
                "p" | "pass" => return Some(Choice::Pass),
                "f" | "fail" => return Some(Choice::Fail),
                "e" | "edit" => return Some(Choice::Edit),
                _ => {}
            }
        }
    }

    /// The output as changed, in the editor or else as one line; none when it was not changed.
    async fn edit(&self, output: String) -> io::Result<Option<String>> {
        let edited = match self.editor.clone() {
            Some(editor) => {
                let before = output.clone();
                self.editing.store(true, Ordering::Relaxed);
                let edited = tokio::task::spawn_blocking(move || edit_in(&editor, &before)).await;
                self.editing.store(false, Ordering::Relaxed);
                edited.map_err(io::Error::other)??
            }
            None => self
                .ask("new output, on one line: ")
                .await
                .unwrap_or_default(),
        };
        Ok(Some(edited).filter(|edited| !edited.is_empty() && *edited != output))
    }

    async fn ask(&self, question: &str) -> Option<String> {
        say(question);
        let (reply, line) = oneshot::channel();
        self.lines.send(reply).ok()?;
        line.await.ok()
    }
}

fn say(text: &str) {
    let mut stdout = io::stdout();
    // A terminal that is gone also ends the reading of lines, which is where it is noticed.
    let _ = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
}

/// Reads a line for each reply that is asked for, on a thread, since such a read cannot be called
/// off. A line goes to whoever asked last: an earlier question may have been settled elsewhere.
fn keyboard() -> mpsc::Sender<oneshot::Sender<String>> {
    let (ask, asked) = mpsc::channel::<oneshot::Sender<String>>();
    thread::spawn(move || {
        while let Ok(first) = asked.recv() {
            let mut line = String::new();
            if !matches!(io::stdin().read_line(&mut line), Ok(1..)) {
                return;
            }
            let reply = asked.try_iter().last().unwrap_or(first);
            // Nobody waits for it any more: then it was not meant for anybody else.
            let _ = reply.send(line.trim_end_matches(['\r', '\n']).to_owned());
        }
    });
    ask
}

/// Opens `editor`, which may have arguments, on a file that only this user can read.
fn edit_in(editor: &str, text: &str) -> io::Result<String> {
    let mut file = NamedTempFile::with_suffix(".txt")?;
    file.write_all(text.as_bytes())?;
    let mut words = editor.split_whitespace();
    let program = words.next().unwrap_or(editor);
    let status = Command::new(program)
        .args(words)
        .arg(file.path())
        .status()?;
    if !status.success() {
        return Err(io::Error::other(format!("{program} ended with {status}")));
    }
    // Editors that save by renaming leave another file at the path.
    let mut edited = fs::read_to_string(file.path())?;
    if !text.ends_with('\n') && edited.ends_with('\n') {
        edited.pop();
    }
    Ok(edited)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn an_editor_with_arguments_changes_the_text() {
        assert_eq!(edit_in("sed -i s/a/b/", "cat").unwrap(), "cbt");
        assert_eq!(edit_in("true", "as it was").unwrap(), "as it was");
        assert!(edit_in("false", "x").is_err());
        assert!(edit_in("no-such-editor", "x").is_err());
    }
}
