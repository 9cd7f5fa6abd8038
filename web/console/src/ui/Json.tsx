import styles from './Json.module.css';

/** A text as it is, JSON as it is written with two blanks. */
export const jsonText = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? '');

/** JSON, exact: keys soft, values in ink. */
export function Json({ value }: { value: unknown }) {
  const text = JSON.stringify(value, null, 2) ?? '';
  // Marking the keys of a long text costs more than it shows.
  const parts = text.length > 50_000 ? [text] : text.split(/^(\s*"(?:[^"\\]|\\.)*":)/mu);
  return (
    <pre className={styles.json}>
      {parts.map((part, index) =>
        index % 2 === 1 ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text.
          <span key={index} className={styles.key}>
            {part}
          </span>
        ) : (
          part
        ),
      )}
    </pre>
  );
}
