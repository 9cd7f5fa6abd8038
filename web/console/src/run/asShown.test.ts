import { expect, test } from 'vitest';
import { asGraphql } from '../ui/copyAs.ts';
import { asShown } from './asShown.ts';
import { runOf, started, status } from './testing.ts';

const run = runOf(status('RUNNING'), started(1));

function copied(log: string | null, of = run): string {
  const { document, variables } = asShown(of, log);
  return asGraphql(document, variables);
}

test('the attempt in the margin is asked for with its run', () => {
  expect(copied(null)).not.toContain('executionLog(');
  const both = copied('1.1');
  for (const part of ['execution(id: "run")', 'executionLog(id: "1.1")', 'promptSent', 'reasoning', 'producedBy'])
    expect(both).toContain(part);
  expect(copied('none')).not.toContain('executionLog(');
});

test('of more attempts than are in one answer the question says where the next ones begin', () => {
  expect(copied(null)).toContain('logs(first: 100)');
  const many = { ...run, attempts: Array.from({ length: 101 }, () => run.attempts[0] as never) };
  expect(copied(null, many)).toContain('logs(first: 100, after: null)');
});
