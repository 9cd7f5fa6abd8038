import { useRouteContext } from '@tanstack/react-router';
import { useMake } from '../../workflows/useMake.ts';
import { type Draft, unfinishedOf } from './draft.ts';
import { stageInputs } from './input.ts';
import { keep } from './kept.ts';
import { withIds } from './merge.ts';
import { newPage } from './useKept.ts';

/**
 * Makes a workflow of a draft. Where the server would not have it as it is, it makes an empty one, for which the draft is
 * kept: it opens with all of it, not saved.
 */
export function useMakeOf(): (draft: Draft) => Promise<{ id: string } | { fault: string }> {
  const { session } = useRouteContext({ from: '__root__' });
  const { make } = useMake();
  return async (old) => {
    const name = old.name.slice(0, 200) || 'Untitled';
    const before: Draft = { name, description: null, metadata: {}, outputMapping: null, stages: [] };
    const draft = withIds(old, before);
    if (unfinishedOf(draft).length === 0) {
      const { description, metadata, outputMapping } = draft;
      const made = await make({ name: draft.name, description, metadata, outputMapping, stages: stageInputs(draft) });
      if ('id' in made) return made;
    }
    const userId = session.userId();
    if (userId === null) return { fault: 'Nothing can be kept for whoever has no id.' };
    const made = await make({ name });
    if ('fault' in made) return made;
    try {
      await keep({ userId, workflowId: made.id, page: newPage(), version: 1, before, draft, at: Date.now() });
      return made;
    } catch {
      return { fault: 'The server would not have it as it is, and this browser keeps nothing.' };
    }
  };
}
