import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { Choice, Field } from '../ui/Field.tsx';
import { sinceInWords } from './filter.ts';
import styles from './Views.module.css';

const KNOWN = ['hour', 'today', 'week'];

/** Since when: some times that one often wants, or a day. */
export function Since({ since }: { since: string | undefined }) {
  const navigate = useNavigate({ from: '/runs' });
  const isDay = since !== undefined && !KNOWN.includes(since);
  const [asksDay, setAsksDay] = useState(false);
  const choose = (value: string) =>
    navigate({ search: ({ since: _, ...search }) => (value ? { ...search, since: value } : search), replace: true });
  return (
    <div className={styles.since}>
      <Choice
        label="When it began"
        value={asksDay ? 'day' : (since ?? '')}
        onChange={({ target: { value } }) => {
          setAsksDay(value === 'day');
          if (value !== 'day') choose(value);
        }}
      >
        <option value="">{sinceInWords(undefined)}</option>
        {KNOWN.map((value) => (
          <option key={value} value={value}>
            {sinceInWords(value)}
          </option>
        ))}
        {isDay && <option value={since}>{sinceInWords(since)}</option>}
        <option value="day">Since a day…</option>
      </Choice>
      {asksDay && (
        <Field
          label="The day"
          type="date"
          max={new Date().toLocaleDateString('sv')}
          defaultValue={isDay ? since : ''}
          onChange={({ target: { value } }) => value && choose(value)}
        />
      )}
    </div>
  );
}
