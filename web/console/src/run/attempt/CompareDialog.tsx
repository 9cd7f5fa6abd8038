import { useQuery } from '@apollo/client/react';
import type { Attempt } from '@footlight/client';
import { Dialog } from '../../ui/Dialog.tsx';
import { Diff } from '../../ui/Diff.tsx';
import { Ghost } from '../../ui/Ghost.tsx';
import { Unread } from '../../ui/Unread.tsx';
import { AnswerDocument } from '../script/Answer.generated.ts';
import { nth } from '../standing.ts';
import { looksExact } from '../text/LongText.tsx';

/** What an answer says otherwise than the one before it. */
export function CompareDialog({ before, after, onClose }: { before: Attempt; after: Attempt; onClose: () => void }) {
  const [first, second] = [useText(before), useText(after)];
  const error = first.error ?? second.error;
  return (
    <Dialog
      title={`Stage ${after.stageOrder}: what the ${nth(after.attemptNumber)} answer says otherwise than the ${nth(before.attemptNumber)}`}
      wide
      onClose={onClose}
    >
      {error ? (
        <Unread
          what="The answers could not be read"
          error={error}
          retry={() => Promise.all([first.retry(), second.retry()])}
        />
      ) : first.text === null || second.text === null ? (
        <Ghost />
      ) : (
        <Diff before={first.text} after={second.text} exact={looksExact(second.text)} />
      )}
    </Dialog>
  );
}

function useText({ logId, text, status }: Attempt) {
  const isOpen = status === 'STARTED';
  const { data, error, refetch } = useQuery(AnswerDocument, {
    variables: { id: logId },
    skip: isOpen,
    fetchPolicy: 'cache-first',
  });
  if (isOpen) return { text, error: undefined, retry: () => {} };
  return { text: data ? (data.executionLog?.rawOutput ?? '') : null, error, retry: () => refetch() };
}
