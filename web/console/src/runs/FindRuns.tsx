import { useApolloClient, useQuery } from '@apollo/client/react';
import { Link, useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { Field } from '../ui/Field.tsx';
import { useKeys } from '../ui/keys.ts';
import { FindWorkflowsDocument } from './FindWorkflows.generated.ts';
import { RunOfDocument } from './RunOf.generated.ts';
import { useSettled } from './useSettled.ts';
import styles from './Views.module.css';

const ID = /^\s*([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\s*$/i;

/** Finds a run by its id, and the runs of a workflow by its name. */
export function FindRuns() {
  const client = useApolloClient();
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const [fault, setFault] = useState<string | null>(null);
  const field = useRef<HTMLInputElement>(null);
  useKeys([{ keys: '/', does: 'search runs', run: () => field.current?.focus() }]);
  const id = text.match(ID)?.[1]?.toLowerCase();
  const name = useSettled(id ? '' : text.trim(), 150);
  const { data } = useQuery(FindWorkflowsDocument, { variables: { search: name }, skip: name === '' });
  const found = name === '' ? [] : (data?.workflows.nodes ?? []);
  const find = async (event: React.FormEvent) => {
    event.preventDefault();
    const [first] = found;
    if (first) {
      setText('');
      await navigate({ to: '/runs', search: { workflow: first.id } });
    }
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
          placeholder="Id, or workflow  /"
          value={text}
          fault={fault}
          onChange={(event) => {
            setText(event.target.value);
            setFault(null);
          }}
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return;
            setText('');
            field.current?.blur();
          }}
        />
      </form>
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
