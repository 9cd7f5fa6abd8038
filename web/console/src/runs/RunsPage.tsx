import { useConnection } from '@footlight/client/react';
import { Link, useNavigate } from '@tanstack/react-router';
import { useMemo, useRef, useState } from 'react';
import { WordButton } from '../ui/Button.tsx';
import { CopyAs } from '../ui/CopyAs.tsx';
import { classes } from '../ui/classes.ts';
import { Ghost } from '../ui/Ghost.tsx';
import { Head } from '../ui/Head.tsx';
import { Foot, FootLine, Page, pushed } from '../ui/Page.tsx';
import { Quiet } from '../ui/Quiet.tsx';
import { toast } from '../ui/toast.ts';
import { Unread } from '../ui/Unread.tsx';
import { useMedia } from '../ui/useMedia.ts';
import { alive } from './alive.ts';
import { ChosenRunDocument } from './ChosenRun.generated.ts';
import { ChosenRun } from './ChosenRun.tsx';
import { filterOf, sinceInSentence, variablesOf } from './filter.ts';
import { NARROW, RunList, type RunListHandle } from './RunList.tsx';
import { RunsKeys } from './RunsKeys.tsx';
import { RunsDocument } from './Runs.generated.ts';
import styles from './RunsPage.module.css';
import { runsRoute } from './routes.ts';
import { useWorkflows } from './stages.ts';
import { useCounts } from './useCounts.ts';
import { useCursor } from './useCursor.ts';
import { useKeptViews } from './useKeptViews.ts';
import { useRunningNow } from './useRunningNow.ts';
import { useRuns } from './useRuns.ts';
import { Views } from './Views.tsx';

const NONE: readonly string[] = [];

/** All runs, live: the views at the left, the list, and what the chosen one came to at the right. */
export function RunsPage() {
  const search = runsRoute.useSearch();
  const { statuses, workflow, since } = search;
  const variables = useMemo(
    () => variablesOf(filterOf({ statuses, workflow, since } as typeof search)),
    [statuses, workflow, since],
  );
  const list = useRef<RunListHandle>(null);
  const { runs, attempts, isBefore, hasMore, error, fresh, showFresh, loadMore, retry } = useRuns(
    variables,
    () => list.current?.isAtTop() ?? true,
  );
  const { workflows, stagesOf } = useWorkflows();
  const counts = useCounts(variables);
  const lookAtRunning = useRunningNow();
  const { chosen, rested, choose } = useCursor();
  const narrow = useMedia(NARROW);
  const { taken, take } = useComparison();
  const connection = useConnection();
  const isAlive = counts('running') !== null && counts('running') !== '0';
  const twoLines = search.rows === 'two';

  return (
    <Page>
      <Head title="Runs" status={told(counts('matching'), fresh, since)}>
        <RowsSwitch twoLines={twoLines} />
        <CopyAs
          document={RunsDocument}
          variables={{ ...variables }}
          lists={[{ at: ['executions'], count: runs?.length ?? 0 }]}
          beside={rested && !narrow ? [chosenAsked(rested)] : []}
        />
      </Head>
      <div className={styles.columns}>
        <div className={styles.side}>
          <Views search={search} listed={runs ?? NONE} workflows={workflows} counts={counts} kept={useKeptViews()} />
        </div>
        <div className={classes(styles.list, isBefore && styles.before)} aria-busy={isBefore}>
          {fresh > 0 && (
            <button
              type="button"
              className={styles.fresh}
              onClick={() => {
                list.current?.toTop();
                showFresh();
              }}
            >
              {fresh > 99 ? 'More than 99' : fresh} new, show them
            </button>
          )}
          <div className={classes(styles.names, twoLines && styles.two)} aria-hidden="true">
            <span>Status</span>
            <span>Workflow, and where it stands</span>
            <span>Stages</span>
            <span>Began</span>
            <span>Took</span>
            <span>Tokens</span>
          </div>
          {runs === null && (error ? <Unread what={UNREAD} error={error} retry={retry} /> : <Ghost lines={16} />)}
          {runs?.length === 0 && !isBefore && <Nothing isNarrowed={Object.keys(variables).length > 0} />}
          {runs !== null && runs.length > 0 && (
            <RunList
              ref={list}
              runs={runs}
              stagesOf={stagesOf}
              attempts={attempts}
              onGoesOn={lookAtRunning}
              twoLines={twoLines}
              chosen={chosen}
              choose={choose}
              taken={taken}
              onTake={take}
              onNearEnd={loadMore}
              end={error && <Unread what={UNREAD} error={error} retry={hasMore ? loadMore : retry} />}
            />
          )}
        </div>
        {!narrow && (
          <aside className={styles.side} aria-label="The chosen run">
            {rested ? (
              <ChosenRun key={rested} id={rested} stagesOf={stagesOf} onGoesOn={lookAtRunning} />
            ) : (
              <p className={styles.hint}>Choose a run, and what became of it stands here: what failed, and why.</p>
            )}
          </aside>
        )}
      </div>
      <Foot label="What is alive" light={connection === 'lost' ? 'off' : isAlive ? 'lit' : 'plain'}>
        <FootLine>
          <span className="soft">{alive(counts('running'), counts('pending'))}</span>
          <RunsKeys className={pushed} />
        </FootLine>
      </Foot>
    </Page>
  );
}

const chosenAsked = (id: string) => ({
  document: ChosenRunDocument,
  variables: { id },
  called: 'chosen',
  lists: [{ at: ['chosen', 'logs'], count: Number.POSITIVE_INFINITY }],
});

function told(matching: string | null, fresh: number, since: string | undefined): string {
  if (matching === null) return 'Newest first';
  if (matching === '0') return 'No runs';
  const runs = matching === '1' ? '1 run' : `${matching} runs`;
  const when = since ? `, ${sinceInSentence(since)}` : '';
  return `${runs}${when}, newest first${fresh > 0 ? '. There are new ones' : ''}`;
}

/** The first that is chosen waits for the second: then both are compared. */
function useComparison() {
  const navigate = useNavigate();
  const [taken, setTaken] = useState<string>();
  const take = (id: string) => {
    if (taken === id) return setTaken(undefined);
    if (taken) return navigate({ to: '/compare', search: { left: taken, right: id } as never });
    setTaken(id);
    toast('Chosen to compare: choose another by X', { title: 'Take back', run: () => setTaken(undefined) });
  };
  return { taken, take };
}

function RowsSwitch({ twoLines }: { twoLines: boolean }) {
  const navigate = useNavigate({ from: '/runs' });
  return (
    <WordButton
      className={styles.rows}
      onClick={() =>
        navigate({
          search: ({ rows: _, ...search }) => (twoLines ? search : { ...search, rows: 'two' }),
          replace: true,
        })
      }
    >
      {twoLines ? 'One line a run' : 'Two lines a run'}
    </WordButton>
  );
}

const UNREAD = 'The runs could not be read';

function Nothing({ isNarrowed }: { isNarrowed: boolean }) {
  if (isNarrowed) {
    return (
      <Quiet
        action={
          <Link to="/runs" className="link">
            All runs
          </Link>
        }
      >
        No run is like that. It comes here by itself, once one is.
      </Quiet>
    );
  }
  return (
    <Quiet
      action={
        <Link to="/" className="link">
          To the workflows
        </Link>
      }
    >
      Nothing has run yet. Start a workflow, and its run stands here within a second.
    </Quiet>
  );
}
