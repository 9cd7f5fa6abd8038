//! What we do around the library's own steps, as one extension: it passes through every extension
//! that there is for each field of an answer, so that another one is paid for thousands of times.
//!
//! 1. A document that asks for too much goes no further (`limits`).
//! 2. What the library refuses gets a code (`error`).
//! 3. Each execution, of an operation or of one event, gets loaders of its own (`loader`), unless
//!    another watcher's answer can be taken (`shared`).
//! 4. The errors of an answer are written out (`error`).

use std::sync::{Arc, OnceLock};

use async_graphql::extensions::{
    Extension, ExtensionContext, ExtensionFactory, NextExecute, NextParseQuery, NextPrepareRequest,
    NextRequest, NextSubscribe, NextValidation,
};
use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{
    Data, Request, Response, ServerError, ServerResult, ValidationResult, Variables,
};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use uuid::Uuid;

use super::context::{Cursor, RequestId};
use super::error;
use super::limits::BoundedDocuments;
use super::loader::Scope;
use super::shared::SharedAnswers;

/// What we do around the steps of every operation.
#[derive(Debug)]
pub struct Around {
    pub documents: BoundedDocuments,
    pub answers: Arc<SharedAnswers>,
}

impl ExtensionFactory for Around {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(AroundOne {
            documents: self.documents,
            answers: Arc::clone(&self.answers),
            request: Arc::default(),
        })
    }
}

/// The same around one operation.
struct AroundOne {
    documents: BoundedDocuments,
    answers: Arc<SharedAnswers>,
    request: Arc<OnceLock<Uuid>>,
}

#[async_trait::async_trait]
impl Extension for AroundOne {
    async fn request(&self, ctx: &ExtensionContext<'_>, next: NextRequest<'_>) -> Response {
        error::write_out(next.run(ctx).await, self.request.get().copied())
    }

    fn subscribe<'s>(
        &self,
        ctx: &ExtensionContext<'_>,
        stream: BoxStream<'s, Response>,
        next: NextSubscribe<'_>,
    ) -> BoxStream<'s, Response> {
        let request = Arc::clone(&self.request);
        next.run(ctx, stream)
            .map(move |answer| error::write_out(answer, request.get().copied()))
            .boxed()
    }

    async fn prepare_request(
        &self,
        ctx: &ExtensionContext<'_>,
        request: Request,
        next: NextPrepareRequest<'_>,
    ) -> ServerResult<Request> {
        let request = self.documents.admit(request, &ctx.schema_env.registry)?;
        next.run(ctx, request).await
    }

    async fn parse_query(
        &self,
        ctx: &ExtensionContext<'_>,
        query: &str,
        variables: &Variables,
        next: NextParseQuery<'_>,
    ) -> ServerResult<ExecutableDocument> {
        // The first step that sees the data of the request.
        if let Some(RequestId(id)) = ctx.data_opt::<RequestId>() {
            self.request.get_or_init(|| *id);
        }
        let parsed = next.run(ctx, query, variables).await;
        parsed.map_err(error::not_parsed)
    }

    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        let validated = next.run(ctx).await;
        validated.map_err(|errors| errors.into_iter().map(error::not_validated).collect())
    }

    async fn execute(
        &self,
        ctx: &ExtensionContext<'_>,
        operation_name: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
        let resolved = async {
            let mut data = Data::default();
            data.insert(Scope::default());
            next.run_with_data(ctx, operation_name, data).await
        };
        let cursor = ctx.data_opt::<Cursor>();
        match cursor.and_then(Cursor::shareable) {
            Some(shareable) => self.answers.answer(shareable, resolved).await,
            None => resolved.await,
        }
    }
}
