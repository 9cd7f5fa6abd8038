import { WordButton } from '../../ui/Button.tsx';
import type { StageForm } from '../form/stageForm.ts';
import type { StageActions } from './useStageActions.ts';

/** What can be done with the open stage as a whole. */
export function StageTools({ form: { stage, draft }, actions }: { form: StageForm; actions: StageActions }) {
  const place = draft.stages.indexOf(stage);
  return (
    <>
      {draft.stages.length > 1 && (
        <>
          <WordButton aria-disabled={place === 0} onClick={() => actions.move(stage.local, place - 1)}>
            Move up
          </WordButton>
          <WordButton
            aria-disabled={place === draft.stages.length - 1}
            onClick={() => actions.move(stage.local, place + 1)}
          >
            Move down
          </WordButton>
        </>
      )}
      <WordButton onClick={() => actions.duplicate(stage)}>Duplicate</WordButton>
      <WordButton onClick={() => actions.remove(stage)}>Remove</WordButton>
      <span className="away" aria-live="polite">
        {actions.moved}
      </span>
    </>
  );
}
