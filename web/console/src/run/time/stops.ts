import type { CSSProperties } from 'react';
import type { Bar } from './bars.ts';
import type { Block, TimeLayout } from './layout.ts';

export const stopOf = ({ wait }: Block): string => `wait ${wait.from}`;

/** What can be pressed, in the order of time. */
export function stopsOf({ bars, blocks }: TimeLayout): string[] {
  const long = blocks.filter(({ wait }) => wait.isLong);
  return inOrder([...bars, ...long]).map((one) => ('wait' in one ? stopOf(one) : one.id));
}

/** Bars and blocks as they follow each other. */
export const inOrder = (all: readonly (Bar | Block)[]): (Bar | Block)[] =>
  all.toSorted((one, other) => one.place - other.place);

export const stopOfLog = ({ bars }: TimeLayout, logId: string | null): string | null =>
  bars.find(({ attempts }) => attempts.some((attempt) => attempt.logId === logId))?.id ?? null;

/** Where it is, as custom properties: shares of the whole, so that it holds while the window is made wider. */
export function placed(whole: number, place: number, width = 0): CSSProperties {
  const share = (pixels: number) => `${whole > 0 ? Math.round((pixels / whole) * 100_000) / 1_000 : 0}%`;
  return { '--x': share(place), '--w': share(width) } as CSSProperties;
}
