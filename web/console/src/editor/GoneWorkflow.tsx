import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { flushSync } from 'react-dom';
import { NotFound } from '../app/NotFound.tsx';
import { Differences } from '../definition/Differences.tsx';
import { differences } from '../definition/differences.ts';
import { Button } from '../ui/Button.tsx';
import { download } from '../ui/copy.ts';
import { Ghost } from '../ui/Ghost.tsx';
import { Head } from '../ui/Head.tsx';
import { Page, Scroll } from '../ui/Page.tsx';
import { Failure } from '../ui/Quiet.tsx';
import { type Draft, unfinishedOf } from './draft/draft.ts';
import { definitionOf } from './draft/input.ts';
import { LeaveGuard } from './draft/LeaveGuard.tsx';
import { useMakeOf } from './draft/useMakeOf.ts';
import { fileName } from './fileName.ts';
import { workflowFile } from './file/file.ts';
import type { Model } from './form/stageForm.ts';
import styles from './GoneWorkflow.module.css';

/** A workflow that somebody deleted while it was being written: the draft, to be read, and what can become of it. */
export function GoneWorkflow({
  written,
  models,
  isAtRisk,
  onLetGo,
}: {
  /** Null: nothing was, or it has gone on elsewhere. */
  written: { before: Draft; draft: Draft } | null;
  models: readonly Model[];
  isAtRisk: boolean;
  onLetGo: () => void;
}) {
  const navigate = useNavigate();
  const makeOf = useMakeOf();
  const [fault, setFault] = useState<string | null>(null);
  const [isMade, setMade] = useState(false);
  if (!written) return isMade ? <Ghost label="Opening the new workflow" /> : <NotFound />;
  const { before, draft } = written;
  const makeAnew = async () => {
    const made = await makeOf(draft);
    if ('fault' in made) return setFault(made.fault);
    // Before the page is left: what goes with it is no longer there to be let go.
    flushSync(() => {
      setMade(true);
      onLetGo();
    });
    navigate({ to: '/workflows/$workflowId', params: { workflowId: made.id }, ignoreBlocker: true });
  };
  const save = () => download(workflowFile(draft, models), fileName(draft.name), 'application/json');
  const now = definitionOf(draft, models);
  return (
    <Page>
      <Head
        crumb={<Link to="/">Workflows</Link>}
        title={<bdi>{draft.name || 'Without a name'}</bdi>}
        status="This workflow was deleted. What you wrote and did not save is here, and nowhere else."
      >
        <Button look="bare" onClick={onLetGo}>
          Let it go
        </Button>
        <Button onClick={save}>Save it to a file</Button>
        <Button look="lit" onClick={makeAnew}>
          Make a new workflow of it
        </Button>
      </Head>
      <Scroll className={styles.gone}>
        {fault && <Failure what="No workflow was made" why={fault} />}
        <h2>What you changed</h2>
        <Differences list={differences(definitionOf(before, models), now)} />
        {unfinishedOf(draft).map(({ local, label, text }) => (
          <p key={`${local} ${label}`} className={styles.half}>
            {label}: <span className="exact">{text || 'nothing'}</span>
          </p>
        ))}
        <details>
          <summary>All of it, as you left it</summary>
          <Differences list={differences({ stages: [] }, now)} />
        </details>
      </Scroll>
      <LeaveGuard isAtRisk={isAtRisk} />
    </Page>
  );
}
