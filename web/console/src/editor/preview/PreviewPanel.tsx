import type { Draft, DraftStage } from '../draft/draft.ts';
import type { DraftState } from '../draft/useDraft.ts';

export interface PreviewPanelProps {
  draft: Draft;
  stage: DraftStage;
  state: DraftState;
  workflowId: string;
  /** The run whose values it takes, of the URL; null: none. */
  runId: string | null;
  onRun: (runId: string | null) => void;
}

/** What the stage would send with the values of a run, and what it answers when it is tried. */
export function PreviewPanel(_: PreviewPanelProps) {
  return null;
}
