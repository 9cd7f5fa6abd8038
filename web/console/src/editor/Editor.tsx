import { getRouteApi } from '@tanstack/react-router';
import { useDeferredValue, useId, useEffect, useMemo, useRef } from 'react';
import { useKeys } from '../ui/keys.ts';
import { Columns, Foot, Page } from '../ui/Page.tsx';
import { unfinishedOf } from './draft/draft.ts';
import { SaveBar } from './draft/SaveBar.tsx';
import { useDraft } from './draft/useDraft.ts';
import { Asked } from './Asked.tsx';
import { EditorHead } from './EditorHead.tsx';
import type { EditorWorkflowQuery } from './EditorWorkflow.generated.ts';
import { GoneWorkflow } from './GoneWorkflow.tsx';
import { PathList } from './form/PathList.tsx';
import { knownPaths } from './form/provenance.ts';
import { StageForm } from './form/StageForm.tsx';
import { type Catalogue, setterOf } from './form/stageForm.ts';
import { UnfinishedContext } from './form/unfinished.ts';
import { WorkflowForm } from './form/WorkflowForm.tsx';
import { PreviewPanel } from './preview/PreviewPanel.tsx';
import { completionsFor, inputsOf } from './text/completions.ts';
import { useSame } from './text/useSame.ts';
import { StageList } from './stages/StageList.tsx';
import { StageTools } from './stages/StageTools.tsx';
import { useStageActions } from './stages/useStageActions.ts';
import { useChosenStage } from './useChosenStage.ts';
import { useOpenPlace } from './useOpenPlace.ts';

const route = getRouteApi('/workflows/$workflowId');

/** The stages, the one that is written, and its preview; the draft is kept and saved in the foot. */
export function Editor({
  workflow,
  isGone,
  running,
  catalogue,
}: {
  workflow: NonNullable<EditorWorkflowQuery['workflow']>;
  /** Somebody deleted it, and this is what it was. */
  isGone: boolean;
  running: number;
  catalogue: Catalogue;
}) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { inputNames } = workflow;
  const state = useDraft(workflow, inputNames);
  const { draft, edit, problems } = state;
  const show = (stage: number) =>
    navigate({ search: (before) => ({ ...before, stage }), replace: true, resetScroll: false });
  const stage = useChosenStage(draft.stages, search.stage, show, state.isComplete);
  const middle = useRef<HTMLElement>(null);
  const open = useOpenPlace({ root: middle, stages: draft.stages, chosen: stage, show });
  const actions = useStageActions({ state, chosen: stage, models: catalogue.models, open });
  useKeys(isGone ? [] : actions.keys);
  useShownBelow(middle, stage?.local ?? null);
  const pathsId = useId();
  const local = stage?.local ?? null;
  // What is proposed may come a moment after what is typed.
  const known = useDeferredValue(draft);
  const paths = useSame(useMemo(() => knownPaths(known.stages, inputsOf(known, inputNames)), [known, inputNames]));
  const complete = useMemo(
    () => (field: string) => completionsFor(known, local ?? '', field, inputNames),
    [known, local, inputNames],
  );
  const form = stage && {
    draft,
    stage,
    catalogue,
    problems: problems.filter((problem) => problem.local === stage.local),
    complete,
    pathsId,
    inputNames,
    set: setterOf(stage.local, edit),
  };
  if (isGone) {
    const written = state.changes > 0 ? state : null;
    const { isAtRisk, discard } = state;
    return <GoneWorkflow written={written} models={catalogue.models} isAtRisk={isAtRisk} onLetGo={discard} />;
  }
  return (
    <Page>
      <EditorHead
        workflow={workflow}
        state={state}
        running={running}
        models={catalogue.models}
        onName={() => open(null, 'name')}
      />
      <Columns shape="edit">
        <StageList
          workflowId={workflow.id}
          stages={draft.stages}
          chosen={stage}
          changed={state.changed}
          problems={problems}
          onAdd={() => actions.add(draft.stages.length)}
          onMove={actions.move}
        />
        <section
          ref={middle}
          tabIndex={-1}
          key={local ?? 'workflow'}
          aria-label={stage ? `Stage ${stage.order}` : 'The workflow itself'}
        >
          <UnfinishedContext value={{ local, all: unfinishedOf(draft), edit }}>
            {form ? (
              <StageForm form={form} tools={<StageTools form={form} actions={actions} />} />
            ) : (
              <WorkflowForm draft={draft} edit={edit} problems={problems} pathsId={pathsId} />
            )}
          </UnfinishedContext>
        </section>
        <aside aria-label={stage ? 'Preview' : 'Inputs'}>
          {stage ? (
            <PreviewPanel
              draft={draft}
              stage={stage}
              state={state}
              workflowId={workflow.id}
              runId={search.run ?? null}
              onRun={(run) =>
                navigate({
                  search: ({ run: _, ...before }) => (run === null ? before : { ...before, run }),
                  replace: true,
                  resetScroll: false,
                })
              }
            />
          ) : (
            <Asked inputs={inputsOf(draft, inputNames)} />
          )}
        </aside>
      </Columns>
      <Foot label="Problems and changes" light={state.changes > 0 ? 'lit' : 'plain'}>
        <SaveBar state={state} onOpen={open} />
      </Foot>
      <PathList id={pathsId} paths={paths} />
    </Page>
  );
}

/** Where the columns stand below each other, whoever opens a stage is led to it. */
function useShownBelow(middle: React.RefObject<HTMLElement | null>, local: string | null): void {
  const before = useRef(local);
  useEffect(() => {
    if (before.current === local) return;
    before.current = local;
    if (!matchMedia('(max-width: 1100px)').matches) return;
    middle.current?.focus({ preventScroll: true });
    middle.current?.scrollIntoView();
  }, [middle, local]);
}
