import { ApolloClient, ApolloLink, InMemoryCache, Observable } from '@apollo/client';
import { ApolloProvider } from '@apollo/client/react';
import { cleanup, render } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';
import { ChosenRun } from './ChosenRun.tsx';

vi.mock('@tanstack/react-router', () => ({ Link: () => null }));
vi.mock('../exact/useExact.ts', () => ({ useExact: (_: unknown, __: unknown, brought: unknown) => brought }));
vi.mock('../ui/Moment.tsx', () => ({ Moment: () => null }));
vi.mock('./RunFigures.tsx', () => ({ RunFigures: () => null }));
vi.mock('./RunInputs.tsx', () => ({ RunInputs: () => null }));
vi.mock('./RunOutput.tsx', () => ({ RunOutput: () => null }));
vi.mock('./RunStages.tsx', () => ({ RunStages: () => null }));
vi.mock('./useRunStages.ts', () => ({ useRunStages: () => null }));

afterEach(cleanup);

/** A server that has this run, and tells of one event of it to whoever hears it. */
function serverOf(status: string, attempts: readonly object[]) {
  const heard = vi.fn();
  const nothing = { statusReason: null, errorMessage: null, workflow: null, output: null, executionInputs: null };
  const never = { nextRunAt: null, createdAt: null, startedAt: null, completedAt: null, rerunOf: null };
  const when = { since: null, until: null };
  const tokens = { __typename: 'Usage', totalTokens: null, promptTokens: null, completionTokens: null };
  const run = {
    ...{ __typename: 'Execution', id: 'a', status, lastEventSeq: 3, currentStageOrder: 1, workflowVersion: 1 },
    ...{ ...nothing, ...never, pauseRequested: false, usage: tokens },
    diagnosis: { __typename: 'Diagnosis', message: 'a stage is on', waitingFor: null, advice: null, ...when },
    logs: {
      __typename: 'Logs',
      nodes: attempts,
      pageInfo: { __typename: 'PageInfo', hasNextPage: false, endCursor: null },
    },
  };
  const link = new ApolloLink(
    ({ operationName, variables }) =>
      new Observable((observer) => {
        if (operationName !== 'RunGoesOn') return observer.next({ data: { execution: run } });
        heard(variables);
        observer.next({ data: { executionEvents: { __typename: 'Event', executionId: 'a', seq: 4 } } });
      }),
  );
  return { heard, client: new ApolloClient({ cache: new InMemoryCache(), link }) };
}

function show(status: string, attempts: readonly object[] = []) {
  const onGoesOn = vi.fn();
  const { client, heard } = serverOf(status, attempts);
  const page = render(
    <ApolloProvider client={client}>
      <ChosenRun id="a" stagesOf={(() => null) as never} onGoesOn={onGoesOn} />
    </ApolloProvider>,
  );
  return { heard, onGoesOn, page };
}

test('a run that is under way is heard also where no row of the list hears it', async () => {
  const { heard, onGoesOn } = show('RUNNING');
  await vi.waitFor(() => expect(onGoesOn).toHaveBeenCalled());
  expect(heard).toHaveBeenCalledWith({ id: 'a', after: 3 });
});

test('of one that is over nobody hears more', async () => {
  const { heard, page } = show('FAILED');
  await page.findByText(/a stage is on/i);
  expect(heard).not.toHaveBeenCalled();
});

const attempt = (attemptNumber: number, of: object) => ({
  ...{ __typename: 'ExecutionLog', id: `${attemptNumber}`, stageOrder: 1, stageName: null, attemptNumber, visit: 1 },
  ...{ itemIndex: null, validatorNotes: null, errorMessage: 'the process died', durationMs: 1, validatedAt: null },
  ...{ executedAt: '2026-12-01T09:00:00.000Z', status: 'FINISHED', validationResult: 'ERROR', ...of },
});

test('why an attempt failed is told of a run that failed with it, and not of one that has come over it', async () => {
  const lost = attempt(1, { status: 'INTERRUPTED' });
  const failed = show('FAILED', [lost]);
  await failed.page.findByText('Why it failed');
  await failed.page.findByText('stage 1, attempt 1');
  cleanup();
  for (const [status, attempts] of [
    ['PAUSED', [lost]],
    ['RUNNING', [lost, attempt(2, { status: 'STARTED', validationResult: 'PENDING' })]],
  ] as const) {
    const { page } = show(status, attempts);
    await page.findByText(/a stage is on/i);
    expect(page.queryByText(/^Why it/)).toBeNull();
    expect(page.queryByText('Last answer')).toBeNull();
    cleanup();
  }
});
