//! The executor of operations: the library's, and what we do around it.
//!
//! 1. A document that cannot be read or asks for too much goes no further (`limits`).
//! 2. A query or mutation is executed without extensions: the library takes every field and every item of
//!    every list through all that there are, which costs a list more than resolving it.
//! 3. A subscription has one, for nothing else is there when an event is executed: each gets loaders of
//!    its own (`loader`), unless another watcher's answer can be taken (`shared`).
//! 4. The errors of an answer are written out (`error`).

use std::any::TypeId;
use std::sync::{Arc, OnceLock};

use async_graphql::extensions::{
    Extension, ExtensionContext, ExtensionFactory, NextExecute, NextRequest,
};
use async_graphql::{Data, Executor, Request, Response, SchemaBuilder, SchemaEnv, ServerResult};
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt, StreamExt};

use super::context::RequestId;
use super::cursor::Cursor;
use super::event::Subscription;
use super::limits::BoundedDocuments;
use super::loader::Scope;
use super::shared::SharedAnswers;
use super::{Mutation, Query, error};
use crate::error::{Error, Result};

type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// Executes the operations of callers. A transport puts the
/// [`Viewer`](crate::domain::viewer::Viewer), if there is one, and a [`RequestId`] into the data of
/// the request.
#[derive(Clone)]
pub struct Api {
    operations: Schema,
    subscriptions: Schema,
    documents: BoundedDocuments,
    types: SchemaEnv,
}

impl Api {
    /// Over schemas that `build` makes.
    ///
    /// # Errors
    /// `Internal` when the library does not show its types.
    pub(super) fn new(
        build: impl Fn() -> SchemaBuilder<Query, Mutation, Subscription>,
        documents: BoundedDocuments,
    ) -> Result<Self> {
        let events = Arc::new(Events::default());
        let subscriptions = build().extension(Around(Arc::clone(&events))).finish();
        // The extension answers at once, and has seen the types then.
        subscriptions.execute("").now_or_never();
        let types = events.types.get().cloned();
        Ok(Self {
            operations: build().finish(),
            subscriptions,
            documents,
            types: types.ok_or_else(|| Error::internal("the types of the schema are hidden"))?,
        })
    }

    fn admit(&self, request: Request) -> ServerResult<Request> {
        self.documents.admit(request, &self.types.registry)
    }
}

impl Executor for Api {
    async fn execute(&self, request: Request) -> Response {
        let id = id(&request);
        let answer = match self.admit(request) {
            Ok(request) => {
                let request = request.data(Scope::default());
                self.operations.execute(request).await
            }
            Err(refusal) => Response::from_errors(vec![refusal]),
        };
        error::write_out(answer, id.as_ref())
    }

    fn execute_stream(
        &self,
        request: Request,
        session: Option<Arc<Data>>,
    ) -> BoxStream<'static, Response> {
        let id = id(&request);
        let api = self.clone();
        // In the stream: whoever polls it catches panics.
        let answers = async move {
            match api.admit(request) {
                Ok(request) => Executor::execute_stream(&api.subscriptions, request, session),
                Err(refusal) => stream::iter([Response::from_errors(vec![refusal])]).boxed(),
            }
        };
        answers
            .flatten_stream()
            .map(move |answer| error::write_out(answer, id.as_ref()))
            .boxed()
    }
}

fn id(request: &Request) -> Option<RequestId> {
    let id = request.data.get(&TypeId::of::<RequestId>())?;
    id.downcast_ref().cloned()
}

/// What the events of all subscriptions share.
#[derive(Default)]
struct Events {
    answers: SharedAnswers,
    /// The library shows them to extensions alone.
    types: OnceLock<SchemaEnv>,
}

/// Around the executions of a schema that only subscriptions use.
struct Around(Arc<Events>);

impl ExtensionFactory for Around {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::<Events>::clone(&self.0)
    }
}

#[async_trait::async_trait]
impl Extension for Events {
    /// Subscriptions do not come through here: it is where the types are looked at.
    async fn request(&self, ctx: &ExtensionContext<'_>, _next: NextRequest<'_>) -> Response {
        self.types.get_or_init(|| ctx.schema_env.clone());
        Response::default()
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
