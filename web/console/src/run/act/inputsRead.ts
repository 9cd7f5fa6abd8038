// Which inputs matter to a rerun that begins at a stage: said of the definition that the run was pinned to.

import { record } from '../stages.ts';

/**
 * Is an input read by the stage of this order, or by one that may come after it? A name that a mapping shadows counts as
 * read: better a word too few than one that is wrong.
 */
export function inputsReadFrom(definition: unknown, from: number): (name: string) => boolean {
  const { stages, outputMapping } = record(definition);
  const all = Array.isArray(stages) ? stages.map(record) : [];
  const texts = [outputMapping, ...all.filter(({ stageOrder }) => Number(stageOrder) >= earliest(all, from))].flatMap(
    textsIn,
  );
  return (name) => texts.some((text) => reads(text, name));
}

/** The lowest order that a run may come to which begins there: a stage may lead back. */
function earliest(stages: readonly Record<string, unknown>[], from: number): number {
  const targets = stages
    .filter(({ stageOrder }) => Number(stageOrder) >= from)
    .flatMap(({ nextStageOnPass, nextStageOnFail, routes }) => [
      nextStageOnPass,
      nextStageOnFail,
      ...Object.values(record(record(routes).to)),
    ]);
  const back = Math.min(from, ...targets.map(Number).filter((order) => order > 0));
  return back < from ? earliest(stages, back) : from;
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** `{{topic}}`, `inputs.topic`, or all inputs at once. */
function reads(text: string, name: string): boolean {
  if (/\binputs\b(?!\.)/.test(text)) return true;
  const word = name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(
    `\\{\\{\\s*(?:inputs\\.)?${word}(?![\\p{L}\\p{N}_])|\\binputs\\.${word}(?![\\p{L}\\p{N}_])`,
    'u',
  ).test(text);
}
