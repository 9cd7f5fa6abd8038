import type { Problem } from '../draft/problems.ts';
import { inPlace } from './places.ts';

/** What a control says under itself; null where nothing is wrong. A hint is no fault. */
export function faultOf(problems: readonly Problem[]): string | null {
  return problems.length === 0 ? null : problems.map(inPlace).join('. ');
}
