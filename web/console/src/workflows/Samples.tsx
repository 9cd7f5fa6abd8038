import { useNavigate, useRouteContext } from '@tanstack/react-router';
import { useState } from 'react';
import { readWorkflowFile } from '../editor/file/file.ts';
import type { Example } from '../session/session.ts';
import { storeFirstInputs } from '../start/draft.ts';
import { Failure } from '../ui/Quiet.tsx';
import { counted } from '../ui/time.ts';
import styles from './Samples.module.css';
import type { Make } from './useMake.ts';
import type { ModelChoice } from './useModels.ts';

/** Workflows to begin with. One press makes it and shows its inputs, filled: another one starts it. */
export function Samples({ models, make, most }: { models: ModelChoice; make: Make; most?: number }) {
  const { settings, session } = useRouteContext({ from: '__root__' });
  const navigate = useNavigate();
  const [fault, setFault] = useState<string | null>(null);
  const begin = async ({ file }: Example) => {
    const text = JSON.stringify(file);
    const result = readWorkflowFile(text, models.models, models.chosen?.id ?? null);
    if ('fault' in result) return setFault(result.fault);
    const made = await make(result.read.workflow);
    if ('fault' in made) return setFault(made.fault);
    storeFirstInputs(session.userId(), made.id, text);
    navigate({ to: '/workflows/$workflowId/start', params: { workflowId: made.id } });
  };
  return (
    <>
      {fault && <Failure what="This sample was not made" why={fault} />}
      <ol className={styles.samples}>
        {settings.examples.slice(0, most).map((example, index) => (
          <li key={example.name}>
            <button type="button" onClick={() => begin(example)}>
              <span className={styles.no} aria-hidden="true">
                {index + 1}
              </span>
              <span className={styles.title}>{example.name}</span>
              <span className="faint">{counted(stagesOf(example), 'stage')}</span>
              <span className={styles.about}>{example.description}</span>
            </button>
          </li>
        ))}
      </ol>
    </>
  );
}

function stagesOf({ file }: Example): number {
  const stages = typeof file === 'object' && file !== null && 'stages' in file ? file.stages : [];
  return Array.isArray(stages) ? stages.length : 0;
}
