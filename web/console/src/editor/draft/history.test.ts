import { describe, expect, test } from 'vitest';
import { begin, type History, step } from './history.ts';
import { draftWith } from './draft.fixture.ts';

const start = begin(draftWith([1, 2]));

function typed(history: History, value: string, at: number, coalesce: string | null = 'prompt'): History {
  const edit = { kind: 'set', local: 's0', field: 'promptTemplate', value } as const;
  return step(history, { kind: 'edit', edit, coalesce, at });
}
const prompt = ({ present }: History) => present.stages[0]?.fields.promptTemplate;

describe('undo', () => {
  test('takes back what was typed in one go', () => {
    const history = ['a', 'ab', 'abc'].reduce((so, value, index) => typed(so, value, index * 100), start);
    expect(prompt(history)).toBe('abc');
    expect(step(history, { kind: 'undo' }).present).toBe(start.present);
  });

  test('stops where one paused, went to another field, or undid', () => {
    const paused = typed(typed(start, 'a', 0), 'ab', 5000);
    expect(prompt(step(paused, { kind: 'undo' }))).toBe('a');
    const long = Array.from({ length: 30 }, (_, index) => index * 500).reduce(
      (so, at) => typed(so, `${at}`, at),
      start,
    );
    expect(prompt(step(long, { kind: 'undo' }))).toBe('10000');
    const elsewhere = typed(typed(start, 'a', 0), 'ab', 1, 'other');
    expect(prompt(step(elsewhere, { kind: 'undo' }))).toBe('a');
    const again = typed(step(step(typed(start, 'a', 0), { kind: 'undo' }), { kind: 'redo' }), 'ab', 2);
    expect(prompt(step(again, { kind: 'undo' }))).toBe('a');
  });

  test('is taken back by a redo, until something else is done', () => {
    const undone = step(typed(start, 'a', 0), { kind: 'undo' });
    expect(prompt(step(undone, { kind: 'redo' }))).toBe('a');
    const other = typed(undone, 'b', 1);
    expect(step(other, { kind: 'redo' })).toBe(other);
  });

  test('has nothing to do at the beginning', () => {
    expect(step(start, { kind: 'undo' })).toBe(start);
    expect(typed(start, 'a', 0).past).toEqual([start.present]);
  });
});

test('what was saved has ids on every way back', () => {
  const history = typed(start, 'a', 0);
  const each = (draft: History['present']) => ({ ...draft, name: 'Saved' });
  const saved = step(history, { kind: 'map', each });
  expect(step(saved, { kind: 'undo' }).present.name).toBe('Saved');
});
