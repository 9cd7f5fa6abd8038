// @vitest-environment jsdom

import { renderHook } from '@testing-library/react';
import { expect, test, vi } from 'vitest';
import type { DraftStage } from './draft/draft.ts';
import { stageOf } from './stages/stageOf.fixture.ts';
import { useChosenStage } from './useChosenStage.ts';

const [a, b, c] = [stageOf(1), stageOf(2), stageOf(3)] as [DraftStage, DraftStage, DraftStage];
const at = (stage: DraftStage, order: number): DraftStage => ({ ...stage, order });

function opened(stages: readonly DraftStage[], order?: number) {
  const onOrder = vi.fn();
  const hook = renderHook(({ stages, order }) => useChosenStage(stages, order, onOrder), {
    initialProps: { stages, order },
  });
  return { hook, onOrder };
}

test('the URL names a stage by its order, 0 the workflow, nothing the first', () => {
  expect(opened([a, b], 2).hook.result.current).toBe(b);
  expect(opened([a, b], 0).hook.result.current).toBe(null);
  expect(opened([a, b]).hook.result.current).toBe(a);
  expect(opened([]).hook.result.current).toBe(null);
});

test('a stage that moves stays open, and the URL follows it', () => {
  const { hook, onOrder } = opened([a, b, c], 2);
  const moved = at(b, 3);
  hook.rerender({ stages: [a, at(c, 2), moved], order: 2 });
  expect(hook.result.current).toBe(moved);
  expect(onOrder).toHaveBeenLastCalledWith(3);
  hook.rerender({ stages: [a, at(c, 2), moved], order: 3 });
  expect(hook.result.current).toBe(moved);
  expect(onOrder).toHaveBeenCalledTimes(1);
});

test('a stage that is removed leaves its place to the next, the last to the one before', () => {
  const { hook, onOrder } = opened([a, b, c], 3);
  hook.rerender({ stages: [a, b], order: 3 });
  expect(hook.result.current).toBe(b);
  expect(onOrder).toHaveBeenLastCalledWith(2);
});

test('the URL waits for a stage that a draft will bring back', () => {
  const onOrder = vi.fn();
  const hook = renderHook(({ stages, done }) => useChosenStage(stages, 2, onOrder, done), {
    initialProps: { stages: [a], done: false },
  });
  expect(onOrder).not.toHaveBeenCalled();
  hook.rerender({ stages: [a, b], done: true });
  expect(hook.result.current).toBe(b);
  expect(onOrder).not.toHaveBeenCalled();
});

test('an order that no stage has leads to the first', () => {
  const { hook, onOrder } = opened([a, b], 7);
  expect(hook.result.current).toBe(a);
  expect(onOrder).toHaveBeenLastCalledWith(1);
});
