import { expect, test } from 'vitest';
import { asGraphql } from '../ui/copyAs.ts';
import { together } from '../ui/question.ts';
import { asShown } from './asShown.ts';
import { runOf, started, status } from './testing.ts';

const run = runOf(status('RUNNING'), started(1));

function copied(log: string | null): string {
  const { beside, ...question } = asShown(run, log);
  const { document, variables } = together([question, ...beside]);
  return asGraphql(document, variables);
}

test('the attempt in the margin is asked for with its run', () => {
  expect(copied(null)).not.toContain('executionLog(');
  const both = copied('1.1');
  for (const part of ['execution(id: "run")', 'executionLog(id: "1.1")', 'promptSent', 'reasoning', 'producedBy'])
    expect(both).toContain(part);
  expect(copied('none')).not.toContain('executionLog(');
});

test('it is told how many attempts are shown', () => {
  expect(asShown(run, null).lists).toEqual([{ at: ['execution', 'logs'], count: 1 }]);
});
