import type { Severity } from '../schema.generated.ts';
import { counted } from '../ui/time.ts';

const KINDS = [
  ['ERROR', 'problem'],
  ['WARNING', 'doubt'],
  ['HINT', 'hint'],
] as const;

/** "2 problems, 1 doubt"; empty where there are none. */
export function problemWords(problems: readonly { severity: Severity }[]): string {
  const counts = KINDS.map(([kind, word]) => ({ word, count: problems.filter((one) => one.severity === kind).length }));
  return counts
    .filter(({ count }) => count > 0)
    .map(({ word, count }) => counted(count, word))
    .join(', ');
}
