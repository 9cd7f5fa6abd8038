import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { Button } from '../ui/Button.tsx';
import { CopyAs } from '../ui/CopyAs.tsx';
import { Choice } from '../ui/Field.tsx';
import { Head } from '../ui/Head.tsx';
import { Key } from '../ui/Key.tsx';
import { useKeys } from '../ui/keys.ts';
import { Columns, Foot, FootLine, Page, pushed } from '../ui/Page.tsx';
import { counted } from '../ui/time.ts';
import { EarlierRuns } from './EarlierRuns.tsx';
import { Inputs } from './Inputs.tsx';
import { StartWorkflowDocument, type StartWorkflowQuery } from './StartWorkflow.generated.ts';
import styles from './StartForm.module.css';
import { useStart } from './useStart.ts';
import { useStartForm } from './useStartForm.ts';

type Workflow = NonNullable<StartWorkflowQuery['workflow']>;

export function StartForm({ workflow }: { workflow: Workflow }) {
  const { id, name, inputNames, stages } = workflow;
  const { from, until } = useSearch({ from: '/workflows/$workflowId/start' });
  const navigate = useNavigate({ from: '/workflows/$workflowId/start' });
  const { form, change, fault, done } = useStartForm(id, inputNames, from);
  const { start, isStarting, faults, forget } = useStart(id, inputNames, form, until, done);
  const written = useRef<HTMLFormElement>(null);
  // One writes at once; where fingers write, the page is seen first.
  useEffect(() => {
    if (window.matchMedia('(pointer: coarse)').matches) return;
    const fields = [...(written.current?.querySelectorAll<HTMLTextAreaElement>('textarea') ?? [])];
    (fields.find(({ value }) => value === '') ?? fields[0])?.focus({ preventScroll: true });
  }, []);
  // What was refused is where one goes on.
  useEffect(() => {
    if (faults.size > 0) written.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus();
  }, [faults]);
  useKeys([{ keys: 'Ctrl Enter', does: 'start the run', run: start, inText: true }]);
  return (
    <Page>
      <Head
        crumb={
          <>
            <Link to="/">Workflows</Link>
            <span>/</span>
            <Link to="/workflows/$workflowId" params={{ workflowId: id }} dir="auto">
              {name}
            </Link>
          </>
        }
        title="Start a run"
        status={statusWords(workflow)}
      >
        <CopyAs document={StartWorkflowDocument} variables={{ id }} />
      </Head>
      <Columns shape="two">
        <form
          ref={written}
          className={styles.form}
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            start();
          }}
        >
          <Flaws workflow={workflow} />
          <Inputs
            form={form}
            names={inputNames}
            faults={faults}
            change={(next) => {
              forget();
              change(next);
            }}
          />
        </form>
        <EarlierRuns workflowId={id} chosen={from} fault={fault} />
      </Columns>
      <Foot label="Start">
        <FootLine>
          <Choice
            label="Until"
            className={styles.until}
            value={until ?? ''}
            onChange={({ target: { value } }) => {
              forget();
              navigate({
                search: { ...(from ? { from } : {}), ...(value ? { until: Number(value) } : {}) },
                replace: true,
              });
            }}
          >
            <option value="">its end</option>
            {stages.map(({ id: stageId, stageOrder, name: stageName }) => (
              <option key={stageId} value={stageOrder}>
                {`stage ${stageOrder}${stageName ? `, ${stageName}` : ''}, has passed`}
              </option>
            ))}
          </Choice>
          <p className={styles.refusal} role="alert">
            {faults.get(null)}
          </p>
          <span className={pushed}>
            <Button look="lit" onClick={start} refused={isStarting ? 'It is being started' : null}>
              Start <Key>Ctrl Enter</Key>
            </Button>
          </span>
        </FootLine>
      </Foot>
    </Page>
  );
}

function statusWords({ inputNames, version }: Workflow): string {
  if (inputNames.length === 0) return `Version ${version} asks for no inputs.`;
  return `Version ${version} asks for ${counted(inputNames.length, 'input')}. Those that it can go without come last; what is left empty is not sent.`;
}

/** What would keep it from starting as it is. */
function Flaws({ workflow: { id, problems } }: { workflow: Workflow }) {
  const errors = problems.filter(({ severity }) => severity === 'ERROR');
  if (errors.length === 0) return null;
  return (
    <div className={styles.flaws}>
      <p>
        <b>{counted(errors.length, 'problem')}</b> may keep it from starting.{' '}
        <Link to="/workflows/$workflowId" params={{ workflowId: id }}>
          Mend it in the editor
        </Link>
      </p>
      <ul>
        {errors.slice(0, 3).map(({ code, message, stageOrder }) => (
          <li key={`${code} ${stageOrder} ${message}`}>{message}</li>
        ))}
      </ul>
    </div>
  );
}
