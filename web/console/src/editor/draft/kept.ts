// Drafts on this machine, in IndexedDB: by person, workflow, and page, so that two pages of one workflow do not write over
// each other's. A page holds the lock of its name while it lives; what nobody holds any more was left behind.

import { exactValue } from '../../exact/exact.ts';
import type { Draft } from './draft.ts';

export interface Kept {
  userId: string;
  workflowId: string;
  /** The page that keeps it. */
  page: string;
  /** Of which version of the workflow it is a draft, and what that said. */
  version: number;
  before: Draft;
  draft: Draft;
  /** When it was kept. */
  at: number;
}

/** As it is stored: a copy of the values would lose the digits of their numbers. */
type Stored = Omit<Kept, 'before' | 'draft'> & { text: string };

export const storedOf = ({ before, draft, ...kept }: Kept): Stored => ({
  ...kept,
  text: JSON.stringify({ before, draft }),
});

export function keptOf({ text, ...kept }: Stored): Kept {
  const read = exactValue(text);
  return { ...kept, ...(('value' in read ? read.value : JSON.parse(text)) as Pick<Kept, 'before' | 'draft'>) };
}

const STORE = 'drafts';
const lockOf = (page: string) => `footlight.draft.${page}`;
/** How long a page that is being left may take to go: longer, and it lives. */
const PATIENCE = 1000;
const TURNS = 5;

let opened: Promise<IDBDatabase> | null = null;

/** Begins to open the database, so that what is kept on the way out need not wait for it. */
function open(): Promise<IDBDatabase> {
  opened ??= new Promise<IDBDatabase>((settle, refuse) => {
    const request = indexedDB.open('footlight', 1);
    request.onupgradeneeded = () =>
      request.result.createObjectStore(STORE, { keyPath: ['userId', 'workflowId', 'page'] });
    request.onsuccess = () => settle(request.result);
    request.onerror = () => refuse(request.error);
  });
  return opened;
}

async function inStore<Result>(
  mode: IDBTransactionMode,
  ask: (store: IDBObjectStore) => IDBRequest<Result>,
): Promise<Result> {
  const transaction = (await open()).transaction(STORE, mode);
  const request = ask(transaction.objectStore(STORE));
  // A page that is being left does not hear the answer: without this the change would surely go with it.
  transaction.commit();
  return new Promise((settle, refuse) => {
    transaction.oncomplete = () => settle(request.result);
    transaction.onabort = () => refuse(transaction.error ?? request.error);
  });
}

type KeptKey = Pick<Kept, 'userId' | 'workflowId' | 'page'>;

export async function keep(kept: Kept): Promise<void> {
  await inStore('readwrite', (store) => store.put(storedOf(kept)));
  const written = localStorage.getItem(hurried(kept));
  if (written !== null && (JSON.parse(written) as Stored).at <= kept.at) localStorage.removeItem(hurried(kept));
}

export async function drop({ userId, workflowId, page }: KeptKey): Promise<void> {
  localStorage.removeItem(hurried({ userId, workflowId, page }));
  await inStore('readwrite', (store) => store.delete([userId, workflowId, page]));
}

const hurried = ({ userId, workflowId, page }: KeptKey) => `footlight.draft/${userId}/${workflowId}/${page}`;

/** For a page that is being left: its database may be gone before what it writes there is done. */
export function keepInHurry(kept: Kept): void {
  try {
    localStorage.setItem(hurried(kept), JSON.stringify(storedOf(kept)));
  } catch {
    // Too large for it: what was kept a moment ago stays.
  }
}

function allHurried(userId: string, workflowId: string): Kept[] {
  const prefix = hurried({ userId, workflowId, page: '' });
  return Object.keys(localStorage)
    .filter((key) => key.startsWith(prefix))
    .map((key) => keptOf(JSON.parse(localStorage.getItem(key) as string)));
}

/** All that is kept of a workflow for a person, the newest first. */
async function allKept(userId: string, workflowId: string): Promise<Kept[]> {
  const range = IDBKeyRange.bound([userId, workflowId], [userId, workflowId, []]);
  const stored = await inStore<Stored[]>('readonly', (store) => store.getAll(range));
  const found = [...stored.map(keptOf), ...allHurried(userId, workflowId)].sort((one, other) => other.at - one.at);
  return found.filter(({ page }, index) => found.findIndex((kept) => kept.page === page) === index);
}

/** Says that a page lives, until the signal. */
export function live(page: string, signal: AbortSignal): void {
  // Only pages that came over TLS or from this machine have locks; without them a left draft is never told from a live one.
  navigator.locks?.request(
    lockOf(page),
    () =>
      new Promise<void>((end) => {
        if (signal.aborted) end();
        signal.addEventListener('abort', () => end());
      }),
  );
}

/**
 * Hands the newest draft that a page left behind over to this page, once; and whether another page that lives has one. What
 * another page takes meanwhile is looked for again: it may have gone in between.
 */
export async function takeOver(
  userId: string,
  workflowId: string,
  page: string,
): Promise<{ taken: Kept | null; isElsewhere: boolean }> {
  for (let turn = 0; turn < TURNS; turn += 1) {
    const others = (await allKept(userId, workflowId)).filter((kept) => kept.page !== page);
    let isMoved = false;
    for (const left of others) {
      const found = await whenLeft(left.page, () => take(left, page));
      if (found === 'lives') continue;
      if (found) return { taken: found, isElsewhere: others[0] !== left };
      isMoved = true;
    }
    if (!isMoved) return { taken: null, isElsewhere: others.length > 0 };
  }
  return { taken: null, isElsewhere: true };
}

async function take(left: Kept, page: string): Promise<Kept | null> {
  const found = (await allKept(left.userId, left.workflowId)).find((kept) => kept.page === left.page);
  if (!found) return null;
  const taken = { ...found, page };
  await keep(taken);
  await drop(found);
  return taken;
}

async function whenLeft<Result>(page: string, run: () => Promise<Result>): Promise<Result | 'lives'> {
  if (!navigator.locks) return run();
  const { held = [] } = await navigator.locks.query();
  const lives = held.some(({ name }) => name === lockOf(page));
  try {
    // A page that was reloaded has not quite gone.
    return await navigator.locks.request(lockOf(page), lives ? { signal: AbortSignal.timeout(PATIENCE) } : {}, run);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'TimeoutError') return 'lives';
    throw error;
  }
}
