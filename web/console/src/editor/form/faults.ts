import type { Problem } from '../draft/problems.ts';
import { inPlace } from './places.ts';

/** What a control says under itself: errors alone; what is only doubtful stands below. Null where nothing is wrong. */
export function faultOf(problems: readonly Problem[], field: string): string | null {
  const errors = problems.filter((problem) => problem.field === field && problem.severity === 'ERROR');
  return errors.length === 0 ? null : errors.map(inPlace).join('. ');
}
