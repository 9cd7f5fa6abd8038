import { JUDGES } from '../../definition/words.ts';
import type { ValidationType } from '../../schema.generated.ts';
import { isObject, onlyHas, withField } from './json.ts';

export const CHECKS: readonly { type: ValidationType; word: string }[] = (
  ['NONE', 'MANUAL', 'REGEX', 'FUNCTION', 'LLM'] as const
).map((type) => ({ type, word: JUDGES[type] }));

const FIELDS: Record<ValidationType, readonly string[]> = {
  NONE: [],
  MANUAL: [],
  REGEX: ['pattern', 'flags', 'mustMatch'],
  FUNCTION: ['functionName', 'args'],
  LLM: ['prompt', 'modelId'],
};

/** Whether the form of a check can show these criteria. */
export function canShow(type: ValidationType, criteria: unknown): boolean {
  if (criteria === null || criteria === undefined) return true;
  if (!isObject(criteria) || !onlyHas(criteria, FIELDS[type])) return false;
  const isText = (field: string) => criteria[field] == null || typeof criteria[field] === 'string';
  switch (type) {
    case 'NONE':
    case 'MANUAL':
      return false;
    case 'REGEX':
      return (
        isText('pattern') && isText('flags') && (criteria.mustMatch == null || typeof criteria.mustMatch === 'boolean')
      );
    case 'FUNCTION':
      return isText('functionName') && (criteria.args == null || isObject(criteria.args));
    case 'LLM':
      return isText('prompt') && isText('modelId');
  }
}

/** What a check begins with. */
export function firstCriteria(type: ValidationType): unknown {
  switch (type) {
    case 'NONE':
    case 'MANUAL':
      return null;
    case 'REGEX':
      return { pattern: '' };
    case 'FUNCTION':
      return { functionName: 'non_empty', args: {} };
    case 'LLM':
      return { prompt: '' };
  }
}

/** The criteria with this field; undefined takes it away. */
export const withCriterion = (criteria: unknown, field: string, value: unknown): unknown =>
  withField(isObject(criteria) ? criteria : {}, field, value);

/** The flags with one more or one less, in the order of the others. */
export function toggled(flags: string, flag: string): string | undefined {
  const next = flags.includes(flag) ? flags.replaceAll(flag, '') : flags + flag;
  return next === '' ? undefined : next;
}
