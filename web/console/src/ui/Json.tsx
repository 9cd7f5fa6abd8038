import styles from './Json.module.css';

/** A text as it is, JSON as it is written with two blanks. */
export const jsonText = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? '');

/** Marking the keys of a longer text costs more than it shows. */
export const MOST_MARKED = 50_000;

/** A text that is JSON, letter for letter: keys soft, values in ink. What stands around it makes it exact. */
export function Json({ text }: { text: string }) {
  if (text.length > MOST_MARKED) return text;
  return splitKeys(text).map((part, index) =>
    index % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text.
      <span key={index} className={styles.key}>
        {part}
      </span>
    ) : (
      part
    ),
  );
}

/** Every second part is a key, where it begins a line. */
export const splitKeys = (text: string): string[] => text.split(/^(\s*"(?:[^"\\\n]|\\.)*":)/mu);
