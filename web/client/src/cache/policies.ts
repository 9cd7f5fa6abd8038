import type { FieldPolicy, InMemoryCacheConfig, Reference, TypePolicy } from '@apollo/client';
import { list } from './list.ts';

/** For `new InMemoryCache(cachePolicies)`. */
export const cachePolicies: Required<Pick<InMemoryCacheConfig, 'typePolicies' | 'possibleTypes'>> = {
  typePolicies: {
    Query: {
      fields: {
        workflows: list,
        executions: list,
        snapshots: list,
        pendingValidations: list,
        workflow: one('Workflow'),
        stage: one('Stage'),
        execution: one('Execution'),
        executionLog: one('ExecutionLog'),
        snapshot: one('Snapshot'),
        model: one('Model'),
      },
    },
    Mutation: {
      fields: {
        deleteWorkflow: gone('Workflow'),
        deleteExecution: gone('Execution'),
        deleteSnapshot: gone('Snapshot'),
        deleteModel: gone('Model'),
      },
    },
    Workflow: { fields: { executions: list, snapshots: list, problems: { merge: false } } },
    Execution: { fields: { logs: list } },
    ExecutionLog: { fields: { variables: { merge: false } } },
    WorkflowConnection: connection(),
    ExecutionConnection: connection(),
    ExecutionLogConnection: connection(),
    SnapshotConnection: connection(),
    ValidationFunction: { keyFields: ['name'] },
    // They have no ids, and belong to what they are of.
    Usage: { merge: true },
    Diagnosis: { merge: true },
    PageInfo: { merge: true },
  },
  possibleTypes: {
    ExecutionEvent: [
      'ExecutionStatusChanged',
      'ManualValidationRecorded',
      'ManualValidationRequested',
      'StageFinished',
      'StageOutputDelta',
      'StageRetryScheduled',
      'StageStarted',
    ],
  },
};

/** What a list has brought already is not asked for again by its id. */
function one(__typename: string): FieldPolicy<Reference | null> {
  return {
    read: (known, { args, toReference }) => (known === undefined ? toReference({ __typename, id: args?.id }) : known),
  };
}

/** What was deleted, by its id, is nowhere any more. */
function gone(__typename: string): FieldPolicy<string> {
  return {
    merge(_, id, { cache }) {
      const entity = cache.identify({ __typename, id });
      if (entity) cache.evict({ id: entity });
      return id;
    },
  };
}

/** Nodes that are gone are left out of lists by themselves, edges to them are not. */
function connection(): TypePolicy {
  return {
    fields: {
      edges: (known: readonly { node: Reference }[] | undefined, { canRead, readField }) =>
        known?.filter((edge) => canRead(readField('node', edge) as Reference)),
    },
  };
}
