// What the server has no doubt about, for each is a text or a new input as good as any, and a person may have meant
// something else by it.

import { completionsFor, takenIn } from '../text/completions.ts';
import { placeholders, unclosed } from '../text/template.ts';
import type { Draft, DraftStage } from './draft.ts';
import { isNear } from './near.ts';
import type { Problem } from './problems.ts';
import { spotsOf } from './spots.ts';

/** Soft words about the templates. `inputNames` are those that the saved workflow asks for. */
export function hintsOf(draft: Draft, inputNames: readonly string[]): Problem[] {
  const seen = new Set(inputNames);
  return draft.stages.flatMap((stage) =>
    spotsOf(stage.fields).flatMap(({ field, says }) => {
      if (!('template' in says)) return [];
      const hints = [...doubtfulNames(draft, stage, field, says.template, seen), ...openEnds(says.template)];
      return hints.map((hint) => ({ severity: 'HINT' as const, local: stage.local, field, ...hint }));
    }),
  );
}

type Hint = Pick<Problem, 'code' | 'message' | 'span'>;

/** Names without dots that nothing gives here: each is an input of the run, which may be more than was meant. */
function doubtfulNames(draft: Draft, stage: DraftStage, field: string, text: string, seen: Set<string>): Hint[] {
  const taken = takenIn(stage.fields, field);
  const bare = placeholders(text).filter(({ isEscaped, isPath, name }) => !isEscaped && !isPath && !taken.has(name));
  return bare.flatMap(({ name, from, to }) => {
    const why = PLACES[name] ?? (seen.has(name) ? null : meant(draft, stage, field, name, seen));
    seen.add(name);
    return why === null ? [] : [{ code: 'NEW_INPUT', message: `{{${name}}} is ${why}`, span: { from, to } }];
  });
}

/** Words that mean something else in other places. */
const PLACES: Record<string, string | undefined> = {
  item: 'an input of the run here: a stage has an item only where it runs for each of a list',
  output: 'an input of the run here: the answer is there only after a failure and for the judge',
};

function meant(draft: Draft, stage: DraftStage, field: string, name: string, seen: ReadonlySet<string>): string | null {
  const known = completionsFor(draft, stage.local, field, [...seen]).map((one) => one.name);
  // Inputs that come later in the draft are as new as this one.
  const candidates = known.filter((one) => one !== name && (one.includes('.') || seen.has(one)));
  const like =
    candidates.find((one) => lastWord(one) === name) ?? candidates.find((one) => isNear(name, lastWord(one)));
  return like === undefined ? null : `a new input of the run; did you mean ${like}?`;
}

/** The parts that every stage has are no names that somebody gave. */
function lastWord(path: string): string {
  const word = path.slice(path.lastIndexOf('.') + 1);
  return path.includes('.') && ['raw', 'notes', 'text', 'items', 'item', 'index'].includes(word) ? '' : word;
}

const openEnds = (text: string): Hint[] =>
  unclosed(text).map(({ opened, from, to }) => ({
    code: 'UNCLOSED',
    message: `${opened} is not closed, and is sent as it is written: a placeholder ends with }}`,
    span: { from, to },
  }));
