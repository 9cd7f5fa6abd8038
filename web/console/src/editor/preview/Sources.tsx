import { Link } from '@tanstack/react-router';
import type { DraftStage } from '../draft/draft.ts';
import { provenance } from '../form/provenance.ts';
import { ordinal } from '../../ui/time.ts';
import styles from './Preview.module.css';
import type { Variable } from './usePreview.ts';

/** Where each value came from, in words. */
export function Sources({ variables, stages }: { variables: readonly Variable[]; stages: readonly DraftStage[] }) {
  // Of a list one row for all of it; its elements follow it.
  const first = variables.filter(({ name }, index) => variables.findIndex((one) => one.name === name) === index);
  return (
    <dl className={styles.sources}>
      {first.map((variable) => (
        <div key={variable.name}>
          <dt className="exact">{variable.name}</dt>
          <dd>
            <span>{sourceOf(variable, stages)}</span>
            {variable.producedBy && (
              <Link
                className="link"
                to="/runs/$runId"
                params={{ runId: variable.producedBy.executionId }}
                search={{ log: variable.producedBy.id }}
              >
                its {ordinal(variable.producedBy.attemptNumber)} answer
              </Link>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function sourceOf({ path, found, value, producedBy }: Variable, stages: readonly DraftStage[]): string {
  if (!found) return value === null ? `nothing is at ${path}` : `a default, for nothing is at ${path}`;
  if (path === 'output' || path === 'notes') return 'the failure before';
  const from = provenance(path, stages) ?? path;
  // What was said of an answer is as it was said, whatever became of the answer.
  const isEdited = producedBy?.editedOutput != null && path.split('.')[1] !== 'notes';
  return isEdited ? `${from}, as edited by a person` : from;
}
