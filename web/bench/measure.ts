import { longAnswer } from './longAnswer.ts';
import { openRun } from './openRun.ts';
import { scrollRuns } from './scrollRuns.ts';
import { words } from './words.ts';

/** What was found, by what it is called. */
export type Figures = Record<string, number | string>;

export const measures: Record<string, () => Promise<Figures>> = {
  open: openRun,
  list: scrollRuns,
  words,
  long: longAnswer,
};
