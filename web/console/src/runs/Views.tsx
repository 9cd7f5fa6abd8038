import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { Button, WordButton } from '../ui/Button.tsx';
import { classes } from '../ui/classes.ts';
import { type MarkName, Shape } from '../ui/Mark.tsx';
import { FindRuns } from './FindRuns.tsx';
import { filterOf, type RunsFilter, type RunsSearch, sinceInSentence } from './filter.ts';
import { KeepView } from './KeepView.tsx';
import { Since } from './Since.tsx';
import type { ListedWorkflow } from './stages.ts';
import type { CountName } from './useCounts.ts';
import type { useKeptViews } from './useKeptViews.ts';
import styles from './Views.module.css';

const STATES: readonly { title: string; count: CountName | null; statuses?: string; mark: MarkName | null }[] = [
  { title: 'All', count: 'all', mark: null },
  { title: 'Not over yet', count: null, statuses: 'PENDING,RUNNING,PAUSED', mark: null },
  { title: 'Running', count: 'running', statuses: 'RUNNING', mark: 'running' },
  { title: 'Waits or paused', count: 'paused', statuses: 'PAUSED', mark: 'you' },
  { title: 'Pending', count: 'pending', statuses: 'PENDING', mark: 'pending' },
  { title: 'Failed', count: 'failed', statuses: 'FAILED', mark: 'failed' },
  { title: 'Completed', count: 'completed', statuses: 'COMPLETED', mark: 'passed' },
  { title: 'Cancelled', count: 'cancelled', statuses: 'CANCELLED', mark: 'cancelled' },
];

const FEW = 8;

/** What narrows the list: its state, its workflow, its time, and the views that were kept. */
export function Views({
  search,
  listed,
  workflows,
  counts,
  kept,
}: {
  search: RunsSearch;
  /** The ids of the runs in the list. */
  listed: readonly string[];
  /** Null while they are on their way: what comes below them has no place before. */
  workflows: readonly ListedWorkflow[] | null;
  counts: (name: CountName) => string | null;
  kept: ReturnType<typeof useKeptViews>;
}) {
  const [open, setOpen] = useState(false);
  const filter = filterOf(search);
  const [all, setAll] = useState(false);
  const shown = all ? (workflows ?? []) : few(workflows ?? [], search.workflow);
  const { statuses, workflow, since } = filter;
  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever has chosen wants to see the list.
  useEffect(() => setOpen(false), [statuses, workflow, since]);
  const named = workflow && (workflows?.find(({ id }) => id === workflow)?.name ?? 'one workflow');
  return (
    <nav className={styles.views} aria-label="Which runs">
      <p className={styles.folded}>
        <bdi className={styles.title}>{inWords(filter, named)}</bdi>
        <WordButton className={styles.more} aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'Done' : 'Which runs'}
        </WordButton>
      </p>
      <div className={classes(styles.choices, open && styles.open)}>
        <FindRuns listed={listed} />
        <h2 className={styles.group}>State</h2>
        <ul className={styles.states}>
          {STATES.map(({ title, count, statuses, mark }) => (
            <li key={title}>
              <ViewLink filter={{ statuses }}>
                <span className={styles.shape}>{mark && <Shape name={mark} />}</span>
                <span className={styles.title}>{title}</span>
                {count && <span className={styles.count}>{counts(count)}</span>}
              </ViewLink>
            </li>
          ))}
        </ul>
        <Since since={search.since} />
        {workflows && (
          <>
            <h2 className={styles.group}>Workflow</h2>
            <ul>
              <li>
                <ViewLink filter={{ workflow: undefined }}>
                  <span className={styles.title}>Every workflow</span>
                </ViewLink>
              </li>
              {shown.map(({ id, name }) => (
                <li key={id}>
                  <ViewLink filter={{ workflow: id }}>
                    <bdi className={styles.title}>{name}</bdi>
                  </ViewLink>
                </li>
              ))}
              {shown.length < workflows.length && (
                <li>
                  <Button look="bare" className={styles.all} onClick={() => setAll(true)}>
                    {workflows.length - shown.length} more
                  </Button>
                </li>
              )}
            </ul>
            <h2 className={styles.group}>Kept views</h2>
            <ul>
              {kept.views.map(({ name, filter: view }) => (
                <li key={name} className={styles.kept}>
                  <ViewLink filter={{ statuses: undefined, workflow: undefined, since: undefined, ...view }}>
                    <bdi className={styles.title}>{name}</bdi>
                  </ViewLink>
                  <WordButton aria-label={`Drop the view ${name}`} onClick={() => kept.drop(name)}>
                    Drop
                  </WordButton>
                </li>
              ))}
            </ul>
            <KeepView filter={filter} keep={kept.keep} />
          </>
        )}
      </div>
    </nav>
  );
}

/** `Failed, in the last hour`. */
function inWords({ statuses, since }: RunsFilter, workflow: string | undefined): string {
  const state = statuses ? (STATES.find((one) => one.statuses === statuses)?.title ?? 'Several states') : 'All runs';
  return [state, workflow, since && sinceInSentence(since)].filter(Boolean).join(', ');
}

/** The list as it is, with something else in its filter. What is chosen stays chosen. */
function ViewLink({
  filter,
  children,
}: {
  filter: { [Name in keyof RunsFilter]: RunsFilter[Name] | undefined };
  children: React.ReactNode;
}) {
  return (
    <Link
      to="/runs"
      search={(before) => withoutUndefined({ ...before, ...filter })}
      activeOptions={{ exact: true }}
      className={styles.view}
    >
      {children}
    </Link>
  );
}

function withoutUndefined(search: { [Name in keyof RunsSearch]: RunsSearch[Name] | undefined }): RunsSearch {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined));
}

/** The first of them, and the one that the list shows. */
function few(workflows: readonly ListedWorkflow[], chosen: string | undefined): readonly ListedWorkflow[] {
  const first = workflows.slice(0, FEW);
  const other = workflows.slice(FEW).find(({ id }) => id === chosen);
  return other ? [...first, other] : first;
}
