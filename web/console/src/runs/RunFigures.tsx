import { Link } from '@tanstack/react-router';
import { WordButton } from '../ui/Button.tsx';
import { copyText } from '../ui/copy.ts';
import { Moment } from '../ui/Moment.tsx';
import { Note } from '../ui/Note.tsx';
import { count } from '../ui/time.ts';
import type { ChosenRunQuery } from './ChosenRun.generated.ts';
import styles from './ChosenRun.module.css';
import { Took } from './Took.tsx';

/** What is exact about a run, and where one goes from here. */
export function RunFigures({ run }: { run: NonNullable<ChosenRunQuery['execution']> }) {
  const { promptTokens, completionTokens } = run.usage;
  return (
    <Note title="In figures" tools={<WordButton onClick={() => copyText(run.id, 'the id')}>Copy the id</WordButton>}>
      <dl className={styles.figures}>
        <dt>Began</dt>
        <dd>
          <Moment at={run.startedAt ?? run.createdAt} />
        </dd>
        <dt>Took</dt>
        <dd>
          <Took run={run} />
        </dd>
        {promptTokens !== null && completionTokens !== null && (
          <>
            <dt>Tokens, in and out</dt>
            <dd>
              {count(promptTokens)}, {count(completionTokens)}
            </dd>
          </>
        )}
        <dt>Version</dt>
        <dd>
          {run.workflow ? (
            <Link to="/workflows/$workflowId" params={{ workflowId: run.workflow.id }} className="link">
              {run.workflowVersion}
            </Link>
          ) : (
            run.workflowVersion
          )}
        </dd>
        {run.rerunOf && (
          <>
            <dt>Repeats</dt>
            <dd>
              <Link to="/runs/$runId" params={{ runId: run.rerunOf.id }} className="link">
                an earlier run
              </Link>
            </dd>
          </>
        )}
      </dl>
    </Note>
  );
}
