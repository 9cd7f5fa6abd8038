//! Some of the shapes that `llm/openai` is held against, over the network.

#[path = "../../../src/llm/openai/fuzz/shape/mod.rs"]
mod shape;

use footlight::clock::Clock;
use footlight::domain::setting;
use footlight::llm::provider::{Providers, Settings};
use footlight::llm::{Llm, Request};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use secrecy::SecretString;

use self::shape::{Act, Expected, Shape, shape};
use crate::support::provider::{Provider, Reply};

const SHAPES: usize = 300;

#[tokio::test]
async fn shapes_of_answers_mean_the_same_over_the_network() {
    let provider = Provider::start().await;
    let settings = Settings {
        name: "openai".to_owned(),
        api_key: Some(SecretString::from("sk-test")),
        base_url: Some(provider.base_url()),
        headers: None,
        query: None,
    };
    let llm = Providers::new(vec![settings], false, &Clock::system()).unwrap();
    let request = Request {
        provider: "openai".to_owned(),
        model: "a".to_owned(),
        system: None,
        turns: Vec::new(),
        prompt: "Say something".to_owned(),
        settings: setting::Settings::default(),
        schema: None,
    };
    let mut runner = TestRunner::deterministic();
    let shapes = std::iter::repeat_with(|| shape().new_tree(&mut runner).unwrap().current());
    for shape in shapes.filter(Shape::is_plain).take(SHAPES) {
        provider.reply(reply(&shape));
        let answer = llm.answer(&request, &mut |_| ()).await;
        match (shape.expected(), answer) {
            (Expected::Answer(text), Ok(answer)) => assert_eq!(answer.text, text, "{shape:?}"),
            (Expected::Nothing, Err(_)) => {}
            (expected, answer) => panic!("{expected:?} became {answer:?}: {shape:?}"),
        }
    }
}

fn reply(shape: &Shape) -> Reply {
    let acts = shape.acts(7).into_iter();
    acts.fold(Reply::bytes(""), |reply, act| match act {
        Act::Bytes(bytes) => reply.then(bytes),
        Act::Lose => reply.lose(),
        Act::Pause(_) | Act::Stay => reply.stay(),
    })
}
