//! The two surfaces: a terminal, where a spinner turns below what has been printed, and a plain
//! stream of lines. Nothing of a server's reaches either but through here, where it is made safe.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;

/// Where lines go. What is printed stays.
pub(super) struct Terminal {
    interactive: bool,
    /// Nothing is shown of how the run goes.
    quiet: bool,
    /// There while something is under way.
    spinner: Option<ProgressBar>,
}

impl Terminal {
    /// Somebody is there only if both what is shown and what is typed belong to a terminal.
    pub(super) fn new(quiet: bool) -> Self {
        Self {
            interactive: !quiet && io::stdin().is_terminal() && io::stdout().is_terminal(),
            quiet,
            spinner: None,
        }
    }

    pub(super) const fn is_interactive(&self) -> bool {
        self.interactive
    }

    pub(super) const fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Prints a line above the spinner.
    pub(super) fn line(&self, text: &str) {
        if self.quiet {
            return;
        }
        let text = printable(text);
        match &self.spinner {
            Some(spinner) => spinner.println(text),
            // A reader who has gone away is no reason to stop following the run.
            None => drop(writeln!(io::stdout(), "{text}")),
        }
    }

    /// Prints what the run came to, also where nothing else is shown: then on one line, for programs.
    pub(super) fn result(&self, value: &Value) {
        let text = if self.quiet {
            value.to_string()
        } else {
            format!("{value:#}")
        };
        // A program that reads it gets it as it is; JSON has no control characters but a few.
        let text = if io::stdout().is_terminal() {
            printable(&text)
        } else {
            text
        };
        drop(writeln!(io::stdout(), "{text}"));
    }

    /// Says why there is no result, where no line was shown that says so.
    pub(super) fn complain(&self, text: &str) {
        if self.quiet {
            eprintln!("{}", printable(text));
        }
    }

    /// Turns the spinner for `what`, its clock starting now.
    pub(super) fn work(&mut self, what: &str) {
        self.rest();
        if !self.interactive {
            return;
        }
        let style = ProgressStyle::with_template("{msg}{spinner} {prefix} · {elapsed}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner());
        let spinner = ProgressBar::with_draw_target(None, ProgressDrawTarget::stdout())
            .with_style(style)
            .with_prefix(printable_line(what));
        spinner.enable_steady_tick(Duration::from_millis(120));
        self.spinner = Some(spinner);
    }

    /// Shows the line that is still growing, between what is printed and the spinner. A plain stream
    /// waits for the whole line.
    pub(super) fn open_line(&self, text: &str) {
        if let Some(spinner) = &self.spinner {
            let message = match text {
                "" => String::new(),
                text => format!("{}\n", printable(text)),
            };
            spinner.set_message(message);
        }
    }

    /// Stops the spinner and wipes it off.
    pub(super) fn rest(&mut self) {
        if let Some(spinner) = self.spinner.take() {
            spinner.finish_and_clear();
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.rest();
    }
}

/// The text without what a terminal obeys in the place of showing it: control characters but the line
/// feed and the tab, and the marks that turn the direction of writing. A model must not be able to
/// move the cursor, retitle the window or disguise what is approved.
pub(super) fn printable(text: &str) -> String {
    let obeyed = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().filter(|&c| !obeyed(c)).collect()
}

/// The same on one line, for names and messages.
pub(super) fn printable_line(text: &str) -> String {
    printable(text).replace(['\n', '\t'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_cannot_steer_the_terminal() {
        let hostile = "a\u{1b}]0;title\u{7}\u{9b}2J\u{202e}b\rc\u{8}\td\n";
        assert_eq!(printable(hostile), "a]0;title2Jbc\td\n");
        assert_eq!(printable_line("a\nb"), "a b");
    }
}
