import { cleanup, render } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';
import type { AtStage } from './pairs.ts';
import { numberOf, StageNames } from './StageNames.tsx';

afterEach(cleanup);

const at = (stageOrder: number, name: string | null): AtStage => ({
  ...{ stageOrder, name, attempts: [], answers: [], times: null, takenFrom: null },
});
const told = (left: AtStage | null, right: AtStage | null) => {
  const pair = { key: '', left, right };
  return `${numberOf(pair)} ${render(<StageNames pair={pair} />).container.textContent}`;
};

test('a stage is called as both sides call it', () => {
  expect(told(at(1, 'Read'), at(1, 'Read the incident report'))).toBe('1 Read → Read the incident report');
  expect(told(at(1, 'Read'), at(2, 'Read'))).toBe('1 → 2 Read');
  expect(told(at(3, null), null)).toBe('3 Stage 3');
  expect(told(at(3, null), at(3, 'Send'))).toBe('3 Stage 3 → Send');
});
