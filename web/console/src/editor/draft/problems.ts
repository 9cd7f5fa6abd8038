import { fieldWord } from '../../definition/words.ts';
import type { Severity } from '../../schema.generated.ts';
import { inPlace } from '../form/places.ts';
import type { CheckDraftQuery } from './CheckDraft.generated.ts';
import type { Draft, StageFields } from './draft.ts';
import { spotsOf } from './spots.ts';

/** Something wrong or doubtful in a draft, where it is. */
export interface Problem {
  severity: Severity;
  code: string;
  /** What is wrong and what can be done. */
  message: string;
  /** The stage; null: the workflow as a whole. */
  local: string | null;
  /** `promptTemplate`, `inputVariableMapping.topic`; null: all of it. */
  field: string | null;
  /** Where in the field's text, in UTF-16 units; null: all of the field. */
  span: { from: number; to: number } | null;
}

/** What the server found in this draft, by what its stages are called here. */
export function problemsOf(draft: Draft, found: CheckDraftQuery['checkWorkflow']): Problem[] {
  return found.map(({ severity, code, message, stageOrder, field, start, end }) => {
    const stage = draft.stages.find(({ order }) => order === stageOrder);
    const text = stage && field ? templateAt(stage.fields, field) : null;
    const span =
      text !== null && start !== null && end !== null ? { from: unitsAt(text, start), to: unitsAt(text, end) } : null;
    return { severity, code, message, local: stage?.local ?? null, field, span };
  });
}

function templateAt(fields: StageFields, field: string): string | null {
  const spot = spotsOf(fields).find((one) => one.field === field && 'template' in one.says);
  return spot && 'template' in spot.says ? spot.says.template : null;
}

/** Where it is and what it is, in a line. */
export function shortly(problem: Problem, { stages }: Draft): string {
  const stage = stages.find(({ local }) => local === problem.local);
  const field = problem.field && fieldWord(problem.field.split(/[.[]/)[0] ?? '');
  const where = [stage && `Stage ${stage.order}`, field].filter(Boolean).join(', ');
  return where ? `${where}: ${inPlace(problem)}` : problem.message;
}

export const isError = ({ severity }: Problem): boolean => severity === 'ERROR';

/** Does a save refuse it? What the check found then has the code of a refusal. */
export const isRefusal = ({ code }: Problem): boolean => code === 'BAD_USER_INPUT' || code === 'LIMIT_EXCEEDED';

/** Where the server counts code points, texts here have UTF-16 units. */
export function unitsAt(text: string, codePoints: number): number {
  let units = 0;
  for (let left = codePoints; left > 0 && units < text.length; left -= 1) {
    units += (text.codePointAt(units) as number) > 0xffff ? 2 : 1;
  }
  return units;
}
