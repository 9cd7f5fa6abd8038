// Where a value came from, in words.

import { nth } from '../standing.ts';

export interface Used {
  path: string;
  found: boolean;
  producedBy: { stageOrder: number; attemptNumber: number } | null;
}

/** `the run’s inputs`, `stage 2, output.title`, `stage 6, as edited by a person`. */
export function provenance(
  { path, found, producedBy }: Used,
  how: { wasEdited: boolean; isElsewhere: boolean },
): string {
  const [first = '', ...rest] = path.split('.');
  if (!found) return `${path}, not there: a default`;
  if (first === 'inputs') return rest.length > 1 ? `the run’s inputs, ${rest.slice(1).join('.')}` : 'the run’s inputs';
  if (!producedBy) return path;
  const elsewhere = how.isElsewhere ? ', of the run before' : '';
  // What was said of an answer is as it was said, whatever became of the answer.
  if (how.wasEdited && rest[0] !== 'notes') return `stage ${producedBy.stageOrder}, as edited by a person`;
  const number = producedBy.attemptNumber > 1 ? `, ${nth(producedBy.attemptNumber)} answer` : '';
  return `stage ${producedBy.stageOrder}${number}, ${rest.join('.') || first}${elsewhere}`;
}
