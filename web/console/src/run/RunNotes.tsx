import { useMemo } from 'react';
import { useExact } from '../exact/useExact.ts';
import { Note } from '../ui/Note.tsx';
import { count } from '../ui/time.ts';
import { Unread } from '../ui/Unread.tsx';
import { TextNote } from './attempt/TextNote.tsx';
import { Values } from './attempt/Values.tsx';
import type { RunShown } from './RunView.tsx';
import { hasOutputMapping, record } from './stages.ts';
import styles from './Notes.module.css';
import { useExactInputs } from './useExactInputs.ts';
import { RunNowDocument } from './RunNow.generated.ts';
import type { RunNow } from './useRunNow.ts';

/** The run as a whole: what it was given, what it came to, what it cost. */
export function RunNotes({ execution, now }: { execution: RunShown; now: RunNow | null }) {
  const given = useExactInputs(execution.id, execution.executionInputs);
  const inputs = Object.entries(record(given.inputs)).map(([name, value]) => ({ name, value }));
  return (
    <>
      <Note>
        <p className="soft">Choose an answer to see what it was given, what was sent, and what became of it.</p>
      </Note>
      <Values title="What the run was given" values={inputs} empty="It was started without inputs." />
      <Note title="Tokens">
        <dl className={styles.figures}>
          <dt>In</dt>
          <dd>{tokens(now?.usage.promptTokens)}</dd>
          <dt>Out</dt>
          <dd>{tokens(now?.usage.completionTokens)}</dd>
        </dl>
      </Note>
      {/* It comes last, under what is read already. */}
      {now?.output != null && <Output execution={execution} now={now} />}
    </>
  );
}

function Output({ execution, now }: { execution: RunShown; now: RunNow }) {
  const brought = useMemo(() => ({ data: { execution: now } }), [now]);
  const { data, error, retry } = useExact(RunNowDocument, { id: execution.id }, brought);
  if (error) return <Unread what="What it came to could not be read" error={error} retry={retry} />;
  if (!data) return null;
  return (
    <TextNote
      title={hasOutputMapping(execution.definition) ? 'What it came to' : 'What its last stage brought'}
      value={data.execution.output}
      file="output"
    />
  );
}

const tokens = (value: number | null | undefined): string => (value == null ? 'not told' : count(value));
