// @vitest-environment jsdom

import { act, renderHook } from '@testing-library/react';
import { expect, test, vi } from 'vitest';
import { objectOf } from './named.ts';
import { readOutputs, type OutputRow } from './outputs.ts';
import { useRows } from './rows.ts';

function rowsOf(value: unknown) {
  const onChange = vi.fn();
  const read = (json: unknown) => readOutputs(json) ?? [];
  const hook = renderHook(({ value }) => useRows<OutputRow>({ value, read, write: objectOf, onChange }), {
    initialProps: { value },
  });
  const names = () => hook.result.current.rows.map(({ value }) => value.name);
  return { hook, onChange, names };
}

test('a row keeps its place and its id while its name is typed, even where an object would sort it', () => {
  const { hook, onChange, names } = rowsOf({ a: 'string', b: 'number' });
  const second = hook.result.current.rows[1];
  act(() => hook.result.current.set(second?.id ?? 0, { name: '1', value: 'number' }, 'name'));
  const written = onChange.mock.lastCall?.[0];
  expect(written).toEqual({ a: 'string', 1: 'number' });
  hook.rerender({ value: written });
  expect(names()).toEqual(['a', '1']);
  expect(hook.result.current.rows[1]?.id).toBe(second?.id);
});

test('a name that is there twice for a while loses nothing', () => {
  const { hook, onChange, names } = rowsOf({ a: 'string', b: 'number' });
  act(() => hook.result.current.set(hook.result.current.rows[1]?.id ?? 0, { name: 'a', value: 'number' }));
  expect(onChange.mock.lastCall?.[0]).toEqual({ a: 'string', a_2: 'number' });
  hook.rerender({ value: onChange.mock.lastCall?.[0] });
  expect(names()).toEqual(['a', 'a']);
});

test('an undo from outside is shown', () => {
  const { hook, names } = rowsOf({ a: 'string' });
  hook.rerender({ value: { z: 'string' } });
  expect(names()).toEqual(['z']);
  hook.rerender({ value: null });
  expect(names()).toEqual([]);
});

test('rows move, come and go', () => {
  const { hook, onChange } = rowsOf({ a: 'string', b: 'number' });
  act(() => hook.result.current.move(hook.result.current.rows[1]?.id ?? 0, -1));
  expect(Object.keys(onChange.mock.lastCall?.[0])).toEqual(['b', 'a']);
  act(() => hook.result.current.add({ name: 'c', value: 'string' }));
  act(() => hook.result.current.remove(hook.result.current.rows[0]?.id ?? 0));
  expect(hook.result.current.rows.map(({ value }) => value.name)).toHaveLength(2);
});
