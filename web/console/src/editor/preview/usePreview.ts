import { useApolloClient } from '@apollo/client/react';
import { footlightErrors } from '@footlight/client';
import { useEffect, useState } from 'react';
import type { Draft, DraftStage } from '../draft/draft.ts';
import { stageInputs } from '../draft/input.ts';
import { type Problem, problemsOf } from '../draft/problems.ts';
import type { Samples } from './samples.ts';
import { PreviewStageDocument, type PreviewStageQuery } from './PreviewStage.generated.ts';

export type Variable = PreviewStageQuery['previewStage']['variables'][number];

/** What is looked at: a stage of a draft, with the values of a run. */
export interface Asked {
  draft: Draft;
  stage: DraftStage;
  runId: string | null;
  /** Values of inputs where there is no run. */
  samples: Samples | undefined;
  itemIndex: number | null;
  retry: boolean;
}

export interface Preview {
  /** What it is a preview of: the draft may be another one by now. */
  asked: Asked;
  sent: Omit<PreviewStageQuery['previewStage'], 'problems'> & { problems: readonly Problem[] };
}

const PAUSE = 250;

/** What the stage would send, asked anew once the draft was left alone for a moment; the latest answer stays. */
export function usePreview({ draft, stage, runId, samples, itemIndex, retry }: Asked): {
  preview: Preview | null;
  refusal: string | null;
} {
  const client = useApolloClient();
  const [preview, setPreview] = useState<Preview | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  useEffect(() => {
    let isLatest = true;
    const timer = setTimeout(async () => {
      const input = {
        stages: stageInputs(draft),
        outputMapping: draft.outputMapping,
        stageOrder: stage.order,
        executionId: runId,
        ...(samples ? { inputs: samples } : {}),
        itemIndex,
        retry,
      };
      try {
        const variables = { input };
        const { data } = await client.query({ query: PreviewStageDocument, variables, fetchPolicy: 'no-cache' });
        if (!isLatest || !data) return;
        const problems = problemsOf(draft, data.previewStage.problems);
        setPreview({
          asked: { draft, stage, runId, samples, itemIndex, retry },
          sent: { ...data.previewStage, problems },
        });
        setRefusal(null);
      } catch (error) {
        if (isLatest) setRefusal(footlightErrors(error)[0]?.message ?? String(error));
      }
    }, PAUSE);
    return () => {
      isLatest = false;
      clearTimeout(timer);
    };
  }, [client, draft, stage, runId, samples, itemIndex, retry]);
  const isOfThis = preview?.asked.stage.local === stage.local;
  return { preview: isOfThis ? preview : null, refusal };
}
