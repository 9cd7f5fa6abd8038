//! What a version would misread that knows the second format of definitions alone: whoever adds a field, or a form of
//! one, names it here.

use std::borrow::Cow;

use serde_json::Value;

use super::{Definition, FOR_EACH, KEY, MAPPING, OUTPUT_MAPPING, RETRY_PROMPT, Stage};
use crate::domain::key::Keys;
use crate::domain::mapping::Mapping;
use crate::domain::route::ROUTES;
use crate::domain::source::SourcePath;
use crate::domain::template::{Reference, Syntax, Template};
use crate::domain::turns::MESSAGES;

impl Stage {
    /// The field that such a version would misread, if there is one.
    #[must_use]
    pub fn needs_third(&self) -> Option<&'static str> {
        for (field, is_said) in [
            (KEY, self.key.is_some()),
            (MESSAGES, self.messages.is_some()),
            (RETRY_PROMPT, self.retry_prompt_template.is_some()),
            (ROUTES, self.routes.is_some()),
        ] {
            if is_said {
                return Some(field);
            }
        }
        if self.for_each.is_some() {
            return Some(FOR_EACH);
        }
        let mapping = self.input_variable_mapping.as_ref();
        let mut sources = mapping.and_then(Value::as_object).into_iter().flatten();
        if sources.any(|(_, source)| !source.is_string()) || self.maps_third() {
            return Some(MAPPING);
        }
        let mut templates = self.templates();
        let unread = templates.find(|it| asks_for_third(it.text));
        unread.map(|template| match template.field {
            Cow::Borrowed(field) => field,
            Cow::Owned(_) => MESSAGES,
        })
    }

    fn maps_third(&self) -> bool {
        let mapping =
            Mapping::parse(self.input_variable_mapping.as_ref(), Keys::NONE).unwrap_or_default();
        mapping.paths().any(|(_, path)| path.needs_third())
    }
}

/// Does a template ask for what is at a path that is none for such a version?
fn asks_for_third(template: &str) -> bool {
    let template = Template::parse(template, Syntax::Third);
    template.placeholders().any(|it| match &it.reference {
        Reference::Path(path) => SourcePath::needs_third(path),
        Reference::Name | Reference::Unreadable(_) => false,
    })
}

impl Definition {
    /// What such a version would misread, with the stage where it stands in one.
    #[must_use]
    pub fn needs_third(&self) -> Option<String> {
        if self.output_mapping.is_some() {
            return Some(OUTPUT_MAPPING.to_owned());
        }
        self.stages.iter().find_map(|stage| {
            let field = stage.needs_third()?;
            Some(format!("{field} of {}", stage.label()))
        })
    }
}
