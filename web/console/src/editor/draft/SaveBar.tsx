import { FootLine } from '../../ui/Page.tsx';
import type { DraftState } from './useDraft.ts';

/** What the foot of the editor holds: the problems, what is not saved, undo and save. `onOpen` leads to a place. */
export function SaveBar(_: { state: DraftState; onOpen: (local: string | null, field: string | null) => void }) {
  return <FootLine>{null}</FootLine>;
}
