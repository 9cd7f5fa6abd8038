import type { Question } from '../ui/question.ts';
import { DefinitionNowDocument } from './DefinitionNow.generated.ts';
import { SnapshotDocument } from './Snapshot.generated.ts';
import type { Listed } from './SnapshotDetail.tsx';

/** What asks for the snapshot that is open, and for what it is compared with. */
export function openAsShown(
  chosen: string | undefined,
  against: string | undefined,
  listed: readonly Listed[],
): Question[] {
  if (chosen === undefined) return [];
  const open = { document: SnapshotDocument, variables: { id: chosen }, called: 'chosen' };
  if (against !== undefined)
    return [open, { document: SnapshotDocument, variables: { id: against }, called: 'against' }];
  const source = listed.find(({ id }) => id === chosen)?.sourceWorkflow;
  return source ? [open, { document: DefinitionNowDocument, variables: { id: source.id }, called: 'now' }] : [open];
}
