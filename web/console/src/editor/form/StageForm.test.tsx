import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { ApolloClient, ApolloLink, InMemoryCache } from '@apollo/client';
import { ApolloProvider } from '@apollo/client/react';
import { cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useReducer } from 'react';
import { afterEach, expect, test, vi } from 'vitest';
import { apply } from '../draft/apply.ts';
import { type DraftStage, type StageFields, unfinishedOf } from '../draft/draft.ts';
import { WITH_LAST } from '../draft/history.ts';
import type { Problem } from '../draft/problems.ts';
import { stageOf } from '../stages/stageOf.fixture.ts';
import { StageForm } from './StageForm.tsx';
import { UnfinishedContext } from './unfinished.ts';
import type { Catalogue, SetField } from './stageForm.ts';

const catalogue: Catalogue = {
  models: [],
  modelSettings: {
    properties: {
      flowiseConfig: { properties: { temperature: { type: ['number', 'null'] }, stop: { type: 'array' } } },
    },
  },
  validationFunctions: [
    {
      __typename: 'ValidationFunction',
      name: 'max_length',
      description: 'Short enough.',
      argsSchema: { properties: { length: { type: 'integer', title: 'Characters' } } },
    },
  ],
};

afterEach(cleanup);

const client = new ApolloClient({ cache: new InMemoryCache(), link: ApolloLink.empty() });

/** With a draft that holds nothing but what is no value yet. */
function Connected({ children }: { children: React.ReactNode }) {
  const [draft, edit] = useReducer(apply, {
    name: '',
    description: null,
    metadata: null,
    outputMapping: null,
    stages: [],
  });
  return (
    <UnfinishedContext value={{ local: 's1', all: unfinishedOf(draft), edit }}>
      <ApolloProvider client={client}>{children}</ApolloProvider>
    </UnfinishedContext>
  );
}

function show(stage: DraftStage, problems: readonly Problem[] = []) {
  const set = vi.fn<SetField>();
  const draft = { name: 'Test', description: null, metadata: {}, outputMapping: null, stages: [stage] };
  const form = { draft, stage, catalogue, problems, complete: () => [], pathsId: 'paths', inputNames: [], set };
  const { unmount } = render(<StageForm form={form} tools={null} />, { wrapper: Connected });
  return { set, unmount };
}

const examples = resolve(import.meta.dirname, '../../../../../examples');
const exampleStages = readdirSync(examples)
  .filter((name) => name.endsWith('.json'))
  .flatMap((name) => JSON.parse(readFileSync(resolve(examples, name), 'utf8')).stages as Partial<StageFields>[]);

test('a form that is only looked at changes nothing', () => {
  const odd: Partial<StageFields>[] = [
    { outputVariables: {}, inputVariableMapping: {}, messages: [] },
    { outputVariables: ['a'], inputVariableMapping: 'a', messages: {}, routes: [], forEach: 'a', flowiseConfig: 3 },
    { validationType: 'MANUAL', validationCriteria: { left: 'over' } },
    { validationType: 'FUNCTION', validationCriteria: { functionName: 'gone', args: { a: 1 } } },
    { flowiseConfig: { temperature: null, stop: 'END', unknown: [1] } },
    { nextStageOnPass: 77, nextStageOnFail: 0 },
  ];
  for (const fields of [...exampleStages, ...odd]) {
    const { set, unmount } = show(stageOf(1, fields));
    expect(set, JSON.stringify(fields)).not.toHaveBeenCalled();
    unmount();
  }
});

test('what a form has no words for is there as JSON', () => {
  show(stageOf(1, { routes: { by: 'stage_1.raw', to: { a: 'nowhere' } } }));
  const json = screen.getByLabelText('Where it goes, as JSON');
  expect(JSON.parse((json as HTMLTextAreaElement).value)).toEqual({ by: 'stage_1.raw', to: { a: 'nowhere' } });
});

test('half a JSON is not taken over, and stays written', async () => {
  const { set } = show(stageOf(1, { outputVariables: { a: 'string' } }));
  const part = screen.getByRole('region', { name: 'Outputs' });
  await userEvent.click(part.querySelector('button[aria-pressed]') as HTMLElement);
  const json = screen.getByLabelText('Outputs, as JSON');
  await userEvent.clear(json);
  set.mockClear();
  await userEvent.type(json, '{{"a": "num');
  expect(set).not.toHaveBeenCalled();
  expect(json).toHaveProperty('value', '{"a": "num');
  expect(screen.getByText(/It is no JSON/)).toBeTruthy();
});

test('half a number is not taken over, and stays written with the reason', async () => {
  const { set } = show(stageOf(1, { retryLimit: 2, flowiseConfig: { temperature: 0.2 } }));
  const retries = screen.getByLabelText('Retries');
  await userEvent.clear(retries);
  expect(retries).toHaveProperty('value', '');
  expect(screen.getByText('A number has to stand here')).toBeTruthy();
  const temperature = screen.getByLabelText('Temperature');
  await userEvent.type(temperature, '{Backspace}');
  expect(temperature).toHaveProperty('value', '0.');
  expect(temperature.getAttribute('aria-invalid')).toBe('true');
  expect(screen.getByText('A number, like 0.3')).toBeTruthy();
  expect(set).not.toHaveBeenCalled();
  await userEvent.type(temperature, '7');
  expect(set).toHaveBeenLastCalledWith('flowiseConfig', { temperature: 0.7 }, 'temperature.number');
  expect(temperature.getAttribute('aria-invalid')).toBe(null);
});

test('a number of a setting has the digits that were typed, and stays a number of the form', async () => {
  const { set } = show(stageOf(1, { flowiseConfig: { temperature: 2 } }));
  const temperature = screen.getByLabelText('Temperature');
  await userEvent.clear(temperature);
  await userEvent.type(temperature, '9007199254740993');
  expect(JSON.stringify(set.mock.lastCall)).toBe(
    '["flowiseConfig",{"temperature":9007199254740993},"temperature.number"]',
  );
  cleanup();
  show(stageOf(1, { flowiseConfig: JSON.parse('{}', () => set.mock.lastCall?.[1]) }));
  expect(screen.getByLabelText('Temperature')).toHaveProperty('value', '9007199254740993');
});

test('a setting of the model call is written by its schema', async () => {
  const { set } = show(stageOf(1, { flowiseConfig: { temperature: 0.2, unknown: 'kept' } }));
  await userEvent.type(screen.getByLabelText('Temperature'), '5');
  expect(set).toHaveBeenLastCalledWith('flowiseConfig', { temperature: 0.25, unknown: 'kept' }, 'temperature.number');
});

test('another check is one step of undo', async () => {
  const { set } = show(stageOf(1, {}));
  await userEvent.click(screen.getByRole('radio', { name: 'a pattern' }));
  expect(set.mock.calls.map(([field, , typing]) => [field, typing])).toEqual([
    ['validationType', undefined],
    ['validationCriteria', WITH_LAST],
  ]);
});

test('what a function lacks is said once, at its control', () => {
  const lacks = {
    severity: 'ERROR',
    code: 'INVALID',
    message: 'stage 1: validationCriteria length is missing',
    local: 's1',
    field: 'validationCriteria.args.length',
    span: null,
  } as const;
  show(stageOf(1, { validationType: 'FUNCTION', validationCriteria: { functionName: 'max_length', args: {} } }), [
    lacks,
  ]);
  expect(screen.getAllByText(/is missing/i)).toHaveLength(1);
  expect(screen.getByLabelText('Characters').getAttribute('aria-invalid')).toBe('true');
});
