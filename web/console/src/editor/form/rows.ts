import { useHeld } from './useHeld.ts';

/** A row of a list that is edited; its id stays while its place and its name change. */
export interface Row<Value> {
  id: number;
  value: Value;
}

export interface Rows<Value> {
  rows: readonly Row<Value>[];
  /** `typing` joins what is typed into one field into one step of undo. */
  set(id: number, value: Value, typing?: string): void;
  add(value: Value): void;
  remove(id: number): void;
  /** By so many places down; up when negative. */
  move(id: number, by: number): void;
}

/**
 * The rows of a JSON value while they are edited. They are read anew only when the value is another than they last came
 * to: so half a name, or a name twice, may stand there for a while.
 */
export function useRows<Value>({
  value,
  read,
  write,
  onChange,
}: {
  value: unknown;
  read: (value: unknown) => readonly Value[];
  write: (rows: readonly Value[]) => unknown;
  onChange: (value: unknown, typing?: string) => void;
}): Rows<Value> {
  const [{ rows, next }, hold] = useHeld(value, (json) => numbered(read(json)));
  const change = (after: readonly Row<Value>[], typing?: string, upTo = next) => {
    const written = write(after.map((row) => row.value));
    hold({ rows: after, next: upTo }, written);
    onChange(written, typing);
  };
  return {
    rows,
    set(id, changed, typing) {
      change(
        rows.map((row) => (row.id === id ? { id, value: changed } : row)),
        typing && `${typing}.${id}`,
      );
    },
    add: (added) => change([...rows, { id: next, value: added }], undefined, next + 1),
    remove: (id) => change(rows.filter((row) => row.id !== id)),
    move(id, by) {
      const from = rows.findIndex((row) => row.id === id);
      const [row] = rows.slice(from, from + 1);
      if (!row) return;
      const others = rows.filter((other) => other !== row);
      change(others.toSpliced(Math.max(0, from + by), 0, row));
    },
  };
}

interface Numbered<Value> {
  rows: readonly Row<Value>[];
  /** The id of the next row. */
  next: number;
}

const numbered = <Value>(values: readonly Value[]): Numbered<Value> => ({
  rows: values.map((value, id) => ({ id, value })),
  next: values.length,
});
