import type { DraftStage } from '../draft/draft.ts';
import type { Run } from './RunChoice.tsx';

/** The newest run that surely has what a stage reads: it passed all before it. Where none did, the newest. */
export function presetRun(
  runs: readonly Pick<Run, 'id' | 'status' | 'untilStageOrder'>[],
  stages: readonly DraftStage[],
  { order }: DraftStage,
): string | null {
  const before = Math.max(0, ...stages.map((stage) => stage.order).filter((other) => other < order));
  const has = runs.find(
    ({ status, untilStageOrder }) => status === 'COMPLETED' && (untilStageOrder === null || untilStageOrder >= before),
  );
  return has?.id ?? runs[0]?.id ?? null;
}
