import { skipToken, useQuery } from '@apollo/client/react';
import { usePolicy } from '../app/ahead.ts';
import { WordButton } from '../ui/Button.tsx';
import { Ghost } from '../ui/Ghost.tsx';
import { Mark } from '../ui/Mark.tsx';
import { Moment } from '../ui/Moment.tsx';
import { Quiet } from '../ui/Quiet.tsx';
import { statusMark } from '../ui/status.ts';
import { Unread } from '../ui/Unread.tsx';
import { ComparableRunsDocument } from './ComparableRuns.generated.ts';
import styles from './ChooseRun.module.css';
import { CompareRunDocument } from './CompareRun.generated.ts';

interface Props {
  /** The run that it is compared with: others of its workflow are offered. Null: all runs are. */
  of: string | null;
  onChoose: (id: string) => void;
}

/** Runs to choose from, the newest first. */
export function ChooseRun({ of, onChoose }: Props) {
  const variables = { id: of ?? '' };
  const fetchPolicy = usePolicy(CompareRunDocument, variables);
  const { data, error, refetch } = useQuery(CompareRunDocument, of ? { variables, fetchPolicy } : skipToken);
  if (of === null) return <Runs workflowId={null} except={null} onChoose={onChoose} />;
  if (data) return <Runs workflowId={data.execution?.workflow?.id ?? null} except={of} onChoose={onChoose} />;
  return error ? <Unread what={UNREAD} error={error} retry={refetch} /> : <Ghost />;
}

interface RunsProps {
  workflowId: string | null;
  except: string | null;
  onChoose: (id: string) => void;
}

function Runs({ workflowId, except, onChoose }: RunsProps) {
  const variables = { workflowId };
  const fetchPolicy = usePolicy(ComparableRunsDocument, variables);
  const { data, error, refetch, fetchMore } = useQuery(ComparableRunsDocument, { variables, fetchPolicy });
  if (!data) return error ? <Unread what={UNREAD} error={error} retry={refetch} /> : <Ghost />;
  const { nodes, pageInfo } = data.executions;
  const runs = nodes.filter(({ id }) => id !== except);
  if (runs.length === 0) return <Quiet>There is no other run of this workflow yet. Run it again, and compare.</Quiet>;
  return (
    <>
      <ul className={styles.runs} aria-label="Runs to choose from">
        {runs.map(({ id, status, statusReason, createdAt, workflowVersion, workflow }) => {
          const { mark, word } = statusMark(status, statusReason);
          return (
            <li key={id}>
              <button type="button" onClick={() => onChoose(id)}>
                <span className={styles.when}>
                  <Moment at={createdAt} />
                </span>
                <span className={styles.name} dir="auto">
                  {workflow?.name ?? 'A workflow that is gone'}
                </span>
                <Mark name={mark}>{word}</Mark>
                <span className="faint">version {workflowVersion}</span>
                <span className="exact faint">{id.slice(-4)}</span>
              </button>
            </li>
          );
        })}
      </ul>
      {pageInfo.hasNextPage && (
        <p className={styles.more}>
          <WordButton onClick={() => fetchMore({ variables: { after: pageInfo.endCursor } })}>Older runs</WordButton>
        </p>
      )}
    </>
  );
}

const UNREAD = 'The runs could not be read';
