import { useState } from 'react';
import { newKey } from '../../newKey.ts';
import { toast } from '../../ui/toast.ts';
import { type KeyAction, useActions } from '../../ui/keys.ts';
import type { DraftStage } from '../draft/draft.ts';
import type { DraftState } from '../draft/useDraft.ts';
import type { Model } from '../form/stageForm.ts';
import { stageTitle } from './describe.ts';

export interface StageActions {
  add(at: number): void;
  duplicate(stage: DraftStage): void;
  remove(stage: DraftStage): void;
  /** To this place of the list, from 0. */
  move(local: string, to: number): void;
  /** The last move, for whoever hears the page. */
  moved: string;
  keys: readonly KeyAction[];
}

/** What can be done with stages as a whole. */
export function useStageActions({
  state: { draft, edit },
  chosen,
  models,
  open,
}: {
  state: DraftState;
  chosen: DraftStage | null;
  models: readonly Model[];
  open: (local: string | null, field: string | null) => void;
}): StageActions {
  const [moved, setMoved] = useState('');
  const { stages } = draft;
  const move = (local: string, to: number) => {
    const stage = stages.find((one) => one.local === local);
    if (!stage || to < 0 || to >= stages.length) return;
    edit({ kind: 'move', local, to });
    setMoved(`${stage.fields.name ?? `Stage ${stage.order}`} is now at place ${to + 1} of ${stages.length}`);
  };
  /** The one whose row has the focus; else the one that is open. */
  const moveBy = (by: number) => (event?: KeyboardEvent) => {
    const row = event?.target instanceof Element ? event.target.closest<HTMLElement>('[data-stage]') : null;
    const stage = row ? stages.find(({ local }) => local === row.dataset.stage) : chosen;
    if (stage) move(stage.local, stages.indexOf(stage) + by);
  };
  const walk = (by: number) => () => {
    const next = stages[chosen ? stages.indexOf(chosen) + by : 0];
    if (next) open(next.local, 'name');
  };
  const actions = {
    add(at: number) {
      const local = newKey();
      const model = stages.at(-1)?.fields.modelId ?? models.find(({ available }) => available)?.id ?? null;
      edit({ kind: 'add', at, local, fields: { modelId: model } });
      open(local, 'name');
    },
    duplicate(stage: DraftStage) {
      const local = newKey();
      const { name } = stage.fields;
      // A key is one stage's alone.
      const fields = { ...stage.fields, key: null, name: name && `${name}, again` };
      edit({ kind: 'add', at: stages.indexOf(stage) + 1, local, fields });
      open(local, 'name');
    },
    remove(stage: DraftStage) {
      const place = stages.indexOf(stage);
      const next = stages[place + 1] ?? stages[place - 1];
      edit({ kind: 'remove', local: stage.local });
      open(next?.local ?? null, 'name');
      toast(`Stage ${stageTitle(stage)} is removed; Ctrl Z brings it back`);
    },
    move,
    moved,
  };
  const ofChosen = chosen && [
    { does: 'duplicate the stage', run: () => actions.duplicate(chosen) },
    { does: 'remove the stage', run: () => actions.remove(chosen) },
  ];
  useActions([{ does: 'add a stage', run: () => actions.add(stages.length) }, ...(ofChosen ?? [])]);
  const keys = [
    { keys: 'Alt ↑', does: 'move the stage up', run: moveBy(-1) },
    { keys: 'Alt ↓', does: 'move the stage down', run: moveBy(1) },
    { keys: 'J', does: 'next stage', run: walk(1) },
    { keys: 'K', does: 'stage before', run: walk(-1) },
  ];
  return { ...actions, keys };
}
