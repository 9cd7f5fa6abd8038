import { expect, test } from 'vitest';
import { apply } from './apply.ts';
import { draftWith } from './draft.fixture.ts';
import { type Draft, type Edit, type Unfinished, unfinishedOf } from './draft.ts';
import { begin, step, WITH_LAST } from './history.ts';
import { definitionOf } from './input.ts';
import { merge } from './merge.ts';

const half: Unfinished = { local: 's1', label: 'Schema', field: 'outputVariables.a', text: '{"type":', why: 'no end' };
const finished: Edit = { kind: 'finished', local: 's1', label: 'Schema' };
const leave = (draft: Draft, left: Unfinished) => apply(draft, { kind: 'unfinished', left });
const start = draftWith([1, 2]);
const left = leave(start, half);

test('what is no value yet belongs to the draft, once for each control, until it is one', () => {
  expect(unfinishedOf(left)).toEqual([half]);
  const more = { ...half, text: '{"type": "str' };
  expect(unfinishedOf(leave(left, more))).toEqual([more]);
  expect(unfinishedOf(apply(left, finished))).toEqual([]);
  expect(apply(start, finished)).toBe(start);
});

test('an empty text is one, too, where something has to stand', () => {
  expect(unfinishedOf(leave(left, { ...half, text: '' }))).toEqual([{ ...half, text: '' }]);
});

test('it goes with its stage, and is nothing that could be saved', () => {
  expect(unfinishedOf(apply(left, { kind: 'remove', local: 's1' }))).toEqual([]);
  expect(definitionOf(left)).toEqual(definitionOf(start));
});

test('it stays while somebody else’s version is taken in', () => {
  expect(unfinishedOf(merge(start, { ...start, name: 'Theirs' }, left).settle(new Map()))).toEqual([half]);
});

test('a value, half of another and that one are one step for an undo', () => {
  const retries = (value: number): Edit => ({ kind: 'set', local: 's1', field: 'retryLimit', value });
  const typed: [Edit, string][] = [
    [retries(1), 's1.retryLimit.number'],
    [{ kind: 'unfinished', left: half }, 's1.retryLimit.number'],
    [retries(12), 's1.retryLimit.number'],
    [finished, WITH_LAST],
  ];
  const done = typed.reduce(
    (history, [edit, coalesce], at) => step(history, { kind: 'edit', edit, coalesce, at }),
    begin(start),
  );
  expect(done.past).toEqual([start]);
  expect(unfinishedOf(done.present)).toEqual([]);
  expect(done.present.stages[1]?.fields.retryLimit).toBe(12);
});
