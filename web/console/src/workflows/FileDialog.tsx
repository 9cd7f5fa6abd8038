import { useNavigate, useRouteContext } from '@tanstack/react-router';
import { useState } from 'react';
import { readWorkflowFile } from '../editor/file/file.ts';
import { storeFirstInputs } from '../start/draft.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Text } from '../ui/Field.tsx';
import { counted } from '../ui/time.ts';
import styles from './FileDialog.module.css';
import { ModelField } from './ModelField.tsx';
import type { Make } from './useMake.ts';
import { useModels } from './useModels.ts';

/** A workflow from a file of one’s own, chosen or pasted. What it cannot be is said while it stands there. */
export function FileDialog({ make, onClose }: { make: Make; onClose: () => void }) {
  const { session } = useRouteContext({ from: '__root__' });
  const navigate = useNavigate();
  const models = useModels();
  const [text, setText] = useState('');
  const [refusal, setRefusal] = useState<string | null>(null);
  const result = text.trim() === '' ? null : readWorkflowFile(text, models.models, models.chosen?.id ?? null);
  const fault = result && 'fault' in result ? result.fault : refusal;
  const write = (next: string) => {
    setText(next);
    setRefusal(null);
  };
  const take = async (files: FileList | null) => {
    const [file] = files ?? [];
    if (file) write(await file.text());
  };
  const confirm = async () => {
    if (!result || 'fault' in result) return;
    const made = await make(result.read.workflow);
    if ('fault' in made) return setRefusal(made.fault);
    storeFirstInputs(session.userId(), made.id, text);
    navigate({ to: '/workflows/$workflowId', params: { workflowId: made.id } });
  };
  return (
    <Dialog
      title="A workflow from a file"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button
            onClick={confirm}
            refused={
              result === null ? 'Choose a file, or paste what is in one' : 'fault' in result ? result.fault : null
            }
          >
            Make the workflow
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        <label className={styles.file}>
          <span>The file: one that was saved here, or that footlight run --file reads</span>
          <input type="file" accept=".json,application/json" onChange={(event) => take(event.target.files)} />
        </label>
        <Text
          label="Or what is in it"
          className={styles.text}
          fault={fault}
          hint={result && 'read' in result ? summary(result.read.workflow) : undefined}
          spellCheck={false}
          value={text}
          onChange={(event) => write(event.target.value)}
        />
        {(!result || 'fault' in result || result.read.isModelNeeded) && <ModelField models={models} />}
      </div>
    </Dialog>
  );
}

const summary = ({ name, stages }: { name: string; stages?: unknown[] | null }): string =>
  `“${name}”, ${counted(stages?.length ?? 0, 'stage')}`;
