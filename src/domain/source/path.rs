//! How a source path is written.

use std::fmt;

use crate::domain::key::Keys;
use crate::domain::nearest::nearest;
use crate::domain::output::excerpt;

/// What means a part of what a stage left, and no variable of its output, right after its key.
const PARTS: [&str; 5] = [OUTPUT, RAW, NOTES, FAILED, ITEM];
const OUTPUT: &str = "output";
const RAW: &str = "raw";
const NOTES: &str = "notes";
const FAILED: &str = "failed";
const INPUTS: &str = "inputs";
/// The name of the item that a stage is run for.
pub const ITEM: &str = "item";
/// The name of its index.
pub const INDEX: &str = "index";

/// A place that a variable can be taken from, written with dots: `inputs.topic`,
/// `stage_1.output.items.0`, `stage_2.raw`, `stage_2.failed.notes`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourcePath {
    /// Something in the run's inputs, or all of them when `path` is empty.
    Inputs { path: Vec<String> },
    /// Something in a stage's parsed output, or all of it when `path` is empty.
    StageOutput { stage: i32, path: Vec<String> },
    /// The text that a stage's model wrote.
    StageRaw { stage: i32 },
    /// What whoever judged that output said of it.
    StageNotes { stage: i32 },
    /// Something of what the stage's last visit left without a verdict.
    StageFailed { stage: i32, part: Part },
    /// What a stage that runs for each item has brought for the one at the same index, or something in it.
    StageItem { stage: i32, path: Vec<String> },
    /// The item that is run for, or something in it.
    Item { path: Vec<String> },
    /// Where that item stands in its list, from 0.
    Index,
}

/// A part of what a visit left without a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The answer.
    Raw,
    /// Why there was no verdict on it.
    Notes,
    /// Which item of the stage's list it was.
    Index,
}

impl SourcePath {
    /// Is `word` the root of a path? Nothing else is, so that texts may speak of `user.name` where no stage has
    /// the key `user`.
    #[must_use]
    pub fn is_root(word: &str, keys: &Keys<'_>) -> bool {
        word == INPUTS || word.starts_with("stage_") || keys.order(word).is_some()
    }

    /// Reads a path as it stands in an input mapping, or in a template between its braces. After a key stands a part
    /// of what its stage left, like after `stage_N`, or what is in its output: `facts.people` where
    /// `stage_1.output.people` is meant.
    ///
    /// # Errors
    ///
    /// What is allowed, when `text` is none of it.
    pub fn parse(text: &str, keys: &Keys<'_>) -> Result<Self, String> {
        let mut segments = text.split('.');
        let root = segments.next().unwrap_or_default();
        let refused = || {
            let meant = meant(text, keys).map(|path| excerpt(&path, 200));
            let hint = meant.map(|meant| format!(" (did you mean {meant}?)"));
            format!(
                "\"{}\" is no source path{}: use inputs.name, stage_N.output.name, stage_N.raw, \
                 stage_N.notes, stage_N.failed.raw, .notes or .index, stage_N.item.name, where N is a \
                 stageOrder, a stage's key before .name, or, with forEach, item.name and index",
                excerpt(text, 200),
                hint.unwrap_or_default()
            )
        };
        let mut path: Vec<String> = segments.map(str::to_owned).collect();
        if path.iter().any(String::is_empty) {
            return Err(refused());
        }
        match root {
            INPUTS => return Ok(Self::Inputs { path }),
            ITEM => return Ok(Self::Item { path }),
            INDEX if path.is_empty() => return Ok(Self::Index),
            _ => {}
        }
        let stage = match keys.order(root) {
            Some(stage)
                if path
                    .first()
                    .is_some_and(|word| !PARTS.contains(&word.as_str())) =>
            {
                return Ok(Self::StageOutput { stage, path });
            }
            Some(stage) => stage,
            None => stage_order(root).ok_or_else(refused)?,
        };
        let words: Vec<_> = path.iter().map(String::as_str).collect();
        match words.as_slice() {
            [OUTPUT, ..] => {
                path.remove(0);
                Ok(Self::StageOutput { stage, path })
            }
            [RAW] => Ok(Self::StageRaw { stage }),
            [NOTES] => Ok(Self::StageNotes { stage }),
            [ITEM, ..] => {
                path.remove(0);
                Ok(Self::StageItem { stage, path })
            }
            [FAILED, part] => {
                let part = Part::parse(part).ok_or_else(refused)?;
                Ok(Self::StageFailed { stage, part })
            }
            _ => Err(refused()),
        }
    }

    /// The path that has the stage's order in the place of its key, after which `rest` stands.
    #[must_use]
    pub fn by_order(stage: i32, rest: &str) -> String {
        let word = rest.split('.').next().unwrap_or_default();
        if PARTS.contains(&word) {
            format!("stage_{stage}.{rest}")
        } else {
            format!("stage_{stage}.{OUTPUT}.{rest}")
        }
    }

    /// The order of the stage that the path looks at, if it looks at one.
    #[must_use]
    pub const fn stage(&self) -> Option<i32> {
        match self {
            Self::Inputs { .. } | Self::Item { .. } | Self::Index => None,
            Self::StageOutput { stage, .. }
            | Self::StageRaw { stage }
            | Self::StageNotes { stage }
            | Self::StageFailed { stage, .. }
            | Self::StageItem { stage, .. } => Some(*stage),
        }
    }

    /// Does it lead into the run's inputs?
    #[must_use]
    pub const fn is_input(&self) -> bool {
        matches!(self, Self::Inputs { .. })
    }

    /// Does it lead somewhere only where a stage runs for each item?
    #[must_use]
    pub const fn needs_item(&self) -> bool {
        matches!(
            self,
            Self::StageItem { .. } | Self::Item { .. } | Self::Index
        )
    }

    /// Does a version take it for none that knows the second format of definitions alone?
    #[must_use]
    pub const fn needs_third(&self) -> bool {
        match self {
            Self::Inputs { .. } | Self::StageOutput { .. } | Self::StageRaw { .. } => false,
            Self::StageNotes { .. }
            | Self::StageFailed { .. }
            | Self::StageItem { .. }
            | Self::Item { .. }
            | Self::Index => true,
        }
    }
}

impl Part {
    fn parse(word: &str) -> Option<Self> {
        [Self::Raw, Self::Notes, Self::Index]
            .into_iter()
            .find(|part| part.as_str() == word)
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Raw => RAW,
            Self::Notes => NOTES,
            Self::Index => INDEX,
        }
    }
}

impl fmt::Display for SourcePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = match self {
            Self::Inputs { path } => {
                f.write_str(INPUTS)?;
                path
            }
            Self::StageOutput { stage, path } => {
                write!(f, "stage_{stage}.output")?;
                path
            }
            Self::StageRaw { stage } => return write!(f, "stage_{stage}.raw"),
            Self::StageNotes { stage } => return write!(f, "stage_{stage}.notes"),
            Self::StageFailed { stage, part } => {
                return write!(f, "stage_{stage}.failed.{}", part.as_str());
            }
            Self::StageItem { stage, path } => {
                write!(f, "stage_{stage}.item")?;
                path
            }
            Self::Item { path } => {
                f.write_str(ITEM)?;
                path
            }
            Self::Index => return f.write_str(INDEX),
        };
        path.iter().try_for_each(|segment| write!(f, ".{segment}"))
    }
}

/// The path that somebody meant who wrote this text, which is none.
fn meant(text: &str, keys: &Keys<'_>) -> Option<String> {
    let said = text.trim_matches(['{', '}', ' ']);
    let mut path = said.split('.');
    let root = path.next()?;
    let path: Vec<_> = path.collect();
    let words = if stage_order(root).is_some() || keys.order(root).is_some() {
        [&[root], of_stage(&path).as_slice()].concat()
    } else if path.is_empty() {
        match nearest(root, keys.iter().chain([INPUTS])) {
            Some(INPUTS) => vec![INPUTS],
            Some(key) => vec![key, OUTPUT],
            // Whoever writes a name alone means an input.
            None => vec![INPUTS, root],
        }
    } else {
        let root = nearest(root, keys.iter().chain([INPUTS, ITEM]))?;
        [&[root], path.as_slice()].concat()
    };
    let meant = words.join(".");
    let is_other = meant != text && !meant.contains(char::is_whitespace);
    (is_other && SourcePath::parse(&meant, keys).is_ok()).then_some(meant)
}

/// What stands after a stage in the path that is most like this one.
fn of_stage<'t>(path: &[&'t str]) -> Vec<&'t str> {
    match path {
        [] => vec![OUTPUT],
        [FAILED] => vec![FAILED, RAW],
        [FAILED, part, ..] => vec![FAILED, nearest(part, [RAW, NOTES, INDEX]).unwrap_or(RAW)],
        [word @ (RAW | NOTES), ..] => vec![word],
        [word, rest @ ..] => match nearest(word, PARTS) {
            Some(part) => [&[part], rest].concat(),
            None => [&[OUTPUT], path].concat(),
        },
    }
}

/// `stage_7` → 7. Written in one way only, so that the keys of the context can be made from it.
fn stage_order(root: &str) -> Option<i32> {
    let digits = root.strip_prefix("stage_")?;
    let order: i32 = digits.parse().ok()?;
    (order > 0 && order.to_string() == digits).then_some(order)
}
