//! x
use super::{Answer, CallError, Finish, Llm, OnText, Request};
use async_trait::async_trait;
pub(super) struct Demo;
#[async_trait]
impl Llm for Demo {
    async fn answer(&self, _r: &Request, _o: OnText<'_>) -> Result<Answer, CallError> {
        Ok(Answer {
            text: String::new(),
            finish: Finish::Stop,
            usage: None,
        })
    }
}
