//! What somebody meant who wrote a name that is no setting.

use super::table::SETTINGS;

/// Names of what is said elsewhere, and where.
const ELSEWHERE: [(&[&str], &str); 7] = [
    (
        &["messages", "history"],
        "turns are the stage's messages, the system message is its systemTemplate",
    ),
    (
        &["prompt", "prompttemplate"],
        "what is sent is the stage's promptTemplate and systemTemplate",
    ),
    (
        &[
            "system",
            "systemmessage",
            "systemprompt",
            "systemmessageprompt",
            "systemtemplate",
        ],
        "the system message is the stage's systemTemplate",
    ),
    (
        &["model", "modelname", "modelid", "models"],
        "the model is the stage's modelId",
    ),
    (
        &["timeout", "timeoutseconds"],
        "how long a model may say nothing is the stage's timeoutSeconds",
    ),
    (&["n", "bestof"], "a stage takes one answer"),
    (
        &["tools", "toolchoice", "functions", "functioncall"],
        "a stage's model is given no tools",
    ),
];

/// Why this name is refused: where it belongs, or the setting that is nearest to it.
pub(super) fn hint(name: &str) -> String {
    let folded = folded(name);
    let place = place(&folded).map(|place| format!("{place};"));
    let names: Vec<_> = SETTINGS.iter().map(|setting| setting.name).collect();
    let meant = place.unwrap_or_else(|| format!("did you mean {}?", nearest(&folded)));
    format!("is no setting: {meant} settings are {}", names.join(", "))
}

/// Where it is said what somebody meant to send beside the settings, if it is what is sent of a stage's texts: no
/// provider takes it by that name.
pub(super) fn sent_elsewhere(name: &str) -> Option<&'static str> {
    let folded = folded(name);
    let is_text = folded == "messages" || (folded.starts_with("system") && folded != "system");
    place(&folded).filter(|_| is_text)
}

fn place(folded_name: &str) -> Option<&'static str> {
    let mut elsewhere = ELSEWHERE.iter();
    let found = elsewhere.find(|(names, _)| names.contains(&folded_name));
    found.map(|(_, place)| *place)
}

fn nearest(folded_name: &str) -> &'static str {
    let likeness = |name: &str| strsim::jaro_winkler(&folded(name), folded_name);
    let best =
        |names: &mut dyn Iterator<Item = &'static str>| names.map(likeness).fold(0.0, f64::max);
    let settings = SETTINGS.iter().map(|setting| {
        let mut names = [setting.name].into_iter().chain(setting.other_names());
        (best(&mut names), setting.name)
    });
    let nearest = settings.max_by(|(one, _), (other, _)| one.total_cmp(other));
    nearest.map_or("temperature", |(_, name)| name)
}

/// The same for every spelling.
fn folded(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric()).take(100);
    letters.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_setting_is_named() {
        for (name, meant) in [
            ("temprature", "temperature"),
            ("Temperature", "temperature"),
            ("top-p", "topP"),
            ("topp", "topP"),
            ("max_completion_tokens", "maxTokens"),
            ("maxOutputTokens", "maxTokens"),
            ("stop_sequences", "stop"),
            ("random_seed", "seed"),
            ("streaming", "stream"),
            ("frequency", "frequencyPenalty"),
            ("reasoning", "reasoningEffort"),
            ("response_schema", "responseFormat"),
        ] {
            let hint = hint(name);
            assert!(
                hint.contains(&format!("did you mean {meant}?")),
                "{name}: {hint}"
            );
        }
    }

    #[test]
    fn what_is_said_elsewhere_is_told_where() {
        for (name, place) in [
            ("messages", "the stage's messages"),
            ("messages", "systemTemplate"),
            ("systemMessage", "systemTemplate"),
            ("system_prompt", "systemTemplate"),
            ("model", "modelId"),
            ("timeout", "timeoutSeconds"),
            ("n", "one answer"),
            ("tools", "no tools"),
        ] {
            let hint = hint(name);
            assert!(hint.contains(place), "{name}: {hint}");
            assert!(hint.contains("; settings are temperature"), "{hint}");
        }
    }
}
