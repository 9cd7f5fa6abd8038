import type { RunState } from '@footlight/client';
import { Foot } from '../../ui/Page.tsx';

interface Props {
  run: RunState;
  stages: readonly { stageOrder: number; name: string | null }[];
  /** In milliseconds. */
  now: number;
  chosenLog: string | null;
  onChoose: (logId: string) => void;
  view: 'lane' | 'score';
  onView: (view: 'lane' | 'score') => void;
}

/** The foot of a run: its time. */
export function TimeFoot(_props: Props) {
  return <Foot label="Time">{null}</Foot>;
}
