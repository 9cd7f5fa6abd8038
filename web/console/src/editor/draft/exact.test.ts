// Digits that JavaScript's numbers lose, on all ways of a draft.

import { afterEach, expect, test, vi } from 'vitest';
import { fetchingClient } from '../../exact/testing.ts';
import { differences } from '../../definition/differences.ts';
import { fieldText } from '../../definition/words.ts';
import { parseJson } from '../form/json.ts';
import { workflowFile } from '../file/file.ts';
import { apply } from './apply.ts';
import type { DraftWorkflowFragment } from './DraftWorkflow.generated.ts';
import { draftWith } from './draft.fixture.ts';
import type { Draft } from './draft.ts';
import { exactWorkflow, writtenAs } from './exactDraft.ts';
import { begin, step } from './history.ts';
import { definitionOf, stageInputs } from './input.ts';
import { type Kept, keptOf, storedOf } from './kept.ts';
import { merge, savedAs } from './merge.ts';

const [BIG, ROUNDED] = ['9007199254740993', '9007199254740992'];
const typed = (text: string) => {
  const parsed = parseJson(text);
  if ('fault' in parsed) throw new Error(parsed.fault);
  return parsed.value;
};
const start = draftWith([1], [{ flowiseConfig: typed(`{"seed": ${ROUNDED}}`) }]);
const setting = (draft: Draft, seed: string): Draft =>
  apply(draft, { kind: 'set', local: 's0', field: 'flowiseConfig', value: typed(`{"seed": ${seed}}`) });
const sent = (draft: Draft) => JSON.stringify(stageInputs(draft));
const changes = (before: Draft, after: Draft) => differences(definitionOf(before), definitionOf(after));

test('other digits alone are a change, which an undo takes back', () => {
  const after = setting(start, BIG);
  expect(changes(start, after)).toHaveLength(1);
  expect(changes(after, setting(start, BIG))).toEqual([]);
  const edit = { kind: 'set', local: 's0', field: 'flowiseConfig', value: typed(`{"seed": ${BIG}}`) } as const;
  const edited = step(begin(start), { kind: 'edit', edit, coalesce: null, at: 0 });
  expect(sent(edited.present)).toContain(BIG);
  expect(sent(step(edited, { kind: 'undo' }).present)).toContain(ROUNDED);
});

test('a difference and a file are written with them', () => {
  expect(
    changes(start, setting(start, BIG)).map(({ before, after }) => [before, after].map((value) => fieldText(value))),
  ).toEqual([[`{\n  "seed": ${ROUNDED}\n}`, `{\n  "seed": ${BIG}\n}`]]);
  expect(workflowFile(setting(start, BIG), [])).toContain(`"seed": ${BIG}`);
});

test('two that changed digits alone clash, and each side has its own', () => {
  const [theirs, mine] = [setting(start, BIG), setting(start, '9007199254740995')];
  const both = merge(start, theirs, mine);
  expect(both.clashes).toHaveLength(1);
  const id = both.clashes[0]?.id ?? '';
  expect(sent(both.settle(new Map([[id, 'theirs']])))).toContain(BIG);
  expect(sent(both.settle(new Map([[id, 'mine']])))).toContain('9007199254740995');
});

test('digits that say the same number are no change of theirs', () => {
  const setting = (draft: Draft, text: string): Draft =>
    apply(draft, { kind: 'set', local: 's0', field: 'flowiseConfig', value: typed(text) });
  const before = setting(start, '{"t": 0.70, "n": [1.0]}');
  const theirs = setting(start, '{"t": 0.7, "n": [1.00]}');
  const mine = setting(start, '{"t": 0.70, "n": [2.0]}');
  const both = merge(before, theirs, mine);
  expect(both.clashes).toEqual([]);
  expect(sent(both.settle(new Map()))).toContain('{"t":0.70,"n":[2.0]}');
  expect(merge(before, setting(start, '{"t": 0.8}'), mine).clashes).toHaveLength(1);
});

test('a whole number and a float are a change of each other, on both sides', () => {
  const [whole, float, half] = ['1', '1.0', '0.5'].map((t) => setting(start, `{"t": ${t}}`)) as [Draft, Draft, Draft];
  expect(sent(merge(whole, whole, float).settle(new Map()))).toContain('{"t":1.0}');
  expect(sent(merge(float, whole, float).settle(new Map()))).toContain('{"t":1}');
  expect(merge(float, half, whole).clashes).toHaveLength(1);
});

test('a draft is stored with them, also as a copy of values, and comes back the same', () => {
  const kept: Kept = {
    userId: 'u',
    workflowId: 'w',
    page: 'p',
    version: 1,
    at: 1,
    before: start,
    draft: setting(start, BIG),
  };
  expect(JSON.stringify(keptOf(structuredClone(storedOf(kept))))).toBe(JSON.stringify(kept));
  expect(JSON.stringify(kept)).toContain(BIG);
});

test('what a save brings back has them of what was sent', () => {
  const draft = { ...setting(start, BIG), metadata: typed(`{"n": ${BIG}}`) };
  const answered: Draft = JSON.parse(
    JSON.stringify({ ...draft, stages: draft.stages.map((one) => ({ ...one, local: 'x' })) }),
  );
  expect(JSON.stringify(answered)).not.toContain(BIG);
  expect(JSON.stringify(writtenAs(savedAs(answered, draft), draft))).toBe(JSON.stringify(draft));
});

test('a save leaves what somebody wrote in its order, which the server answers by the alphabet', () => {
  const inOrder = (fields: object) => Object.keys(fields).join();
  const sent = { ...start, metadata: typed('{"topic": {"z": 1, "a": [{"y": 1, "b": 2}]}, "audience": 1}') };
  const answered = {
    ...start,
    metadata: typed('{"audience": 1, "later": 1, "topic": {"a": [{"b": 2, "y": 1}], "z": 1}}'),
  };
  const { metadata } = writtenAs(savedAs(answered, sent), sent);
  expect(inOrder(metadata as object)).toBe('topic,audience,later');
  expect(JSON.stringify(metadata)).toContain('{"z":1,"a":[{"y":1,"b":2}]}');
});

afterEach(() => vi.unstubAllGlobals());

test('a workflow whose numbers may have lost digits is read again, as it is written', async () => {
  const client = fetchingClient();
  let written = '';
  const ask = vi.fn(async () => new Response(`{"data": {"workflow": ${written}}}`));
  vi.stubGlobal('fetch', ask);
  const read = async (now: string) => {
    const brought: DraftWorkflowFragment = JSON.parse(written);
    written = now;
    return exactWorkflow(client, brought);
  };
  const saying = (metadata: string, config: string) =>
    `{"id": "w", "version": 2, "metadata": ${metadata}, "stages": [{"stageOrder": 1, "flowiseConfig": ${config}}]}`;
  for (const one of [`{"n":${BIG}}`, '{"n":1.0}']) {
    for (const text of [saying(one, 'null'), saying('{"n":0.5}', one)]) {
      written = text;
      expect(JSON.stringify(await read(text))).toBe(JSON.stringify(typed(text)));
    }
  }
  expect(ask).toHaveBeenCalledTimes(4);
  written = saying('{"n":0.5}', 'null');
  expect(await read(written)).toEqual(JSON.parse(written));
  expect(ask).toHaveBeenCalledTimes(4);
  const saved = saying('{"n":1.0}', 'null');
  for (const [now, said] of [
    [saved.replace('"version": 2', '"version": 3'), 'changed while its numbers were read'],
    ['null', 'somebody deleted it'],
  ] as const) {
    written = saved;
    await expect(read(now)).rejects.toThrow(said);
  }
  // Of the one that has changed what it is now is asked for, too.
  expect(ask).toHaveBeenCalledTimes(4 + 2 + 1);
});
