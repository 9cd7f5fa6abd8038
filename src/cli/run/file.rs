//! A workflow in a file: what `createWorkflow` takes, with the `inputs` of a first run beside it, and in its stages
//! `model`, what the provider calls it, in the place of `modelId`.

use std::path::Path;

use serde_json::{Map, Value};

use super::{Trouble, inputs};

/// A workflow as its file has it.
#[derive(Debug)]
pub(super) struct Workflow {
    fields: Map<String, Value>,
    /// What the file is called, for messages.
    name: String,
}

/// A model of the server.
struct Model<'a> {
    id: &'a Value,
    identifier: &'a str,
    available: bool,
}

impl Workflow {
    pub(super) fn read(path: &Path) -> Result<Self, Trouble> {
        Ok(Self {
            fields: inputs::object(path)?,
            name: path.display().to_string(),
        })
    }

    /// The inputs of a first run.
    pub(super) fn take_inputs(&mut self) -> Map<String, Value> {
        match self.fields.remove("inputs") {
            Some(Value::Object(inputs)) => inputs,
            _ => Map::new(),
        }
    }

    /// The input of `createWorkflow`, of the `models` that the server has: a stage that names none has `model`.
    pub(super) fn input(mut self, models: &Value, model: Option<&str>) -> Result<Value, Trouble> {
        let models: Vec<_> = models
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|model| {
                Some(Model {
                    id: model.get("id")?,
                    identifier: model.get("modelIdentifierForFlowise")?.as_str()?,
                    available: model.get("available") == Some(&Value::Bool(true)),
                })
            })
            .collect();
        let stages = self.fields.get_mut("stages").and_then(Value::as_array_mut);
        for stage in stages
            .into_iter()
            .flatten()
            .filter_map(Value::as_object_mut)
        {
            let own = stage.remove("model");
            if stage.contains_key("modelId") {
                continue;
            }
            let named = own.as_ref().and_then(Value::as_str).or(model);
            let id = find(&models, named)
                .map_err(|why| Trouble::usage(format!("{}: {why}", self.name)))?;
            stage.insert("modelId".to_owned(), id.clone());
        }
        Ok(Value::Object(self.fields))
    }
}

/// The model that is called so, or the only one that there is.
fn find<'a>(models: &[Model<'a>], named: Option<&str>) -> Result<&'a Value, String> {
    if let Some(name) = named {
        let found = models.iter().find(|model| model.identifier == name);
        return found
            .map(|model| model.id)
            .ok_or_else(|| format!("the server has no model {name}; it has {}", listed(models)));
    }
    let mut available = models.iter().filter(|model| model.available);
    match (available.next(), available.next()) {
        (Some(only), None) => Ok(only.id),
        (None, _) => Err("the server has no model whose provider it knows".to_owned()),
        (Some(_), Some(_)) => Err(format!("say which --model: {}", listed(models))),
    }
}

fn listed(models: &[Model<'_>]) -> String {
    let available = models.iter().filter(|model| model.available);
    let names: Vec<_> = available.map(|model| model.identifier).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn input(stages: &Value, models: &Value, model: Option<&str>) -> Result<Value, String> {
        let file = json!({ "name": "New", "stages": stages, "inputs": { "a": 1 } });
        let mut file = Workflow {
            fields: file.as_object().unwrap().clone(),
            name: "new.json".to_owned(),
        };
        assert_eq!(Value::Object(file.take_inputs()), json!({ "a": 1 }));
        file.input(models, model)
            .map_err(|trouble| trouble.to_string())
    }

    fn model(id: &str, available: bool) -> Value {
        let identifier = format!("model-{id}");
        json!({ "id": id, "modelIdentifierForFlowise": identifier, "available": available })
    }

    #[test]
    fn a_stage_has_the_model_that_it_names_else_the_one_that_is_asked_for() {
        let models = json!([model("a", true), model("b", true), model("c", false)]);
        let stages = json!([{ "stageOrder": 1 }, { "stageOrder": 2, "model": "model-c" }]);
        let expected = json!({ "name": "New", "stages": [
            { "stageOrder": 1, "modelId": "b" }, { "stageOrder": 2, "modelId": "c" }] });
        assert_eq!(input(&stages, &models, Some("model-b")), Ok(expected));
        let error = input(&stages, &models, None).unwrap_err();
        assert!(
            error.contains("new.json: say which --model: model-a, model-b"),
            "{error}"
        );
        let error = input(&stages, &models, Some("model-d")).unwrap_err();
        assert!(error.contains("no model model-d"), "{error}");
    }

    #[test]
    fn the_only_one_that_there_is_needs_no_name() {
        let stages = json!([{ "stageOrder": 1 }]);
        let only = json!([model("a", false), model("b", true)]);
        let made = input(&stages, &only, None).unwrap();
        assert_eq!(made["stages"][0]["modelId"], "b");
        let error = input(&stages, &json!([]), None).unwrap_err();
        assert!(error.contains("no model"), "{error}");
    }
}
