import type { MarkName } from './Mark.tsx';

type Status = 'PENDING' | 'RUNNING' | 'PAUSED' | 'COMPLETED' | 'FAILED' | 'CANCELLED';

/** How a run's state looks, and what it is called here. */
export function statusMark(status: Status, reason: string | null): { mark: MarkName; word: string } {
  switch (status) {
    case 'PENDING':
      return reason === 'RETRY_WAIT' || reason === 'JUDGE_WAIT'
        ? { mark: 'retry', word: 'Waits to retry' }
        : { mark: 'pending', word: 'Pending' };
    case 'RUNNING':
      return { mark: 'running', word: 'Running' };
    case 'PAUSED':
      return reason === 'AWAITING_VALIDATION'
        ? { mark: 'you', word: 'Waits for you' }
        : { mark: 'paused', word: 'Paused' };
    case 'COMPLETED':
      return { mark: 'passed', word: 'Completed' };
    case 'FAILED':
      return { mark: 'failed', word: 'Failed' };
    case 'CANCELLED':
      return { mark: 'cancelled', word: 'Cancelled' };
  }
}

export const isOver = (status: Status): boolean =>
  status === 'COMPLETED' || status === 'FAILED' || status === 'CANCELLED';
