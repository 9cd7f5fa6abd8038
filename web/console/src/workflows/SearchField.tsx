import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { Field } from '../ui/Field.tsx';
import { useKeys } from '../ui/keys.ts';
import { PHONE, useMedia } from '../ui/useMedia.ts';
import { MOST_COUNTED } from './list.ts';
import styles from './WorkflowsPage.module.css';

/** Searches while one writes. The address holds what is searched for; Back goes to what was there before the search. */
export function SearchField({ search, count }: { search: string | undefined; count: number | null }) {
  const navigate = useNavigate({ from: '/' });
  const form = useRef<HTMLFormElement>(null);
  const [written, setWritten] = useState(search ?? '');
  const sent = useRef(search ?? '');
  useKeys([{ keys: '/', does: 'search', run: () => form.current?.querySelector('input')?.focus() }]);

  // Back, or a link, brought another search than the one that is written here.
  useEffect(() => {
    if ((search ?? '') === sent.current) return;
    sent.current = search ?? '';
    setWritten(search ?? '');
  }, [search]);

  useEffect(() => {
    if (written === sent.current) return;
    const timer = setTimeout(() => {
      const replace = sent.current !== '';
      sent.current = written;
      navigate({ search: written === '' ? {} : { search: written }, replace, resetScroll: false });
    }, 200);
    return () => clearTimeout(timer);
  }, [written, navigate]);

  const hasKeys = !useMedia(PHONE);
  const many = count === null || count < 2 || count >= MOST_COUNTED ? 'workflows' : `${count} workflows`;
  return (
    <search className={styles.search}>
      <form ref={form} onSubmit={(event) => event.preventDefault()}>
        <Field
          label="Search workflows by name"
          hiddenLabel
          type="search"
          placeholder={hasKeys ? `Search ${many}  /` : `Search ${many}`}
          value={written}
          onChange={(event) => setWritten(event.target.value)}
        />
      </form>
    </search>
  );
}
