import type { ApolloClient } from '@apollo/client';
import { useApolloClient } from '@apollo/client/react';
import { INBOX } from '@footlight/client/react';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { WordButton } from '../ui/Button.tsx';
import { CopyAs } from '../ui/CopyAs.tsx';
import { copyText } from '../ui/copy.ts';
import { jsonText } from '../ui/Json.tsx';
import { Mark } from '../ui/Mark.tsx';
import { Moment } from '../ui/Moment.tsx';
import { Note } from '../ui/Note.tsx';
import { shortId } from '../ui/shortId.ts';
import { ordinal } from '../ui/time.ts';
import styles from './Context.module.css';
import type { Earlier } from './earlier.ts';
import { LetterDocument } from './Letter.generated.ts';
import type { OpenLetter } from './LetterPage.tsx';
import type { PinnedStage } from './pinned.ts';
import { Variables } from './Variables.tsx';

/** The list of what waits, which is beside the letter, as far as it is there. */
const waiting = (client: ApolloClient) => ({
  document: INBOX,
  variables: { first: 100 },
  lists: [
    { at: ['pendingValidations'], count: client.readQuery({ query: INBOX })?.pendingValidations.nodes.length ?? 0 },
  ],
});

/** Where the answer comes from: its run, the answers before it, what the stage was given, what it was asked. */
export function Context({
  log,
  stages,
  earlier,
}: {
  log: OpenLetter;
  stages: readonly PinnedStage[];
  earlier: readonly Earlier[];
}) {
  const place = stages.findIndex(({ order }) => order === log.stageOrder) + 1;
  const model = stages[place - 1]?.model;
  const { execution } = log;
  const client = useApolloClient();
  return (
    <aside aria-label="Where it comes from">
      <Note
        title="Where it comes from"
        tools={
          <Link to="/runs/$runId" params={{ runId: execution.id }} search={{ log: log.id }} className="link">
            Open the run
          </Link>
        }
      >
        <dl className={styles.figures}>
          <dt>Workflow</dt>
          <dd>
            <bdi>{execution.workflow?.name ?? 'deleted since'}</bdi>
          </dd>
          <dt>Run</dt>
          <dd className="exact">{shortId(execution.id)}</dd>
          <dt>Stage</dt>
          <dd>{place > 0 ? `${place} of ${stages.length}` : log.stageOrder}</dd>
          {model && (
            <>
              <dt>Written by</dt>
              <dd>
                <bdi>{model}</bdi>
              </dd>
            </>
          )}
          <dt>Answered</dt>
          <dd>
            <Moment at={log.answeredAt ?? log.executedAt} />
          </dd>
        </dl>
        <CopyAs document={LetterDocument} variables={{ id: log.id }} beside={[waiting(client)]} />
      </Note>
      {earlier.length > 0 && <Before earlier={earlier} />}
      <Variables variables={log.variables} runId={execution.id} />
      <Asked system={log.systemSent} prompt={log.promptSent} />
    </aside>
  );
}

function Before({ earlier }: { earlier: readonly Earlier[] }) {
  return (
    <Note title={earlier.length === 1 ? 'The answer before this one' : 'The answers before this one'}>
      <ol className={styles.earlier}>
        {[...earlier].reverse().map(({ id, attemptNumber, isRefused, hasAnswer, why, at }) => (
          <li key={id}>
            {hasAnswer ? (
              <Mark name={isRefused ? 'failed' : 'passed'}>{isRefused ? 'Refused' : 'Passed'}</Mark>
            ) : (
              <Mark name="lost">Broke off</Mark>
            )}{' '}
            <span className="soft">
              {ordinal(attemptNumber)} answer, <Moment at={at} />
            </span>
            {why && (
              <p className={styles.said} dir="auto">
                {why}
              </p>
            )}
          </li>
        ))}
      </ol>
    </Note>
  );
}

function Asked({ system, prompt }: { system: string | null; prompt: string | null }) {
  const [open, setOpen] = useState(false);
  const all = [system, prompt].filter(Boolean).join('\n\n');
  if (!all) return null;
  return (
    <Note
      title="What the model was asked"
      tools={
        <>
          <WordButton onClick={() => copyText(all, 'the prompt')}>Copy</WordButton>
          <WordButton aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? 'Less' : 'All of it'}
          </WordButton>
        </>
      }
    >
      <p className={open ? styles.prompt : `${styles.prompt} ${styles.clip}`} dir="auto">
        {open ? all : jsonText(prompt ?? all).slice(0, 600)}
      </p>
    </Note>
  );
}
