import { useMutation } from '@apollo/client/react';
import { footlightErrors, type RunState } from '@footlight/client';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Choice, Text, Tick } from '../../ui/Field.tsx';
import { Failure } from '../../ui/Quiet.tsx';
import type { RunShown } from '../RunView.tsx';
import type { RunStage } from '../stages.ts';
import { useExactInputs } from '../useExactInputs.ts';
import { RerunDocument } from './Rerun.generated.ts';
import styles from './RerunDialog.module.css';
import { inputsReadFrom } from './inputsRead.ts';
import { fieldsOfInputs, inputsOfFields } from './rerunInputs.ts';

interface Props {
  execution: RunShown;
  run: RunState;
  stages: readonly RunStage[];
  from: number | null;
  onClose: () => void;
}

/** Repeats a run, from its start or from a stage that it came to, with the inputs as they are changed here. */
export function RerunDialog({ execution, run, stages, from, onClose }: Props) {
  const { id, workflow, workflowVersion, executionInputs, definition } = execution;
  const [start, setStart] = useState(from === null ? '' : String(from));
  const isChanged = workflow !== null && workflow.version !== workflowVersion;
  // Whoever has changed the workflow after a failure wants to see whether that helped.
  const [latest, setLatest] = useState(isChanged && (run.status ?? execution.status) === 'FAILED');
  const [only, setOnly] = useState(false);
  const given = useExactInputs(id, executionInputs);
  const [edits, setEdits] = useState<ReadonlyMap<string, string>>(new Map());
  const [rerun, { loading, error }] = useMutation(RerunDocument);
  const navigate = useNavigate();
  const fields = fieldsOfInputs(given.inputs).map((field) => ({
    ...field,
    written: edits.get(field.name) ?? field.written,
  }));
  const { inputs, faults } = inputsOfFields(fields);
  const begun = stages.filter((stage) => run.attempts.some(({ stageOrder }) => stageOrder === stage.stageOrder));
  const isRead = start === '' ? () => true : inputsReadFrom(definition, Number(start));
  const [firstFault] = Object.keys(faults);
  const unread = edits.size === 0 ? null : given.missing;
  const refusal = firstFault
    ? `${firstFault} cannot be sent as it is written`
    : loading
      ? 'It is being started'
      : unread;

  const go = async () => {
    const order =
      start === '' ? {} : { fromStageOrder: Number(start), ...(only ? { untilStageOrder: Number(start) } : {}) };
    const input = { executionId: id, useLatestVersion: latest, ...(edits.size === 0 ? {} : { inputs }) };
    const { data } = await rerun({ variables: { input: { ...input, ...order } } }).catch(() => ({ data: null }));
    if (!data) return;
    onClose();
    await navigate({ to: '/runs/$runId', params: { runId: data.rerunExecution.id } });
  };

  const actions = (
    <>
      <Button onClick={onClose}>Not now</Button>
      <Button look="lit" onClick={go} refused={refusal}>
        Rerun
      </Button>
    </>
  );
  return (
    <Dialog title="Rerun this run" onClose={onClose} actions={actions}>
      <div className={styles.form}>
        <Choice label="Begin" value={start} onChange={(event) => setStart(event.target.value)}>
          <option value="">At the start</option>
          {begun.map(({ stageOrder, name }) => (
            <option key={stageOrder} value={stageOrder}>
              {`At stage ${stageOrder}${name ? `, ${name}` : ''}`}
            </option>
          ))}
        </Choice>
        <Choice
          label="With the workflow"
          value={latest ? 'latest' : 'pinned'}
          onChange={(event) => setLatest(event.target.value === 'latest')}
          hint={workflow ? null : 'The workflow is gone: only its pinned version can be run.'}
        >
          <option value="pinned">{`As it was in this run, version ${workflowVersion}`}</option>
          {workflow && (
            <option value="latest">
              {`As it is now, version ${workflow.version}${isChanged ? ', changed since this run' : ', the same'}`}
            </option>
          )}
        </Choice>
        {start !== '' && (
          <Tick checked={only} onChange={(event) => setOnly(event.target.checked)}>
            Only this stage, then end
          </Tick>
        )}
        {fields.map(({ name, written, isText }) => (
          <Text
            key={name}
            dir="auto"
            label={<span className="exact">{name}</span>}
            value={written}
            fault={faults[name]}
            // What was written over digits that are still to come would be lost, or they.
            readOnly={!isText && given.missing !== null}
            hint={[!isText && 'JSON', !isRead(name) && 'No stage from there on has read it', !isText && given.missing]
              .filter(Boolean)
              .join('. ')}
            onChange={(event) => {
              const next = event.target.value;
              setEdits((all) => new Map(all).set(name, next));
            }}
          />
        ))}
      </div>
      {error && <Failure what="Not started." why={footlightErrors(error)[0]?.message} />}
    </Dialog>
  );
}
