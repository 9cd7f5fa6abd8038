import type { RunState } from '@footlight/client';
import { useKeys } from '../ui/keys.ts';

/** Walks through the attempts in the order in which they began. */
export function useAttemptKeys(run: RunState, chosen: string | null, choose: (logId: string | null) => void): void {
  const walk = (step: number) => {
    const { attempts } = run;
    const at = attempts.findIndex(({ logId }) => logId === chosen);
    const next = at < 0 ? attempts.at(-1) : attempts[at + step];
    if (next) choose(next.logId);
  };
  useKeys([
    { keys: '[', does: 'the answer before', run: () => walk(-1) },
    { keys: ']', does: 'the answer after', run: () => walk(1) },
  ]);
}
