import { useState } from 'react';
import { Differences } from '../../definition/Differences.tsx';
import { differences } from '../../definition/differences.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { counted } from '../../ui/time.ts';
import { ClashSides } from './ClashSides.tsx';
import styles from './ConflictDialog.module.css';
import { definitionOf, type ModelName } from './input.ts';
import type { Side } from './merge.ts';
import { useModelNames } from './SaveDialog.tsx';
import type { DraftState } from './useDraft.ts';
import type { Conflict } from './useSave.ts';

/**
 * Somebody else saved meanwhile: what it was when one began, theirs now, and yours. What only one of both changed is kept;
 * where both changed one field, one chooses.
 */
export function ConflictDialog({
  state,
  conflict,
  onSettled,
}: {
  state: DraftState;
  conflict: Conflict;
  onSettled: () => void;
}) {
  const { before, draft, settle, putOff } = state;
  const { clashes, theirs } = conflict;
  const [choices, setChoices] = useState<ReadonlyMap<string, Side>>(new Map());
  const models = useModelNames();
  const left = clashes.filter(({ id }) => !choices.has(id)).length;
  const settleAll = () => {
    settle(choices);
    onSettled();
  };
  const more = { before, models };
  return (
    <Dialog
      title="Somebody else saved this workflow meanwhile"
      wide
      onClose={putOff}
      actions={
        <>
          <Button onClick={putOff}>Go on writing</Button>
          <Button look="lit" onClick={settleAll} refused={left > 0 ? `Choose in ${counted(left, 'more place')}` : null}>
            Take both together
          </Button>
        </>
      }
    >
      <p className={styles.lead}>
        {clashes.length === 0
          ? 'You changed different things, so that both can stay. See what comes of it before you save.'
          : `You both changed ${counted(clashes.length, 'field')}: choose there. Whatever only one of you changed stays as it is.`}
      </p>
      {clashes.map((clash) => (
        <ClashSides
          key={clash.id}
          clash={clash}
          models={models}
          chosen={choices.get(clash.id) ?? null}
          onChoose={(side) => setChoices(new Map(choices).set(clash.id, side))}
        />
      ))}
      <Changes title="All that they changed" {...more} after={theirs.draft} />
      <Changes title="All that you changed" {...more} after={draft} />
    </Dialog>
  );
}

function Changes({
  title,
  before,
  after,
  models,
}: {
  title: string;
  before: DraftState['draft'];
  after: DraftState['draft'];
  models: readonly ModelName[];
}) {
  const list = differences(definitionOf(before, models), definitionOf(after, models));
  return (
    <details className={styles.more}>
      <summary>
        {title} ({counted(list.length, 'field')})
      </summary>
      <div>
        <Differences list={list} />
      </div>
    </details>
  );
}
