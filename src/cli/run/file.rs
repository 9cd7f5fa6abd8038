//! A workflow in a file: what `createWorkflow` takes, with the `inputs` of a first run beside it, and in stages and
//! judges `model`, what the provider calls it, in the place of `modelId`. What is wrong with it is said by the file,
//! the stage and the field.

use std::path::Path;

use serde_json::{Map, Value};

use super::{Trouble, inputs};
use crate::domain::definition::label;
use crate::domain::nearest::hint;

/// What a file says.
const FIELDS: [&str; 6] = [
    "name",
    "description",
    "metadata",
    "inputs",
    "stages",
    "outputMapping",
];
/// What it says of a stage: what `StageInput` has, without the id that a new stage has not, and the model's name.
const STAGE_FIELDS: [&str; 20] = [
    "stageOrder",
    "key",
    "name",
    "systemTemplate",
    "messages",
    "promptTemplate",
    "retryPromptTemplate",
    MODEL,
    MODEL_ID,
    "timeoutSeconds",
    "validationType",
    CRITERIA,
    "outputVariables",
    "inputVariableMapping",
    "retryLimit",
    "nextStageOnPass",
    "nextStageOnFail",
    "routes",
    "forEach",
    "flowiseConfig",
];
const MODEL: &str = "model";
const MODEL_ID: &str = "modelId";
const CRITERIA: &str = "validationCriteria";

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

impl<'a> Model<'a> {
    fn read(model: &'a Value) -> Option<Self> {
        Some(Self {
            id: model.get("id")?,
            identifier: model.get("modelIdentifierForFlowise")?.as_str()?,
            available: model.get("available") == Some(&Value::Bool(true)),
        })
    }
}

impl Workflow {
    pub(super) fn read(path: &Path) -> Result<Self, Trouble> {
        let file = Self {
            fields: inputs::object(path)?,
            name: path.display().to_string(),
        };
        file.check()?;
        Ok(file)
    }

    /// What the file is called.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The inputs of a first run.
    pub(super) fn inputs(&self) -> Map<String, Value> {
        let inputs = self.fields.get("inputs").and_then(Value::as_object);
        inputs.cloned().unwrap_or_default()
    }

    /// The input of `createWorkflow`, of the `models` that the server has: a stage that names none has `model`.
    pub(super) fn input(&self, models: &Value, model: Option<&str>) -> Result<Value, Trouble> {
        let models = offered(models);
        let mut fields = self.fields.clone();
        fields.remove("inputs");
        let stages = fields.get_mut("stages").and_then(Value::as_array_mut);
        for (index, stage) in stages.into_iter().flatten().enumerate() {
            let called = called(index, stage);
            let Some(stage) = stage.as_object_mut() else {
                continue;
            };
            let fault = |why: &str| self.fault(&called, why);
            put_model(stage, &models, model).map_err(|why| fault(&why))?;
            let judge = stage.get_mut(CRITERIA).and_then(Value::as_object_mut);
            if let Some(judge) = judge.filter(|judge| judge.contains_key(MODEL)) {
                put_model(judge, &models, None)
                    .map_err(|why| fault(&format!("{CRITERIA}.{why}")))?;
            }
        }
        Ok(Value::Object(fields))
    }

    /// What the server refused of it, by the name of the file.
    pub(super) fn refused(&self, trouble: Trouble) -> Trouble {
        match trouble {
            Trouble::Refused(refusal) => self.fault("", &refusal.to_string()),
            other => other,
        }
    }

    fn check(&self) -> Result<(), Trouble> {
        self.know(&self.fields, &FIELDS, "")?;
        match self.fields.get("inputs") {
            None | Some(Value::Null | Value::Object(_)) => {}
            Some(_) => {
                let message = "inputs must be an object of a first run's inputs";
                return Err(self.fault("", message));
            }
        }
        let stages = match self.fields.get("stages") {
            None | Some(Value::Null) => return Ok(()),
            Some(Value::Array(stages)) => stages,
            Some(_) => return Err(self.fault("", "stages must be a list of stages")),
        };
        for (index, stage) in stages.iter().enumerate() {
            let called = called(index, stage);
            match stage {
                Value::Object(fields) => self.know(fields, &STAGE_FIELDS, &called)?,
                _ => return Err(self.fault(&called, "must be an object")),
            }
        }
        Ok(())
    }

    /// Refuses what is none of these fields.
    fn know(&self, fields: &Map<String, Value>, known: &[&str], of: &str) -> Result<(), Trouble> {
        let unknown = fields.keys().find(|field| !known.contains(&field.as_str()));
        unknown.map_or(Ok(()), |field| {
            let hint = hint(field, known.iter().copied());
            Err(self.fault(of, &format!("unknown field {field}{hint}")))
        })
    }

    /// What is wrong with a stage, or with the whole.
    fn fault(&self, stage: &str, message: &str) -> Trouble {
        let stage = match stage {
            "" => String::new(),
            stage => format!("{stage}: "),
        };
        Trouble::usage(format!("{}: {stage}{message}", self.name))
    }
}

/// What a stage is called in messages, by its order if it has one.
fn called(index: usize, stage: &Value) -> String {
    let order = stage.get("stageOrder").and_then(Value::as_i64);
    match order.and_then(|order| i32::try_from(order).ok()) {
        Some(order) => label(order, stage.get("name").and_then(Value::as_str)),
        None => format!("stages[{index}]"),
    }
}

fn offered(models: &Value) -> Vec<Model<'_>> {
    let models = models.as_array().into_iter().flatten();
    models.filter_map(Model::read).collect()
}

/// Puts the id of the model that is named, else of the one that is called `otherwise`, in the place of its name.
fn put_model(
    fields: &mut Map<String, Value>,
    models: &[Model<'_>],
    otherwise: Option<&str>,
) -> Result<(), String> {
    let named = fields.remove(MODEL).filter(|named| !named.is_null());
    if fields.contains_key(MODEL_ID) {
        return match named {
            None => Ok(()),
            Some(_) => Err(format!("{MODEL} stands beside {MODEL_ID}: keep one")),
        };
    }
    let named = match &named {
        None => otherwise,
        Some(Value::String(name)) => Some(name.as_str()),
        Some(_) => return Err(format!("{MODEL} must be what its provider calls it")),
    };
    let id = find(models, named)?;
    fields.insert(MODEL_ID.to_owned(), id.clone());
    Ok(())
}

/// The model that is called so, or the only one that there is.
fn find<'a>(models: &[Model<'a>], named: Option<&str>) -> Result<&'a Value, String> {
    if let Some(name) = named {
        let found = models.iter().find(|model| model.identifier == name);
        return found.map(|model| model.id).ok_or_else(|| {
            let hint = hint(name, models.iter().map(|model| model.identifier));
            let models = listed(models);
            format!("{MODEL}: the server has no model {name}, it has {models}{hint}")
        });
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
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;

    fn of(file: &Value) -> Workflow {
        Workflow {
            fields: file.as_object().unwrap().clone(),
            name: "new.json".to_owned(),
        }
    }

    fn input(stages: &Value, models: &Value, model: Option<&str>) -> Result<Value, String> {
        let file = of(&json!({ "name": "New", "stages": stages, "inputs": { "a": 1 } }));
        assert_eq!(Value::Object(file.inputs()), json!({ "a": 1 }));
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
        let judged = json!({ "prompt": "good?", "model": "model-a" });
        let stages = json!([
            { "stageOrder": 1, "validationCriteria": judged },
            { "stageOrder": 2, "model": "model-c" },
            { "stageOrder": 3, "modelId": "own" },
        ]);
        let judged = json!({ "prompt": "good?", "modelId": "a" });
        let expected = json!({ "name": "New", "stages": [
            { "stageOrder": 1, "modelId": "b", "validationCriteria": judged },
            { "stageOrder": 2, "modelId": "c" },
            { "stageOrder": 3, "modelId": "own" }] });
        assert_eq!(input(&stages, &models, Some("model-b")), Ok(expected));
        let error = input(&stages, &models, None).unwrap_err();
        assert!(
            error.contains("new.json: stage 1: say which --model: model-a, model-b"),
            "{error}"
        );
    }

    #[test]
    fn a_model_that_there_is_not_is_told_with_its_stage_and_the_nearest() {
        let models = json!([model("a", true), model("writer", true)]);
        let error = |stage: Value| input(&json!([stage]), &models, Some("model-a")).unwrap_err();
        let stage = json!({ "stageOrder": 4, "name": "Draft", "model": "model-writter" });
        assert_eq!(
            error(stage),
            "new.json: stage 4 (Draft): model: the server has no model model-writter, it has model-a, model-writer; did you mean model-writer?"
        );
        for (stage, said) in [
            (
                json!({ "stageOrder": 1, "validationCriteria": { "model": "judge" } }),
                "stage 1: validationCriteria.model: the server has no model judge",
            ),
            (json!({ "model": 7 }), "stages[0]: model must be"),
            (json!({ "model": "model-a", "modelId": "b" }), "keep one"),
        ] {
            let error = error(stage);
            assert!(error.contains(said), "{error}");
        }
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

    #[test]
    fn what_a_file_cannot_say_is_refused_by_stage_and_field() {
        for (file, said) in [
            (
                json!({ "discription": "" }),
                "new.json: unknown field discription; did you mean description?",
            ),
            (json!({ "inputs": [] }), "inputs must be an object"),
            (json!({ "stages": {} }), "stages must be a list"),
            (json!({ "stages": ["a"] }), "stages[0]: must be an object"),
            (
                json!({ "stages": [{ "stageOrder": 3, "name": "Draft", "promptTemplat": "" }] }),
                "new.json: stage 3 (Draft): unknown field promptTemplat; did you mean promptTemplate?",
            ),
            (
                json!({ "stages": [{ "id": "" }] }),
                "stages[0]: unknown field id",
            ),
        ] {
            let error = of(&file).check().unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
        let nothing = json!({ "inputs": null, "stages": null });
        assert!(of(&nothing).check().is_ok());
    }

    /// The fields of an input type, as the printed schema has them.
    fn fields_of(input: &str) -> BTreeSet<&'static str> {
        let schema = include_str!("../../../schema.graphql");
        let (_, after) = schema.split_once(&format!("\ninput {input} {{\n")).unwrap();
        let (body, _) = after.split_once("\n}\n").unwrap();
        let field = |line: &'static str| {
            let (name, _) = line.strip_prefix("  ")?.split_once(": ")?;
            name.chars().all(char::is_alphanumeric).then_some(name)
        };
        body.lines().filter_map(field).collect()
    }

    #[test]
    fn a_file_says_all_that_the_api_takes() {
        let mut stage = fields_of("StageInput");
        assert!(stage.remove("id"));
        stage.insert(MODEL);
        assert_eq!(stage, STAGE_FIELDS.into());
        let mut workflow = fields_of("CreateWorkflowInput");
        workflow.insert("inputs");
        assert_eq!(workflow, FIELDS.into());
    }
}
