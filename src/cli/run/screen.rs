//! How each event of a run looks.

use std::time::Duration;

use serde_json::Value;
use uuid::Uuid;

use super::event::{Attempt, Delta, Event, Status, Totals, Verdict};
use super::output::Output;
use super::terminal::{Terminal, printable_line};

/// An open line is cut when it grows beyond this, so that it does not outgrow the screen.
const LONGEST_OPEN_LINE: usize = 600;

/// The run as it is shown.
pub(super) struct Screen {
    terminal: Terminal,
    output: Output,
    /// The attempt that a person has decided; its end tells how.
    by_hand: Option<Uuid>,
    /// Why the last attempt did not pass: the reason of another one, which need not be told twice.
    last_reason: Option<String>,
    /// The visit of the list that was told of last, its stage's order and its number.
    list: Option<(i32, i32)>,
}

impl Screen {
    /// A quiet one shows nothing of how the run goes.
    pub(super) fn new(quiet: bool) -> Self {
        Self {
            terminal: Terminal::new(quiet),
            output: Output::default(),
            by_hand: None,
            last_reason: None,
            list: None,
        }
    }

    pub(super) const fn is_interactive(&self) -> bool {
        self.terminal.is_interactive()
    }

    pub(super) const fn is_quiet(&self) -> bool {
        self.terminal.is_quiet()
    }

    /// Prints a message of this program.
    pub(super) fn say(&self, text: &str) {
        self.terminal.line(text);
    }

    /// Prints what the run came to.
    pub(super) fn result(&self, output: &Value) {
        self.terminal.result(output);
    }

    /// Leaves the keyboard's line to a question.
    pub(super) fn make_way(&mut self) {
        self.terminal.rest();
    }

    pub(super) fn show(&mut self, event: &Event) {
        match event {
            Event::ExecutionStatusChanged {
                status,
                reason,
                execution,
            } => self.status(*status, reason.as_deref(), execution),
            Event::StageStarted { item_count, log } => match log.item_index {
                Some(item) => self.item_started(log, (item, item_count.unwrap_or_default())),
                None => self.started(log),
            },
            Event::StageFinished {
                validation_result,
                next_stage_order,
                log,
            } => self.finished(*validation_result, *next_stage_order, log),
            Event::StageRetryScheduled {
                stage_order,
                attempt_number,
                item_index,
                retry_at,
                reason,
            } => {
                let is_news = *reason != self.last_reason;
                let reason = reason.as_deref().filter(|_| is_news);
                let reason = reason.map(detail).unwrap_or_default();
                let time = retry_at.format("%H:%M:%S UTC");
                let item = item_index.map(|item| format!("item {item}: "));
                let item = item.unwrap_or_default();
                self.say(&format!(
                    "↻ {item}attempt {attempt_number} at {time}{reason}"
                ));
                self.terminal
                    .work(&format!("stage {stage_order} waits for another attempt"));
            }
            Event::ManualValidationRequested { log } => {
                self.rest_of_output(log);
                self.terminal.rest();
                self.say(&format!("? {} waits for a decision", title(log)));
            }
            Event::ManualValidationRecorded { log } => self.by_hand = Some(log.id),
            // Items come side by side: each is shown when it has ended.
            Event::StageOutputDelta(delta) if delta.item_index.is_some() => {}
            Event::StageOutputDelta(delta) => self.output(delta),
            Event::Unknown => {}
        }
    }

    /// A list is told of once, and its items when they have ended.
    fn item_started(&mut self, log: &Attempt, (item, count): (i32, i32)) {
        let visit = (log.stage_order, log.visit);
        if self.list != Some(visit) {
            self.list = Some(visit);
            self.end_output();
            self.say("");
            self.say(&format!("▶ {} · {count} items", title(log)));
        }
        self.terminal.work(&format!("{} · item {item}", title(log)));
    }

    fn started(&mut self, log: &Attempt) {
        self.end_output();
        let heading = format!("{}{}", title(log), again(log));
        self.say("");
        self.say(&format!("▶ {heading}"));
        self.terminal.work(&heading);
    }

    fn output(&mut self, delta: &Delta) {
        let lines = self.output.take(delta);
        if !lines.is_empty() {
            self.terminal.open_line("");
        }
        for line in lines {
            self.terminal.line(&line);
        }
        if self.is_interactive()
            && let Some(head) = self.output.cut_line(LONGEST_OPEN_LINE)
        {
            self.terminal.open_line("");
            self.terminal.line(&head);
        }
        self.terminal.open_line(self.output.open_line());
    }

    fn finished(&mut self, result: Verdict, next: Option<i32>, log: &Attempt) {
        if let Some(item) = log.item_index {
            self.say("");
            self.say(&format!("▷ item {item}{}", again(log)));
        }
        self.rest_of_output(log);
        self.terminal.rest();
        let how = if self.by_hand == Some(log.id) {
            " by hand".to_owned()
        } else {
            log.duration_ms
                .map(|ms| format!(" in {:.1} s", Duration::from_millis(ms).as_secs_f32()))
                .unwrap_or_default()
        };
        let why = match result {
            Verdict::Error => &log.error_message,
            Verdict::Pending | Verdict::Pass | Verdict::Fail => &log.validator_notes,
        };
        self.last_reason.clone_from(why);
        let why = why.as_deref().map(detail).unwrap_or_default();
        let next = match next {
            Some(order) if result != Verdict::Pass && order != log.stage_order => {
                format!(" → stage {order}")
            }
            Some(_) | None => String::new(),
        };
        self.say(&format!("{}{how}{why}{next}", verdict(result)));
    }

    fn status(&mut self, status: Status, reason: Option<&str>, execution: &Totals) {
        let reason = reason.map(detail).unwrap_or_default();
        match status {
            Status::Pending | Status::Running => {}
            Status::Paused if reason.contains("AWAITING_VALIDATION") => {}
            Status::Paused => {
                self.terminal.rest();
                self.say(&format!("‖ paused{reason}"));
            }
            Status::Completed => {
                let tokens = execution.usage.total_tokens;
                let tokens = tokens.map(|n| format!(" · {n} tokens")).unwrap_or_default();
                self.end(&format!("✓ completed{tokens}"));
            }
            Status::Failed => {
                // The message is the reason in words.
                let message = execution.error_message.as_deref();
                let message = message.map_or(reason, detail);
                self.end_badly(&format!("✗ failed{message}"));
            }
            Status::Cancelled => self.end_badly("✗ cancelled"),
        }
    }

    fn end(&mut self, line: &str) {
        self.end_output();
        self.terminal.rest();
        self.say("");
        self.say(line);
    }

    /// Says also to whom nothing else is shown that there is no result.
    fn end_badly(&mut self, line: &str) {
        self.end(line);
        self.terminal.complain(line);
    }

    /// Shows what has not come in pieces, as of an attempt that another process has driven.
    fn rest_of_output(&mut self, log: &Attempt) {
        if let Some(text) = log.answer() {
            self.output(&Delta {
                log_id: log.id,
                item_index: log.item_index,
                offset: 0,
                text,
            });
        }
        self.end_output();
    }

    fn end_output(&mut self) {
        self.terminal.open_line("");
        if let Some(line) = self.output.end_line() {
            self.terminal.line(&line);
        }
    }
}

/// Which attempt it is, where it is not the first.
fn again(log: &Attempt) -> String {
    match (log.visit, log.number) {
        (_, 1) => String::new(),
        (1, attempt) => format!(" · attempt {attempt}"),
        (visit, attempt) => format!(" · attempt {attempt}, visit {visit}"),
    }
}

fn title(log: &Attempt) -> String {
    match log.stage_name.as_deref() {
        Some(name) if !name.is_empty() => {
            format!("stage {} · {}", log.stage_order, printable_line(name))
        }
        Some(_) | None => format!("stage {}", log.stage_order),
    }
}

const fn verdict(result: Verdict) -> &'static str {
    match result {
        Verdict::Pending => "· undecided",
        Verdict::Pass => "✓ passed",
        Verdict::Fail => "✗ did not pass",
        Verdict::Error => "! no verdict",
    }
}

fn detail(text: &str) -> String {
    match printable_line(text) {
        text if text.is_empty() => text,
        text => format!(": {text}"),
    }
}
