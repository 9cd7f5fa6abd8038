//! The executor of operations: the library's, and what we do around it.
//!
//! 1. A document that cannot be read (`syntax`), asks for too much (`limits`) or breaks a rule of the language
//!    (`rules`) goes no further: nothing of it runs.
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
use async_graphql::parser::types::{ExecutableDocument, OperationDefinition};
use async_graphql::{Data, Executor, Request, Response, SchemaBuilder, SchemaEnv, ServerError};
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt, StreamExt};

use super::context::RequestId;
use super::cursor::Cursor;
use super::event::Subscription;
use super::known::Known;
use super::limits::BoundedDocuments;
use super::loader::Scope;
use super::shared::SharedAnswers;
use super::{Mutation, Query, error, rules};
use crate::error::Error;

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
    ) -> Result<Self, Error> {
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

    /// The types of the API.
    #[cfg(test)]
    pub(super) fn registry(&self) -> &async_graphql::registry::Registry {
        &self.types.registry
    }

    /// Lets a request pass that can be executed. It has a text or, if that is empty, a document that is known.
    fn admit(&self, mut request: Request) -> Result<Request, Vec<ServerError>> {
        let registry = &self.types.registry;
        let known = match known(&request) {
            Some(known) => known,
            None => Arc::new(Known::read(&std::mem::take(&mut request.query)).map_err(one)?),
        };
        let name = request.operation_name.as_deref();
        let document = known.document();
        let sent = std::mem::take(&mut request.variables);
        self.documents
            .check(document, name, &sent, registry)
            .map_err(one)?;
        let executed = known.executed(registry)?;
        request.variables = match operation(document, name) {
            Some(operation) => rules::coerce(operation, document, &sent, registry).map_err(one)?,
            // The library refuses it.
            None => sent,
        };
        request.set_parsed_query(executed.clone());
        Ok(request)
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
            Err(refusals) => Response::from_errors(refusals),
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
                Err(refusals) => stream::iter([Response::from_errors(refusals)]).boxed(),
            }
        };
        answers
            .flatten_stream()
            .map(move |answer| error::write_out(answer, id.as_ref()))
            .boxed()
    }
}

fn one(refusal: ServerError) -> Vec<ServerError> {
    vec![refusal]
}

/// The operation that is to be run.
fn operation<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Option<&'a OperationDefinition> {
    let mut operations = document.operations.iter();
    let operation = match name {
        Some(name) => operations.find(|(own, _)| own.is_some_and(|own| own.as_str() == name)),
        None if operations.len() == 1 => operations.next(),
        None => None,
    };
    operation.map(|(_, operation)| &operation.node)
}

fn known(request: &Request) -> Option<Arc<Known>> {
    let known = request.data.get(&TypeId::of::<Arc<Known>>())?;
    known.downcast_ref().cloned()
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
