import { useQuery } from '@apollo/client/react';
import { useMemo, useRef } from 'react';
import { flushSync } from 'react-dom';
import { usePolicy } from '../app/ahead.ts';
import { useExact } from '../exact/useExact.ts';
import { useKeys } from '../ui/keys.ts';
import { Columns, Page } from '../ui/Page.tsx';
import { useSettled } from '../ui/useSettled.ts';
import { Answer } from './Answer.tsx';
import { askOf } from './ask.ts';
import { Context } from './Context.tsx';
import { DecideFoot } from './DecideFoot.tsx';
import { EarlierAnswersDocument } from './EarlierAnswers.generated.ts';
import { type Earlier, earlierOf } from './earlier.ts';
import { type LetterQuery, LetterDocument } from './Letter.generated.ts';
import { LetterHead } from './LetterHead.tsx';
import styles from './LetterPage.module.css';
import type { Letter } from './letters.ts';
import { withLineEnds } from './lineEnds.ts';
import { Notes } from './Notes.tsx';
import { pinnedStages } from './pinned.ts';
import { readable } from './readable.ts';
import { Refusal } from './Refusal.tsx';
import { refusedEdit } from './refusedEdit.ts';
import { useDecision } from './useDecision.ts';
import { useDraft } from './useDraft.ts';
import { useStateOf } from './useStateOf.ts';

export type OpenLetter = NonNullable<LetterQuery['executionLog']>;

/** In milliseconds: whoever presses twice has not read the letter that came in between. */
const A_GLANCE = 300;

interface Props {
  id: string;
  /** As the list has it; null for one that is not in it. */
  letter: Letter | null;
  place: { at: number | null; of: number };
  /** Null where there is no room for it. */
  list: React.ReactNode;
  onDecided: (result: 'PASS' | 'FAIL', at: string | null) => void;
  /** Null where no other one waits. */
  onLater: (() => void) | null;
}

/** One letter, and all that can be done about it, by keys alone. The list beside it stays as one goes on. */
export function LetterPage({ id, letter, place, list, onDecided, onLater }: Props) {
  const { log, error, retry, isGone, earlier } = useLetter(id);
  const [draft, change] = useDraft(id);
  const [isEditing, setEditing] = useStateOf(id, false);
  const [intent, setIntent] = useStateOf<'PASS' | 'FAIL'>(id, 'PASS');
  const article = useRef<HTMLElement>(null);
  const enter = (name: 'edit' | 'notes') => {
    const field = article.current?.querySelector<HTMLElement>(`[data-field=${name}]`);
    field?.focus({ preventScroll: true });
    field?.scrollIntoView({ block: 'nearest' });
  };

  const raw = log?.rawOutput ?? '';
  const answer = useMemo(() => readable(raw), [raw]);
  const edit = draft.edit === answer.text ? null : draft.edit;
  const isOver = letter?.fate != null || isGone || (log !== null && !waits(log));
  const isNew = useSettled(log && id, A_GLANCE) !== id;
  const { send, isSending, fault } = useDecision(id, onDecided);
  const decide = (result: 'PASS' | 'FAIL') => {
    if (!log || isOver || isSending || isNew) return;
    send({ result, edit, notes: draft.notes });
  };
  const startEdit = () => {
    if (isOver) return;
    // It is there before the next key, which is meant for it.
    flushSync(() => setEditing(true));
    enter('edit');
  };
  const startFail = () => {
    if (isOver) return;
    setIntent('FAIL');
    enter('notes');
  };
  const leaveField = () => {
    setIntent('PASS');
    setEditing(false);
    article.current?.querySelector<HTMLElement>('[data-page-title]')?.focus({ preventScroll: true });
  };
  useKeys([
    { keys: 'E', does: 'edit the answer', run: startEdit },
    { keys: 'N', does: 'write notes', run: () => enter('notes') },
    { keys: 'P', does: 'pass', run: once(() => decide('PASS')) },
    { keys: 'F', does: 'fail, and say why', run: startFail },
    { keys: 'Ctrl Enter', does: 'send the decision', run: once(() => decide(intent)), inText: true },
    { keys: 'Esc', does: 'leave the field; what is written stays', run: leaveField, inText: true },
  ]);

  const stages = pinnedStages(log?.execution.definition);
  const stage = stages.find(({ order }) => order === log?.stageOrder) ?? null;
  const refusals = earlier.filter(({ isRefused, visit }) => isRefused && visit === log?.visit).length;
  return (
    <Page>
      <Columns shape="box">
        {list}
        <article key={`answer ${id}`} ref={article} className={styles.letter} data-new={isNew || undefined}>
          <div className={styles.body}>
            <LetterHead
              title={
                log?.stageName ??
                letter?.item.stageName ??
                (isGone ? 'An answer that is not there' : 'An answer that waits')
              }
              ask={log && (isOver ? whatBecame(log) : askOf(stages, log.stageOrder, refusals))}
              letter={letter}
              place={place}
              isNarrow={list === null}
            />
            <Refusal
              error={error}
              retry={retry}
              isGone={isGone}
              fault={fault}
              letter={letter}
              log={log}
              hasWritten={edit !== null || draft.notes !== ''}
            />
            {log && (
              <Answer
                log={log}
                answer={answer}
                edit={edit}
                isEditing={isEditing && !letter?.fate?.isMine}
                isOver={isOver}
                fault={isOver ? null : refusedEdit(fault)}
                onEdit={(written) => {
                  const text = withLineEnds(answer.text, written);
                  change({ edit: text === answer.text ? null : text });
                }}
                onTakeBack={() => {
                  change({ edit: null });
                  leaveField();
                }}
                before={earlier.findLast(({ hasAnswer }) => hasAnswer) ?? null}
              />
            )}
            {log && (
              <Notes
                notes={draft.notes}
                goesOn={stage?.retryHasNotes ?? false}
                isAsked={intent === 'FAIL' && !isOver}
                isOver={isOver}
                onChange={(notes) => change({ notes })}
              />
            )}
          </div>
        </article>
        {log ? <Context key={`context ${id}`} log={log} stages={stages} earlier={earlier} /> : <div />}
      </Columns>
      <DecideFoot
        nothing={
          isOver
            ? 'There is nothing more to decide here.'
            : error
              ? 'What could not be read cannot be decided on yet.'
              : null
        }
        isSending={isSending}
        intent={intent}
        isEditing={isEditing}
        hasEdit={edit !== null}
        hasNotes={draft.notes.trim() !== ''}
        onPass={() => decide('PASS')}
        onFail={() => (intent === 'FAIL' ? decide('FAIL') : startFail())}
        onEdit={startEdit}
        onNotes={() => enter('notes')}
        onLater={onLater}
      />
    </Page>
  );
}

/** A key that is held down decides on one letter, and not on those that come after it. */
const once = (act: () => void) => (event?: KeyboardEvent) => {
  if (!event?.repeat) act();
};

const waits = ({ status, validationResult }: OpenLetter): boolean =>
  status === 'STARTED' && validationResult === 'PENDING';

function whatBecame({ status, validationResult }: OpenLetter): string {
  if (validationResult === 'PASS') return 'It waits no more: it was passed.';
  if (validationResult === 'FAIL') return 'It waits no more: it was failed.';
  return status === 'CANCELLED' ? 'It waits no more: its run was cancelled.' : 'It waits no more.';
}

interface Read {
  log: OpenLetter | null;
  /** What keeps it from being read; null where it is there. */
  error: unknown;
  retry: () => unknown;
  /** It is not there, or no more. */
  isGone: boolean;
  earlier: readonly Earlier[];
}

/** The answer that waits, and what this stage answered before. */
function useLetter(id: string): Read {
  const variables = { id };
  const fetchPolicy = usePolicy(LetterDocument, variables);
  const brought = useQuery(LetterDocument, { variables, fetchPolicy });
  const { data, error, retry } = useExact(LetterDocument, variables, brought);
  // Its run may be deleted under whoever writes to it.
  const last = useRef<OpenLetter | null>(null);
  if (data?.executionLog) last.current = data.executionLog;
  const log = last.current?.id === id ? last.current : null;
  const { data: all } = useQuery(EarlierAnswersDocument, {
    variables: { id: log?.execution.id ?? '', stageOrder: log?.stageOrder ?? 0 },
    skip: !log,
  });
  const isGone = data?.executionLog === null;
  return {
    log,
    isGone,
    error: log ? null : (error ?? null),
    retry,
    earlier: log ? earlierOf(all?.execution?.logs.nodes ?? [], log.id) : [],
  };
}
