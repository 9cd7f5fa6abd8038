import type { Attempt } from '@footlight/client';
import { Note } from '../../ui/Note.tsx';
import { count, duration } from '../../ui/time.ts';
import styles from '../Notes.module.css';
import type { RunStage } from '../stages.ts';
import type { AttemptQuery } from './Attempt.generated.ts';

interface Props {
  attempt: Attempt;
  log: NonNullable<AttemptQuery['executionLog']>;
  stage: RunStage | undefined;
}

const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

/** What it cost, and when. */
export function Figures({ attempt, log, stage }: Props) {
  const { answeredAt, endedAt } = attempt;
  const judged = answeredAt && endedAt ? Date.parse(endedAt) - Date.parse(answeredAt) : null;
  const figures: [string, string | null][] = [
    ['Model', stage?.model ?? null],
    ['Stopped by', log.finishReason],
    ['Tokens in', log.usage?.promptTokens == null ? null : count(log.usage.promptTokens)],
    ['Tokens out', log.usage?.completionTokens == null ? null : count(log.usage.completionTokens)],
    ['Writing', log.durationMs === null ? null : duration(log.durationMs)],
    ['Judging', judged === null || stage?.judge === 'NONE' ? null : duration(judged)],
    ['Began', clock.format(new Date(log.executedAt))],
    ['Ended', endedAt === null ? null : clock.format(new Date(endedAt))],
  ];
  return (
    <Note title="Figures">
      <dl className={styles.figures}>
        {figures.map(
          ([name, value]) =>
            value !== null && (
              <div key={name} className={styles.figure}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
      </dl>
    </Note>
  );
}
