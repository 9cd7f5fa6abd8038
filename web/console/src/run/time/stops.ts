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

/** Where it is, in shares of the whole, so that it holds while the window is made wider. */
export function placed(whole: number, place: number, width?: number): CSSProperties {
  const left = share(whole, place);
  return width === undefined ? { left } : { left, width: share(whole, width) };
}

export const share = (whole: number, pixels: number): string =>
  `${whole > 0 ? Math.round((pixels / whole) * 100_000) / 1_000 : 0}%`;
