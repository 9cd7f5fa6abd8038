import { useState } from 'react';
import { sameJson } from './json.ts';

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
  const [held, setHeld] = useState(() => heldOf(value, read(value), 0));
  let { rows, next } = held;
  if (!sameJson(value, held.value)) {
    const fresh = heldOf(value, read(value), next);
    ({ rows, next } = fresh);
    setHeld(fresh);
  }
  const change = (after: readonly Row<Value>[], typing?: string, upTo = next) => {
    const written = write(after.map((row) => row.value));
    setHeld({ rows: after, value: written, next: upTo });
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

interface Held<Value> {
  rows: readonly Row<Value>[];
  /** The JSON that they come to. */
  value: unknown;
  /** The id of the next row. */
  next: number;
}

function heldOf<Value>(value: unknown, rows: readonly Value[], next: number): Held<Value> {
  return { rows: rows.map((row, index) => ({ id: next + index, value: row })), value, next: next + rows.length };
}
