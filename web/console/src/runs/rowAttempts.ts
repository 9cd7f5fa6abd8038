import type { ApolloClient } from '@apollo/client';
import type { ExecutionStatus } from '../schema.generated.ts';
import { begunBy } from './attempts.ts';
import type { RunsVariables } from './filter.ts';
import type { Attempted, Begun, Place } from './lamps.ts';
import { type RunAttemptsQueryVariables, RunAttemptsDocument } from './RunAttempts.generated.ts';
import type { RunsList } from './runsList.ts';

/** A run as its row has it. */
export interface ShownRun extends Place {
  id: string;
  createdAt: string;
  startedAt: string | null;
  lastEventSeq: number;
}

/** What the attempts of a run came to when they were read. */
export interface ReadAttempts {
  stages: ReadonlyMap<number, Begun>;
  /** There may be more than were read. */
  isCut: boolean;
  place: string;
  lastEventSeq: number;
}

/**
 * What the rows of a list know of the attempts of their runs. A row is there without; then those in view are read:
 *
 * 1. A row shows its run, and again whenever that has changed. Nothing is read before the rows have come to rest.
 * 2. Neighbours that nobody has read yet are one request, and so are those that went on since. There is one at a time,
 *    and it is given up once none of its rows is in view.
 * 3. A run that has ended is read once.
 */
export interface RowAttempts {
  of(id: string): ReadAttempts | null;
  subscribe(listener: () => void): () => void;
  /** A row of this run is in view. */
  show(run: ShownRun): void;
  hide(id: string): void;
  /** The list is another than it was. */
  look(): void;
}

/** Rows that move are not read. */
const REST = 150;
/** So many rows at once, with so many attempts each, are no more than a server answers (its `MAX_COMPLEXITY`). */
const MOST = 50;
const ATTEMPTS = 40;

const LIVE: readonly ExecutionStatus[] = ['PENDING', 'RUNNING', 'PAUSED'];

/** Whichever list shows a run, it is the same. */
const readBy = new WeakMap<ApolloClient, Map<string, ReadAttempts>>();

export function makeRowAttempts(client: ApolloClient, list: RunsList, filter: RunsVariables): RowAttempts {
  const read = readBy.get(client) ?? new Map<string, ReadAttempts>();
  readBy.set(client, read);
  const shown = new Map<string, ShownRun>();
  const listeners = new Set<() => void>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let reading: { ids: readonly string[]; giveUp: AbortController } | null = null;
  // They were asked for, and are no longer where the list has them: until it is another.
  let missed: { ids: Set<string>; of: readonly string[] | null } = { ids: new Set(), of: null };

  const wants = (run: ShownRun | undefined): run is ShownRun => {
    if (!run || run.startedAt === null || missed.ids.has(run.id)) return false;
    const known = read.get(run.id);
    return !known || (known.lastEventSeq < run.lastEventSeq && known.place !== placeOf(run));
  };
  /** It went on since it was read. */
  const goesOn = (run: ShownRun) => read.has(run.id) && LIVE.includes(run.status);

  function settle(): void {
    timer = undefined;
    if (reading) return;
    const ids = list.current().ids ?? [];
    if (missed.of !== ids) missed = { ids: new Set(), of: ids };
    const wanted = ids.flatMap((id, index) => {
      const run = shown.get(id);
      return wants(run) ? [{ run, index }] : [];
    });
    const stretch = firstStretch(wanted.filter(({ run }) => !goesOn(run)));
    const again = wanted.filter(({ run }) => goesOn(run));
    const asked = stretch.length > 0 ? stretch : again.filter(({ index }) => index - (again[0]?.index ?? 0) < MOST);
    const [first, last] = [asked[0], asked.at(-1)];
    if (!first || !last) return;
    const variables: RunAttemptsQueryVariables = {
      ...filter,
      first: last.index - first.index + 1,
      attempts: ATTEMPTS,
      after: (first.index > 0 && list.cursorOf(ids[first.index - 1] as string)) || null,
      // Of those between them none that has ended is read again.
      ...(asked !== stretch && { statuses: stillLive(filter), createdAfter: last.run.createdAt }),
    };
    ask(
      variables,
      asked.map(({ run }) => run.id),
    ).then((isAnswered) => {
      reading = null;
      // Rows that move come to rest first; who is refused waits until something else is shown.
      if (isAnswered && timer === undefined) settle();
    });
  }

  async function ask(variables: RunAttemptsQueryVariables, ids: readonly string[]): Promise<boolean> {
    const giveUp = new AbortController();
    reading = { ids, giveUp };
    const fetchOptions = { signal: giveUp.signal };
    try {
      const { data } = await client.query({
        query: RunAttemptsDocument,
        variables,
        fetchPolicy: 'no-cache',
        context: { fetchOptions },
      });
      if (!data) return false;
      for (const { id, logs, lastEventSeq, ...place } of data.executions.nodes) {
        if (lastEventSeq < (read.get(id)?.lastEventSeq ?? 0)) continue;
        const isCut = logs.nodes.length === ATTEMPTS;
        read.set(id, {
          stages: begunBy(logs.nodes),
          isCut,
          place: placeOf(place),
          lastEventSeq,
        });
      }
      for (const id of ids) if (wants(shown.get(id))) missed.ids.add(id);
      for (const listener of listeners) listener();
      return true;
    } catch {
      return giveUp.signal.aborted;
    }
  }

  function rest(anew: boolean): void {
    if (anew) clearTimeout(timer);
    if (anew || timer === undefined) timer = setTimeout(settle, REST);
  }

  return {
    of: (id) => read.get(id) ?? null,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    show(run) {
      const isNew = !shown.has(run.id);
      shown.set(run.id, run);
      if (wants(run)) rest(isNew);
    },
    hide(id) {
      shown.delete(id);
      if (reading?.ids.every((one) => !shown.has(one))) reading.giveUp.abort();
    },
    look: () => rest(false),
  };
}

/** What a row shows of it. */
export const attemptedOf = (read: ReadAttempts | null, run: Place): Attempted | null =>
  read && { stages: read.stages, isWhole: !read.isCut && read.place === placeOf(run) };

const placeOf = ({ status, statusReason, currentStageOrder }: Place): string =>
  `${status} ${statusReason} ${currentStageOrder}`;

const stillLive = ({ statuses }: RunsVariables): ExecutionStatus[] =>
  LIVE.filter((status) => statuses?.includes(status) ?? true);

/** Neighbours, as far as the first gap. */
function firstStretch<Kind extends { index: number }>(rows: readonly Kind[]): Kind[] {
  const begin = rows[0]?.index ?? 0;
  return rows.slice(0, MOST).filter(({ index }, at) => index === begin + at);
}
