import type { FragmentType } from '@apollo/client';
import { useFragment, useMutation } from '@apollo/client/react';
import { Link, useNavigate } from '@tanstack/react-router';
import { Mark, Shape } from '../ui/Mark.tsx';
import { Menu } from '../ui/Menu.tsx';
import { toast } from '../ui/toast.ts';
import { DuplicateWorkflowDocument } from '../editor/DuplicateWorkflow.generated.ts';
import { inputWords, problemCount, whatWords } from './entry.ts';
import { reasonOf } from '../ui/failure.ts';
import { LastRun } from './LastRun.tsx';
import { WorkflowEntryFragmentDoc, type WorkflowEntryFragment } from './WorkflowEntry.generated.ts';
import styles from './WorkflowsPage.module.css';

export interface Named {
  id: string;
  name: string;
}

/** One workflow in the list: what it is, how its last run went, and what can be done with it. */
export function Entry({
  workflow: from,
  onDelete,
  onChanged,
}: {
  workflow: { id: string } & FragmentType<WorkflowEntryFragment>;
  onDelete: (workflow: Named) => void;
  onChanged: () => Promise<unknown>;
}) {
  const { data: workflow, complete } = useFragment({ fragment: WorkflowEntryFragmentDoc, from });
  const navigate = useNavigate();
  const [duplicate] = useMutation(DuplicateWorkflowDocument);
  if (!complete) return null;
  const { id, name } = workflow;
  const makeCopy = async () => {
    try {
      const { data } = await duplicate({ variables: { id } });
      await onChanged();
      const copy = data?.duplicateWorkflow;
      if (!copy) return;
      const open = () => navigate({ to: '/workflows/$workflowId', params: { workflowId: copy.id } });
      toast(`Made “${copy.name}”.`, { title: 'Open it', run: open });
    } catch (error) {
      toast(`Not duplicated: ${reasonOf(error)}`);
    }
  };
  return (
    <li>
      <div>
        <h2>
          <Link to="/workflows/$workflowId" params={{ workflowId: id }} dir="auto">
            {name}
          </Link>
        </h2>
        <What workflow={workflow} />
      </div>
      <LastRun run={workflow.executions.nodes[0]} stages={workflow.stages.map(({ stageOrder }) => stageOrder)} />
      <div className={styles.go}>
        <Link
          to="/workflows/$workflowId/start"
          params={{ workflowId: id }}
          className="link"
          aria-label={`Start ${name}`}
        >
          Start
        </Link>
        <Menu
          className={styles.opener}
          title={
            <>
              More<span className="away"> about {name}</span>
            </>
          }
          items={[
            { title: 'Duplicate', run: makeCopy },
            {
              title: 'Snapshots',
              run: () => navigate({ to: '/workflows/$workflowId/snapshots', params: { workflowId: id } }),
            },
            { title: 'Delete…', stop: true, run: () => onDelete({ id, name }) },
          ]}
        />
      </div>
    </li>
  );
}

function What({ workflow }: { workflow: WorkflowEntryFragment }) {
  const problems = problemCount(workflow.problems);
  const inputs = inputWords(workflow.inputNames);
  return (
    <p className={styles.what}>
      <span>{whatWords(workflow, new Date())}</span>
      {inputs && (
        <span>
          asks for <bdi className="exact">{inputs.shown}</bdi>
          {inputs.others > 0 && ` and ${inputs.others} more`}
        </span>
      )}
      {problems && (
        <Link to="/workflows/$workflowId" params={{ workflowId: workflow.id }} className={styles.problems}>
          {problems.isBad ? (
            <Mark name="problem">{problems.words}</Mark>
          ) : (
            <span className={styles.warning}>
              <Shape name="problem" />
              {problems.words}
            </span>
          )}
        </Link>
      )}
    </p>
  );
}
