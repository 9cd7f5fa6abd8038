import { count, counted, duration } from '../ui/time.ts';

interface Told {
  /** Without what people and pauses took: a run is not longer for being left to lie. */
  readonly own: number;
  readonly away: number;
  readonly tokens: number;
}

/** How the right one differs from the left one, in a sentence or two. */
export function sentenceOf(left: Told, right: Told, definition: number, inputs: number): string {
  const time = compared(right.own - left.own, duration);
  const tokens = compared(right.tokens - left.tokens, (value) => counted(value, 'token'));
  const began = left.away + right.away > 0 ? 'Without the waits for people and pauses the' : 'The';
  const figures = `${began} right one took ${time ?? 'as long'} and ${tokens ?? 'as many tokens'}.`;
  return `${figures} ${definitionSentence(definition, inputs)}`;
}

function compared(difference: number, told: (value: number) => string): string | null {
  return difference === 0 ? null : `${told(Math.abs(difference))} ${difference > 0 ? 'more' : 'less'}`;
}

function definitionSentence(definition: number, inputs: number): string {
  if (definition === 0 && inputs === 0) return 'Their definitions and inputs are the same.';
  if (definition === 0) return `Their definitions are the same; ${differ(inputs, 'input')}.`;
  const fields = differ(definition, 'field');
  return inputs === 0
    ? `In their definitions ${fields}; their inputs are the same.`
    : `In their definitions ${fields}, and ${differ(inputs, 'input')}.`;
}

const differ = (value: number, one: string) => (value === 1 ? `1 ${one} differs` : `${count(value)} ${one}s differ`);
