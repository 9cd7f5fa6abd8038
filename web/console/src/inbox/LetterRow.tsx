import { useQuery } from '@apollo/client/react';
import { Link } from '@tanstack/react-router';
import { useRef } from 'react';
import { classes } from '../ui/classes.ts';
import { moment, ordinal } from '../ui/time.ts';
import { useWasSeen } from '../ui/useWasSeen.ts';
import { useMinute } from './useMinute.ts';
import { ago } from './ago.ts';
import styles from './LetterList.module.css';
import { LetterTextDocument } from './LetterText.generated.ts';
import { type Fate, type Letter, since } from './letters.ts';
import { useDraft } from './useDraft.ts';

/** More than this never shows in two lines. */
const MOST = 300;

/** A letter in the list: what is asked, since when, and how the answer begins. */
export function LetterRow({
  letter: { item, fate },
  isCurrent,
  isNarrow,
}: {
  letter: Letter;
  isCurrent: boolean;
  isNarrow: boolean;
}) {
  const row = useRef<HTMLLIElement>(null);
  const text = useText(item.id, useWasSeen(row));
  const [draft] = useDraft(item.id);
  const now = useMinute();
  const workflow = item.execution.workflow?.name ?? 'A workflow that was deleted';
  const isKept = fate === null && (draft.edit !== null || draft.notes !== '');
  return (
    <li ref={row} className={classes(styles.letter, fate && styles.gone)}>
      <Link
        to="/inbox/$logId"
        params={{ logId: item.id }}
        replace={!isNarrow}
        resetScroll={isNarrow}
        className={styles.row}
        data-letter={item.id}
        aria-current={isCurrent ? 'true' : undefined}
      >
        <span className={styles.asks}>
          <bdi>{item.stageName ?? `Stage ${item.stageOrder}`}</bdi>
        </span>
        <span className={styles.since}>
          {fate === null && <span className="away">waits </span>}
          {fate === null && ago(since(item), now)}
        </span>
        <span className={styles.workflow}>
          <bdi>{workflow}</bdi>
          {fate && `. ${fateInWords(fate)}`}
          {fate === null && item.attemptNumber > 1 && `, ${ordinal(item.attemptNumber)} answer`}
          {isKept && ', you have begun'}
        </span>
        {fate?.result !== 'DELETED' && (
          <span className={classes(styles.answer, /^\s*[[{]/.test(text) && styles.exact)} dir="auto">
            {text.slice(0, MOST)}
          </span>
        )}
      </Link>
      {fate && fate.result !== 'DELETED' && (
        <Link
          to="/runs/$runId"
          params={{ runId: item.execution.id }}
          search={{ log: item.id }}
          className={classes('link', styles.run)}
        >
          Open the run
        </Link>
      )}
    </li>
  );
}

export function fateInWords({ result, at, isMine }: Fate): string {
  const when = at ? ` at ${moment(at)}` : '';
  switch (result) {
    case 'DELETED':
      return 'Its run was deleted';
    case 'CANCELLED':
      return 'Its run was cancelled';
    case 'PASS':
      return isMine ? `You passed it${when}` : `Passed elsewhere${when}`;
    case 'FAIL':
      return isMine ? `You failed it${when}` : `Failed elsewhere${when}`;
  }
}

function useText(id: string, isSeen: boolean): string {
  const { data } = useQuery(LetterTextDocument, { variables: { id }, skip: !isSeen, fetchPolicy: 'cache-first' });
  return data?.executionLog?.rawOutput ?? '';
}
