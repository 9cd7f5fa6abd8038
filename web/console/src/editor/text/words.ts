import type { Completion } from './completions.ts';

/** What an empty text says: what `{{` proposes, or how the first input comes to be. */
export const emptyWords = (completions: readonly Completion[]): string =>
  completions.length === 0
    ? 'Write here; {{topic}} makes an input called topic, which a run then asks for'
    : 'Write here; {{ proposes what there is to put in, and a new name makes an input';
