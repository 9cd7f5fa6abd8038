//! The form of an answer as it is asked for: `response_format`, as far as the provider takes one.

use serde_json::{Value, json};

use crate::domain::form::Form;
use crate::domain::provider::Forms;
use crate::domain::setting::ResponseFormat;
use crate::llm::Request;

/// What is sent for the form that a request has, if anything is: what the model's settings say of it goes
/// before what is known of its provider.
pub(super) fn response_format(request: &Request, forms: Forms) -> Option<Value> {
    let form = request.schema.as_ref()?;
    match request.settings.response_format() {
        Some(ResponseFormat::JsonSchema) if forms == Forms::None => taken(form, Forms::Any),
        None | Some(ResponseFormat::JsonSchema) => taken(form, forms),
        Some(ResponseFormat::Text | ResponseFormat::JsonObject | ResponseFormat::Given(_)) => None,
    }
}

fn taken(form: &Form, forms: Forms) -> Option<Value> {
    let schema = |schema: &Value, strict: bool| {
        json!({
            "type": "json_schema",
            "json_schema": { "name": form.name, "strict": strict, "schema": schema },
        })
    };
    match (forms, &form.strict) {
        (Forms::None, _) => None,
        (Forms::Strict | Forms::Any, Some(strict)) => Some(schema(strict, true)),
        (Forms::Any, None) => Some(schema(&form.schema, false)),
        (Forms::Strict, None) if form.is_plain => Some(schema(&form.schema, false)),
        (Forms::Strict, None) => Some(json!({ "type": "json_object" })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::setting::Settings;

    #[test]
    fn each_provider_gets_the_form_that_it_takes() {
        let form = |variables: Value| Form::of_variables(Some(&variables)).unwrap();
        let plain = form(json!({"a": "string"}));
        let strict = form(json!({"a": {"type": "string"}}));
        let open = form(json!({"a": {"type": "object"}}));
        for (asked, forms, sent, is_strict) in [
            (&strict, Forms::None, json!(null), json!(null)),
            (&strict, Forms::Strict, json!("json_schema"), json!(true)),
            (&strict, Forms::Any, json!("json_schema"), json!(true)),
            (&plain, Forms::Strict, json!("json_schema"), json!(false)),
            (&plain, Forms::Any, json!("json_schema"), json!(false)),
            (&open, Forms::Strict, json!("json_object"), json!(null)),
            (&open, Forms::Any, json!("json_schema"), json!(false)),
        ] {
            let format = taken(asked, forms).unwrap_or_default();
            assert_eq!(format["type"], sent, "{forms:?}: {format}");
            assert_eq!(format["json_schema"]["strict"], is_strict, "{format}");
        }
    }

    #[test]
    fn settings_go_before_what_is_known_of_the_provider() {
        for (setting, forms, sent) in [
            (json!(null), Forms::None, json!(null)),
            (json!(null), Forms::Any, json!("json_schema")),
            (json!("json_schema"), Forms::None, json!("json_schema")),
            (json!("json_schema"), Forms::Strict, json!("json_schema")),
            (json!("text"), Forms::Any, json!(null)),
            // It is in the settings' part of the body.
            (json!("json_object"), Forms::Any, json!(null)),
        ] {
            let request = Request {
                provider: "lab".to_owned(),
                model: "m".to_owned(),
                system: None,
                turns: Vec::new(),
                prompt: String::new(),
                settings: Settings::of(&json!({ "responseFormat": setting }), None),
                schema: Form::of_variables(Some(&json!({"a": "string"}))),
            };
            let format = response_format(&request, forms).unwrap_or_default();
            assert_eq!(format["type"], sent, "{setting} {forms:?}");
        }
    }
}
