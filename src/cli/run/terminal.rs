//! The two surfaces: a terminal, where a spinner turns below what has been printed, and a plain
//! stream of lines.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The open line is printed when it grows beyond this, so that it does not outgrow the screen.
const LONGEST_OPEN_LINE: usize = 600;

/// Where lines go. What is printed stays.
pub(super) struct Terminal {
    interactive: bool,
    /// There while something is under way.
    spinner: Option<ProgressBar>,
}

impl Terminal {
    /// Somebody is there only if both what is shown and what is typed belong to a terminal.
    pub(super) fn new() -> Self {
        Self {
            interactive: io::stdin().is_terminal() && io::stdout().is_terminal(),
            spinner: None,
        }
    }

    pub(super) const fn is_interactive(&self) -> bool {
        self.interactive
    }

    /// Prints a line above the spinner.
    pub(super) fn line(&self, text: &str) {
        match &self.spinner {
            // An empty line would otherwise print nothing.
            Some(spinner) if text.is_empty() => spinner.println(" "),
            Some(spinner) => spinner.println(text),
            // A reader who has gone away is no reason to stop following the run.
            None => drop(writeln!(io::stdout(), "{text}")),
        }
    }

    /// Turns the spinner for `what`, its clock starting now.
    pub(super) fn work(&mut self, what: String) {
        if !self.interactive {
            return;
        }
        let style = ProgressStyle::with_template("{msg}{spinner} {prefix} · {elapsed}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner());
        let spinner = ProgressBar::with_draw_target(None, ProgressDrawTarget::stdout())
            .with_style(style)
            .with_prefix(what);
        spinner.enable_steady_tick(Duration::from_millis(120));
        self.rest();
        self.spinner = Some(spinner);
    }

    /// Shows the line that is still growing, between what is printed and the spinner. Answers
    /// whether it is due to be printed. A plain stream waits for whole lines.
    pub(super) fn open_line(&self, text: &str) -> bool {
        if let Some(spinner) = &self.spinner {
            let message = match text {
                "" => String::new(),
                text => format!("{text}\n"),
            };
            spinner.set_message(message);
        }
        self.spinner.is_some() && text.len() > LONGEST_OPEN_LINE && text.ends_with(' ')
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
