import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { fromOneLine, inOneLine } from './escapes.ts';
import { readMapping, writeMapping } from './mapping.ts';
import { readTurns, writeTurns } from './messages.ts';
import { keptNames, objectOf, twinFault } from './named.ts';
import { readOutputs, writeOutputs } from './outputs.ts';
import { readRoutes, writeRoutes } from './routes.ts';

/** Every form that a field of JSON has: what it reads, it writes back the same; what it cannot read is null. */
const forms: Record<string, (value: unknown) => unknown> = {
  inputVariableMapping: through(readMapping, writeMapping),
  outputMapping: through(readMapping, writeMapping),
  outputVariables: through(readOutputs, writeOutputs),
  routes: through(readRoutes, writeRoutes),
  messages: through(readTurns, writeTurns),
};

function through<State>(read: (value: unknown) => State | null, write: (state: State) => unknown) {
  return (value: unknown) => {
    const state = read(value);
    return state === null ? 'only as JSON' : write(state);
  };
}

test('mappings in every shape come back as they were', () => {
  for (const source of [
    'inputs.topic',
    ['stage_1.raw'],
    ['stage_1.raw', 'inputs.a'],
    { from: 'inputs.a' },
    { from: ['inputs.a'], default: null },
    { from: 'draft.text', default: { deep: [1, 'two', null] } },
    { default: '', from: ['a.raw', 'b.raw'] },
    { latest: ['stage_2.raw', 'stage_3.raw'] },
    { latest: 'stage_2.raw', default: false },
    // What the server refuses is kept, too, until somebody mends it.
    null,
    7,
    [],
    ['a', 1],
    { form: 'inputs.a' },
    { from: 'a', latest: 'b' },
    { from: 'a', defualt: 1 },
  ]) {
    const mapping = { first: 'inputs.first', it: source, 'ключ ✓': 'inputs.x' };
    expect(forms.inputVariableMapping?.(mapping)).toStrictEqual(mapping);
  }
  expect(forms.inputVariableMapping?.(null)).toBe(null);
  expect(forms.inputVariableMapping?.(['word'])).toBe('only as JSON');
});

test('outputs come back as they were, words and schemas', () => {
  const outputs = {
    title: 'string',
    tags: { type: 'array', items: { type: 'string' } },
    percent: { $ref: '#/$defs/p', $defs: { p: { maximum: 100 } } },
    anything: true,
    odd: 'strin',
    __proto__x: 'number',
  };
  expect(forms.outputVariables?.(outputs)).toStrictEqual(outputs);
  expect(readOutputs(null)).toBe(null);
  expect(readOutputs(['a'])).toBe(null);
});

test('routes come back as they were, and what says more is left to JSON', () => {
  const routes = { by: 'stage_1.output.kind', to: { billing: 2, 'two words': 0, '10': 3, true: 1 } };
  expect(forms.routes?.(routes)).toStrictEqual(routes);
  for (const odd of ['a', { by: 'a' }, { by: 'a', to: { b: 'c' } }, { by: 'a', to: {}, too: 1 }, { by: 1, to: {} }])
    expect(readRoutes(odd)).toBe(null);
});

test('turns come back as they were, and what says more is left to JSON', () => {
  const turns = [
    { role: 'user', content: 'Is there a bus?' },
    { role: 'assistant', content: '' },
    { from: 'inputs.history' },
  ];
  expect(forms.messages?.(turns)).toStrictEqual(turns);
  expect(forms.messages?.(null)).toBe(null);
  for (const odd of ['a', [1], [{ role: 'system', content: '' }], [{ from: 'a', role: 'user' }], [{ role: 'user' }]])
    expect(readTurns(odd)).toBe(null);
});

test('all examples come back as they were', () => {
  const folder = resolve(import.meta.dirname, '../../../../../examples');
  let seen = 0;
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
    const workflow = JSON.parse(readFileSync(resolve(folder, file), 'utf8'));
    for (const part of [workflow, ...workflow.stages]) {
      for (const [field, form] of Object.entries(forms)) {
        if (part[field] === undefined) continue;
        seen += 1;
        expect(form(part[field]), `${file} ${field}`).toStrictEqual(part[field]);
      }
    }
  }
  expect(seen).toBeGreaterThan(15);
});

test('two rows of one name are both kept', () => {
  expect(keptNames(['a', 'b', 'a', 'a_2', 'a'])).toEqual(['a', 'b', 'a_2', 'a_2_2', 'a_3']);
  expect(
    objectOf([
      { name: 'a', value: 1 },
      { name: 'a', value: 2 },
    ]),
  ).toEqual({ a: 1, a_2: 2 });
  expect(twinFault(['a', 'a'], 0)).toBe(null);
  expect(twinFault(['a', 'a'], 1)).toBe('Another one is called a: this one is kept as a_2');
});

test('a text of several lines is written in one, and comes back', () => {
  for (const text of ['\n\n', 'a\\nb', 'a\nb\t\\', '\\\\n', 'END', 'C:\\new', '\r\n'])
    expect(fromOneLine(inOneLine(text))).toBe(text);
  expect(inOneLine('\n\n')).toBe('\\n\\n');
  expect(fromOneLine('\\d')).toBe('\\d');
});
