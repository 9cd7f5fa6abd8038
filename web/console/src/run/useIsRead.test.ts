// @vitest-environment jsdom

import type { RunState } from '@footlight/client';
import { renderHook } from '@testing-library/react';
import { expect, test } from 'vitest';
import { runOf, started, status } from './testing.ts';
import { useIsRead } from './useIsRead.ts';

const unread = runOf();
const halfWay = runOf(status('PENDING'), status('RUNNING'), started(1));
const over = runOf(status('RUNNING'), started(1), status('COMPLETED'));

const seen = (first: RunState, known: RunState['status']) =>
  renderHook(({ run, status }) => useIsRead(run, status), { initialProps: { run: first, status: known } });

test('a run that is over has been read when its last event has', () => {
  const { result, rerender } = seen(unread, 'COMPLETED');
  expect(result.current).toBe(false);
  rerender({ run: halfWay, status: 'COMPLETED' });
  expect(result.current).toBe(false);
  rerender({ run: over, status: 'COMPLETED' });
  expect(result.current).toBe(true);
});

test('a run that ends before somebody’s eyes stays, whoever says so first', () => {
  const { result, rerender } = seen(halfWay, 'RUNNING');
  expect(result.current).toBe(true);
  rerender({ run: halfWay, status: 'COMPLETED' });
  expect(result.current).toBe(true);
});
