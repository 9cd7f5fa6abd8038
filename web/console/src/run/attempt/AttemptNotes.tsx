import { useQuery } from '@apollo/client/react';
import type { Attempt, RunState } from '@footlight/client';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { useExact } from '../../exact/useExact.ts';
import { WordButton } from '../../ui/Button.tsx';
import { classes } from '../../ui/classes.ts';
import { Ghost } from '../../ui/Ghost.tsx';
import { Mark } from '../../ui/Mark.tsx';
import { Note } from '../../ui/Note.tsx';
import { count, duration } from '../../ui/time.ts';
import { Unread } from '../../ui/Unread.tsx';
import styles from '../Notes.module.css';
import { nth, placeStanding } from '../standing.ts';
import { judgeSpeaks, type RunStage, record } from '../stages.ts';
import { AttemptDocument, type AttemptQuery } from './Attempt.generated.ts';
import { CompareDialog } from './CompareDialog.tsx';
import { Figures } from './Figures.tsx';
import { provenance } from './provenance.ts';
import { TextNote } from './TextNote.tsx';
import { Values } from './Values.tsx';

interface Props {
  attempt: Attempt;
  run: RunState;
  stages: readonly RunStage[];
  onChoose: (logId: string | null) => void;
}

/** One attempt: its verdict, what it was given and from where, what was sent, what came back, what it cost. */
export function AttemptNotes({ attempt, run, stages, onChoose }: Props) {
  const { log, error, retry } = useLog(attempt);
  const [compares, setCompares] = useState(false);
  const stage = stages.find(({ stageOrder }) => stageOrder === attempt.stageOrder);
  const before = attemptBefore(run, attempt);
  const { mark, word } = placeStanding(run, attempt);
  const item = attempt.itemIndex === null ? '' : `, item ${count(attempt.itemIndex + 1)}`;
  const tools = (
    <>
      {before && <WordButton onClick={() => setCompares(true)}>Compare with {nth(before.attemptNumber)}</WordButton>}
      <WordButton onClick={() => onChoose(null)}>Close</WordButton>
    </>
  );
  return (
    <>
      <Note title={`Stage ${attempt.stageOrder}${item}, ${nth(attempt.attemptNumber)} answer`} tools={tools}>
        <p className={styles.verdict}>
          <Mark name={mark}>{word.charAt(0).toUpperCase() + word.slice(1)}</Mark>
          <span className="soft">{judgedBy(attempt, stage)}</span>
        </p>
        {stage?.rule && attempt.verdict === 'FAIL' && (
          <p className={styles.notes}>
            {stage.judge === 'REGEX' ? 'The pattern: ' : 'The check: '}
            <code className="exact">{stage.rule}</code>
          </p>
        )}
        <p dir="auto" className={classes(judgeSpeaks(stage) && 'said', styles.notes)}>
          {attempt.notes ?? attempt.decision?.notes}
        </p>
        {attempt.errorMessage && (
          <p dir="auto" className={styles.notes}>
            {attempt.errorMessage}
          </p>
        )}
      </Note>
      {error && <Unread what="This answer could not be read" error={error} retry={retry} />}
      {!log && !error && <Ghost />}
      {log && <LogNotes log={log} attempt={attempt} run={run} onChoose={onChoose} />}
      {log && <Figures attempt={attempt} log={log} stage={stage} />}
      {compares && before && <CompareDialog before={before} after={attempt} onClose={() => setCompares(false)} />}
    </>
  );
}

type Log = NonNullable<AttemptQuery['executionLog']>;

function LogNotes({ log, attempt, run, onChoose }: { log: Log; attempt: Attempt } & Pick<Props, 'run' | 'onChoose'>) {
  const answer = log.rawOutput ?? attempt.text;
  const file = (part: string) => `stage-${attempt.stageOrder}-answer-${attempt.attemptNumber}-${part}`;
  const navigate = useNavigate();
  const openElsewhere = (by: { id: string; executionId: string }) =>
    navigate({ to: '/runs/$runId', params: { runId: by.executionId }, search: { log: by.id } });
  const values = log.variables.map((used) => {
    const by = used.producedBy;
    const producer = by && run.attempts.find(({ logId }) => logId === by.id);
    const isInput = used.path.startsWith('inputs.');
    return {
      name: used.name,
      value: used.value,
      missing: !used.found && used.value === null,
      source: provenance(used, { wasEdited: by?.editedOutput != null, isElsewhere: by !== null && !producer }),
      open: by ? () => (producer ? onChoose(by.id) : openElsewhere(by)) : isInput ? () => onChoose(null) : undefined,
    };
  });
  return (
    <>
      <Values title="What it was given" values={values} empty="Its prompt takes nothing from elsewhere." />
      {log.systemSent && <TextNote title="System message" value={log.systemSent} file={file('system')} />}
      {log.messagesSent != null && (
        <TextNote title="Turns before the prompt" value={log.messagesSent} file={file('turns')} />
      )}
      {log.promptSent !== null && <TextNote title="Prompt" value={log.promptSent} file={file('prompt')} />}
      {log.reasoning && <TextNote title="Thoughts" value={log.reasoning} file={file('thoughts')} />}
      {answer !== '' && <TextNote title="Answer" value={answer} file={file('raw')} />}
      {log.editedOutput !== null && (
        <TextNote title="As a person left it" value={log.editedOutput} file={file('edited')} />
      )}
      {isMoreThanText(log.parsedOutput) && <TextNote title="Read as" value={log.parsedOutput} file={file('parsed')} />}
      {log.judgeReasoning && <TextNote title="The judge’s thoughts" value={log.judgeReasoning} file={file('judge')} />}
    </>
  );
}

/** Without output variables an answer is read as its text. */
function isMoreThanText(parsed: unknown): boolean {
  return parsed != null && Object.keys(record(parsed)).join() !== 'text';
}

/** All of an attempt. It is read again once it has changed, for events tell only a part. */
function useLog({ logId, status, awaitsPerson, verdict }: Attempt) {
  const variables = { id: logId };
  const brought = useQuery(AttemptDocument, { variables, notifyOnNetworkStatusChange: false });
  const { refetch } = brought;
  const { data, error, retry } = useExact(AttemptDocument, variables, brought);
  const version = `${status} ${awaitsPerson} ${verdict}`;
  const seen = useRef(version);
  useEffect(() => {
    if (seen.current === version) return;
    seen.current = version;
    // What is shown stays; the error of the query says why.
    refetch().catch(() => {});
  }, [version, refetch]);
  return { log: data?.executionLog ?? null, error, retry };
}

/** The attempt at the same place that this one followed. */
function attemptBefore(run: RunState, { stageOrder, itemIndex, attemptNumber }: Attempt): Attempt | undefined {
  return run.attempts.find(
    (one) => one.stageOrder === stageOrder && one.itemIndex === itemIndex && one.attemptNumber === attemptNumber - 1,
  );
}

function judgedBy({ answeredAt, endedAt, verdict, decision }: Attempt, stage: RunStage | undefined): string {
  if (decision) return 'by you';
  if (verdict !== 'PASS' && verdict !== 'FAIL') return '';
  if (stage?.judge === 'LLM') {
    const took = answeredAt && endedAt ? ` in ${duration(Date.parse(endedAt) - Date.parse(answeredAt))}` : '';
    return `by ${stage.judgeModel ?? 'the judge'}${took}`;
  }
  if (stage?.judge === 'REGEX') return 'by its pattern';
  return stage?.judge === 'FUNCTION' ? 'by its check' : '';
}
