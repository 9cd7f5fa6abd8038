import type { Bar } from './bars.ts';

export interface Label {
  readonly id: string;
  /** The middle of it, in pixels. */
  readonly place: number;
  readonly text: string;
  readonly voice: 'plain' | 'refused' | 'live';
}

/** About the width of a figure. */
const FIGURE = 7;
const ROOM = 6;

/** The number of the stage above each bar that has room for it; what is alive always has, at the price of others. */
export function labelsOf(bars: readonly Bar[]): Label[] {
  const shown: { label: Label; from: number; until: number }[] = [];
  let group = '';
  for (const bar of bars) {
    const name = groupOf(bar);
    if (name === group && bar.outcome !== 'live') continue;
    group = name;
    const label = labelOf(bar);
    const half = (label.text.length * FIGURE) / 2;
    const [from, until] = [label.place - half, label.place + half];
    while (label.voice === 'live' && (shown.at(-1)?.until ?? -Infinity) + ROOM > from) shown.pop();
    if ((shown.at(-1)?.until ?? -Infinity) + ROOM <= from) shown.push({ label, from, until });
  }
  return shown.map(({ label }) => label);
}

/** Items side by side have one number for all of them. */
function groupOf({ id, attempts: [first], tracks }: Bar): string {
  return tracks > 1 ? `items of ${first?.stageOrder}/${first?.visit}` : id;
}

function labelOf({ id, attempts, place, width, outcome, tracks }: Bar): Label {
  const [first] = attempts;
  const isOne = attempts.length === 1 && first?.itemIndex === null && first.attemptNumber > 1;
  const number = `${first?.stageOrder}${isOne ? `·${first.attemptNumber}` : ''}`;
  const voice = outcome === 'live' ? 'live' : outcome === 'refused' && tracks === 1 ? 'refused' : 'plain';
  const text = { live: `${number} now`, refused: `${number} ✕`, plain: number }[voice];
  return { id, place: place + width / 2, text, voice };
}
