// Where in a stage a template, a path or the number of a stage may stand: the one list that renumbering, highlighting and
// problems go by. It is the server's (`domain/definition/paths`).

import { fieldsOf } from '../../definition/shape.ts';
import type { StageFields } from './draft.ts';

type Says = { template: string } | { path: string } | { target: number };

/** A place in a stage, and what it says. */
export interface Spot {
  /** By the API's name: `inputVariableMapping.topic`. */
  field: string;
  says: Says;
  /** The stage's field in which it stands, and the way to it there. */
  root: keyof StageFields;
  at: readonly (string | number)[];
}

export function spotsOf(fields: StageFields): Spot[] {
  return [...targets(fields), ...paths(fields), ...templates(fields)];
}

function targets({ nextStageOnPass, nextStageOnFail, routes }: StageFields): Spot[] {
  const spots: Spot[] = [];
  const target = (field: string, root: keyof StageFields, at: string[], value: unknown) => {
    if (typeof value === 'number') spots.push({ field, says: { target: value }, root, at });
  };
  target('nextStageOnPass', 'nextStageOnPass', [], nextStageOnPass);
  target('nextStageOnFail', 'nextStageOnFail', [], nextStageOnFail);
  for (const [value, order] of Object.entries(fieldsOf(fieldsOf(routes).to))) {
    target(`routes.to.${value}`, 'routes', ['to', value], order);
  }
  return spots;
}

function paths({ inputVariableMapping, messages, routes, forEach }: StageFields): Spot[] {
  const spots: Spot[] = mappedPaths(inputVariableMapping).map(({ variable, at, path }) => ({
    field: `inputVariableMapping.${variable}`,
    says: { path },
    root: 'inputVariableMapping',
    at,
  }));
  const path = (field: string, root: keyof StageFields, at: (string | number)[], value: unknown) => {
    if (typeof value === 'string') spots.push({ field, says: { path: value }, root, at });
  };
  turns(messages).forEach((turn, index) => {
    path(`messages[${index}].from`, 'messages', [index, 'from'], turn.from);
  });
  path('routes.by', 'routes', ['by'], fieldsOf(routes).by);
  path('forEach.in', 'forEach', ['in'], fieldsOf(forEach).in);
  return spots;
}

function templates(fields: StageFields): Spot[] {
  const spots: Spot[] = [];
  const template = (field: string, root: keyof StageFields, at: (string | number)[], value: unknown) => {
    if (typeof value === 'string') spots.push({ field, says: { template: value }, root, at });
  };
  template('systemTemplate', 'systemTemplate', [], fields.systemTemplate);
  turns(fields.messages).forEach((turn, index) => {
    template(`messages[${index}].content`, 'messages', [index, 'content'], turn.content);
  });
  template('promptTemplate', 'promptTemplate', [], fields.promptTemplate);
  template('retryPromptTemplate', 'retryPromptTemplate', [], fields.retryPromptTemplate);
  if (fields.validationType === 'LLM') {
    const { prompt } = fieldsOf(fields.validationCriteria);
    template('validationCriteria.prompt', 'validationCriteria', ['prompt'], prompt);
  }
  return spots;
}

const turns = (messages: unknown) => (Array.isArray(messages) ? messages.map(fieldsOf) : []);

export interface MappedPath {
  variable: string;
  at: (string | number)[];
  path: string;
}

/** The paths of a mapping: a variable has a path, a list of them, or an object with either under `from` or `latest`. */
export function mappedPaths(mapping: unknown): MappedPath[] {
  return Object.entries(fieldsOf(mapping)).flatMap(([variable, value]) => {
    const { from, latest } = fieldsOf(value);
    const places: [(string | number)[], unknown][] = [
      [[variable], value],
      [[variable, 'from'], from],
      [[variable, 'latest'], latest],
    ];
    return places.flatMap(([at, said]) => pathsAt(at, said)).map((found) => ({ variable, ...found }));
  });
}

function pathsAt(at: (string | number)[], said: unknown): { at: (string | number)[]; path: string }[] {
  if (typeof said === 'string') return [{ at, path: said }];
  if (!Array.isArray(said)) return [];
  return said.flatMap((path, index) => (typeof path === 'string' ? [{ at: [...at, index], path }] : []));
}

/** The value with another one at that place; what is not on the way to it stays the same object. */
export function put(value: unknown, [step, ...rest]: readonly (string | number)[], to: unknown): unknown {
  if (step === undefined) return to;
  if (Array.isArray(value)) return value.map((item, index) => (index === step ? put(item, rest, to) : item));
  return Object.fromEntries(
    Object.entries(fieldsOf(value)).map(([key, item]) => [key, key === step ? put(item, rest, to) : item]),
  );
}
