import type { RunState, RunTime, TimeKind, TimeSpan } from '@footlight/client';

/** What time goes to in the account: a model whose process was lost is told apart. */
export type AccountKind = TimeKind | 'lost';

export interface Account {
  readonly total: string;
  readonly parts: readonly { readonly kind: AccountKind; readonly long: string; readonly isMost: boolean }[];
}

const ORDER: readonly AccountKind[] = ['person', 'pause', 'model', 'judge', 'lost', 'retry', 'turn'];

/** Where the time went, in whole units that sum up to the whole as it is shown. */
export function accountOf(run: RunState, time: RunTime): Account {
  const unit = unitOf(time.total);
  const sums = sumsOf(run, time);
  const kinds = ORDER.filter((kind) => sums[kind] > 0);
  const total = Math.round(time.total / unit);
  const shares = apportion(
    kinds.map((kind) => sums[kind] / unit),
    total,
  );
  const most = Math.max(...shares);
  const parts = kinds.map((kind, index) => ({ kind, share: shares[index] as number })).filter(({ share }) => share > 0);
  return {
    total: exactly(total * unit, unit),
    parts: parts.map(({ kind, share }) => ({ kind, long: exactly(share * unit, unit), isMost: share === most })),
  };
}

function sumsOf(run: RunState, time: RunTime): Record<AccountKind, number> {
  const lost = new Set(run.attempts.filter(({ status }) => status === 'INTERRUPTED').map(({ logId }) => logId));
  const isLost = ({ kind, logId }: TimeSpan) => kind === 'model' && logId !== undefined && lost.has(logId);
  const spans = lost.size === 0 ? [] : time.spans.filter(isLost);
  const ms = spans.reduce((sum, { start, end }) => sum + Date.parse(end) - Date.parse(start), 0);
  return { ...time, model: time.model - ms, lost: ms };
}

/** Rounds numbers so that they sum up to `total`: those round up that lose the most. */
export function apportion(numbers: readonly number[], total: number): number[] {
  const whole = numbers.map(Math.floor);
  let left = total - whole.reduce((sum, number) => sum + number, 0);
  const byRest = [...numbers.keys()].sort((one, other) => rest(numbers, other) - rest(numbers, one));
  for (const index of byRest) {
    if (left <= 0) break;
    whole[index] = (whole[index] as number) + 1;
    left -= 1;
  }
  return whole;
}

const rest = (numbers: readonly number[], index: number) => (numbers[index] as number) % 1;

const unitOf = (total: number) => (total < 1_000 ? 1 : total < 10_000 ? 100 : 1_000);

/** A duration with all of its units, down to the smallest that counts: `2 h 14 min 3 s`, `4.2 s`, `850 ms`. */
export function exactly(ms: number, smallest: number): string {
  if (smallest === 1) return `${ms} ms`;
  if (smallest === 100) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  const units = [
    [Math.floor(seconds / 3_600), 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  return units.flatMap(([value, unit]) => (value > 0 ? [`${value} ${unit}`] : [])).join(' ');
}
