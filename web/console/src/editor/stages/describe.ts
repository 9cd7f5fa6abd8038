import type { DraftStage } from '../draft/draft.ts';
import { afterFail, afterPass, byValue } from './wires.ts';

const JUDGES = {
  NONE: 'not judged',
  MANUAL: 'judged by a person',
  REGEX: 'judged by a pattern',
  FUNCTION: 'judged by a function',
  LLM: 'judged by a model',
} as const;

/** What is said under a stage's name: who judges it, and where it goes that is not simply the next. */
export function describe(stages: readonly DraftStage[], index: number): string {
  const stage = stages[index];
  if (!stage) return '';
  const each = stage.fields.forEach === null ? [] : ['for each item'];
  const judged = stage.fields.validationType === 'NONE' ? [] : [JUDGES[stage.fields.validationType]];
  return [...each, ...judged, ...ways(stages, stage, index)].join(', ') || JUDGES.NONE;
}

function ways(stages: readonly DraftStage[], stage: DraftStage, index: number): string[] {
  const said: string[] = [];
  const values = byValue(stage).map(([value, order]) => `${value} ${order === 0 ? 'ends' : `to ${order}`}`);
  if (values.length > 0) said.push(values.join(', '));
  const pass = afterPass(stages, index);
  if (stage.fields.nextStageOnPass !== null && pass !== index + 1) {
    said.push(pass === null ? 'then the end' : `then ${direction(stages, index, pass)}`);
  }
  const fail = afterFail(stages, index);
  if (fail !== null) said.push(`else ${direction(stages, index, fail)}`);
  return said;
}

function direction(stages: readonly DraftStage[], from: number, to: number): string {
  if (to === from) return 'here again';
  return `${to < from ? 'back' : 'on'} to ${stages[to]?.order}`;
}

/** A stage by its number and name. */
export function stageTitle({ order, fields }: DraftStage): string {
  return fields.name ? `${order}, ${fields.name}` : `${order}, without a name`;
}
