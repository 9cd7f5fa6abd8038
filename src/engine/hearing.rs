//! What is heard of a model while it answers. Watchers are shown the answer, without the thoughts ahead of it.

use crate::domain::limit;
use crate::domain::output::thought::{Incoming, Shown, Text};
use crate::llm::Piece;
use crate::service::drive::Output;

/// Hears an answer come.
pub(super) struct Hearing<'a> {
    sent: &'a [&'a str],
    text: Incoming<'a>,
    thoughts: String,
    output: Option<&'a Output>,
}

/// All that was heard.
pub(super) struct Heard {
    pub text: Text,
    /// What the model thought before it answered, wherever that stood.
    pub reasoning: Option<String>,
}

impl<'a> Hearing<'a> {
    /// Hears what answers these messages, and shows it as `output`.
    pub(super) const fn new(sent: &'a [&'a str], output: Option<&'a Output>) -> Self {
        Self {
            sent,
            text: Incoming::new(sent),
            thoughts: String::new(),
            output,
        }
    }

    pub(super) fn take(&mut self, piece: Piece<'_>) {
        match piece {
            Piece::Text(text) => show(self.output, self.text.push(text)),
            Piece::Thought(text) => self.thoughts.push_str(text),
            Piece::Refusal | Piece::Silence | Piece::End => {}
        }
    }

    /// The call is over. A provider may have handed back with an error what the model wrote.
    pub(super) fn end(mut self, handed_back: Option<&str>) -> Heard {
        if let Some(text) = handed_back.map(str::to_owned).map(limit::clean) {
            self.text = Incoming::new(self.sent);
            self.text.push(&text);
        }
        show(self.output, self.text.end());
        let text = self.text.into_text();
        let thoughts = [self.thoughts.trim(), text.thoughts.as_deref().unwrap_or("")];
        let thoughts = thoughts.into_iter().filter(|thoughts| !thoughts.is_empty());
        let reasoning = thoughts.collect::<Vec<_>>().join("\n\n");
        Heard {
            reasoning: Some(reasoning).filter(|reasoning| !reasoning.is_empty()),
            text,
        }
    }
}

fn show(output: Option<&Output>, shown: Shown<'_>) {
    match (output, shown) {
        (None, _) => {}
        (Some(output), Shown::More(text)) => output.push(text),
        (Some(output), Shown::Instead(text)) => output.replace(text),
    }
}
