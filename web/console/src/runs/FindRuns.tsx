import { useApolloClient, useQuery } from '@apollo/client/react';
import { Link, useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { Field } from '../ui/Field.tsx';
import { useKeys } from '../ui/keys.ts';
import { PHONE, useMedia } from '../ui/useMedia.ts';
import { FindWorkflowsDocument } from './FindWorkflows.generated.ts';
import { FoundRuns } from './FoundRuns.tsx';
import { RunOfDocument } from './RunOf.generated.ts';
import { soughtId, wholeId } from './soughtId.ts';
import { useFoundRuns } from './useFoundRuns.ts';
import { useSettled } from '../ui/useSettled.ts';
import styles from './Views.module.css';

/** Finds a run by its id, whole or as it is shown, and the runs of a workflow by its name. */
export function FindRuns({ listed }: { listed: readonly string[] }) {
  const client = useApolloClient();
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const [fault, setFault] = useState<string | null>(null);
  const field = useRef<HTMLInputElement>(null);
  useKeys([{ keys: '/', does: 'search runs', run: () => field.current?.focus() }]);
  const isPhone = useMedia(PHONE);
  const sought = soughtId(text);
  const id = sought && wholeId(sought);
  const settled = useSettled(text.trim(), 150);
  const name = soughtId(settled) ? '' : settled;
  const runs = useFoundRuns(id ? '' : settled, listed);
  const { data } = useQuery(FindWorkflowsDocument, { variables: { search: name }, skip: name === '' });
  const found = name === '' ? [] : (data?.workflows.nodes ?? []);
  const find = async (event: React.FormEvent) => {
    event.preventDefault();
    const search = text.trim();
    if (!sought && search !== '') {
      // What is shown as found may be of a name that stood here a moment ago.
      const asked = client.query({ query: FindWorkflowsDocument, variables: { search } });
      const [first] = (await asked.catch(() => null))?.data?.workflows.nodes ?? [];
      if (!first) return;
      setText('');
      return navigate({ to: '/runs', search: { workflow: first.id } });
    }
    const [run] = runs ?? [];
    if (run) return navigate({ to: '/runs/$runId', params: { runId: run } });
    if (!id) return;
    const { data } = await client.query({ query: RunOfDocument, variables: { id } }).catch(() => ({ data: null }));
    if (data?.execution) await navigate({ to: '/runs/$runId', params: { runId: id } });
    else setFault('There is no run of that id: it may have been deleted, or be somebody else’s.');
  };
  return (
    <search>
      <form className={styles.find} onSubmit={find}>
        <Field
          ref={field}
          type="search"
          label="Search runs"
          hiddenLabel
          placeholder={isPhone ? 'Id, or workflow' : 'Id, or workflow  /'}
          value={text}
          fault={fault}
          onChange={(event) => {
            setText(event.target.value);
            setFault(null);
          }}
          onKeyDown={(event) => {
            // The key that leads here says nothing here.
            if (event.key === '/' && text === '') event.preventDefault();
            if (event.key !== 'Escape') return;
            setText('');
            field.current?.blur();
          }}
        />
      </form>
      {sought && runs && <FoundRuns ids={runs} />}
      {name !== '' && data && (
        <ul>
          {found.map((workflow) => (
            <li key={workflow.id}>
              <Link
                to="/runs"
                search={{ workflow: workflow.id }}
                activeOptions={{ exact: true }}
                className={styles.view}
                onClick={() => setText('')}
              >
                <bdi className={styles.title}>{workflow.name}</bdi>
              </Link>
            </li>
          ))}
          {found.length === 0 && <li className={styles.hint}>No workflow of yours is called so.</li>}
        </ul>
      )}
    </search>
  );
}
