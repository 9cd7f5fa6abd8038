import { expect, test } from 'vitest';
import { apply } from './apply.ts';
import { draftWith } from './draft.fixture.ts';
import { type Draft, type Unfinished, unfinishedOf } from './draft.ts';
import { begin, step, WITH_LAST } from './history.ts';
import { definitionOf } from './input.ts';
import { merge } from './merge.ts';

const half: Unfinished = { local: 's1', label: 'Schema', field: 'outputVariables.a', text: '{"type":' };
const leave = (draft: Draft, left: Unfinished) => apply(draft, { kind: 'unfinished', left });
const start = draftWith([1, 2]);
const left = leave(start, half);

test('what is no value yet belongs to the draft, once for each control, until it is one', () => {
  expect(unfinishedOf(left)).toEqual([half]);
  const more = { ...half, text: '{"type": "str' };
  expect(unfinishedOf(leave(left, more))).toEqual([more]);
  expect(unfinishedOf(leave(left, { ...half, text: '' }))).toEqual([]);
  expect(leave(start, { ...half, text: '' })).toBe(start);
});

test('it goes with its stage, and is nothing that could be saved', () => {
  expect(unfinishedOf(apply(left, { kind: 'remove', local: 's1' }))).toEqual([]);
  expect(definitionOf(left)).toEqual(definitionOf(start));
});

test('it stays while somebody else’s version is taken in', () => {
  expect(unfinishedOf(merge(start, { ...start, name: 'Theirs' }, left).settle(new Map()))).toEqual([half]);
});

test('becoming a value is no step of its own for an undo', () => {
  const typed = step(begin(start), {
    kind: 'edit',
    edit: { kind: 'unfinished', left: half },
    coalesce: 'schema',
    at: 0,
  });
  const done = step(typed, {
    kind: 'edit',
    edit: { kind: 'unfinished', left: { ...half, text: '' } },
    coalesce: WITH_LAST,
    at: 1,
  });
  expect(done.past).toEqual([start]);
  expect(unfinishedOf(step(done, { kind: 'undo' }).present)).toEqual([]);
});
