// What a person has written to a letter and not sent: kept in the tab, by person and letter, so that neither moving on nor
// a reload loses it. Two people at one browser do not see each other's.

export interface Draft {
  /** What takes the place of the answer; null while it stays as it is. */
  edit: string | null;
  notes: string;
}

export const NOTHING: Draft = { edit: null, notes: '' };

export interface Drafts {
  get(letter: string): Draft;
  /** What is nothing is forgotten. */
  set(letter: string, draft: Draft): void;
  subscribe(listener: () => void): () => void;
}

/** To store a longer one takes longer than a key: it is stored once nobody writes, or the page is left. */
const LONG = 50_000;
const PAUSE = 300;

export function makeDrafts(storage: Storage, user: string): Drafts {
  const known = new Map<string, Draft>();
  const unstored = new Set<string>();
  const listeners = new Set<() => void>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const keyOf = (letter: string) => `footlight.letter.${user}.${letter}`;

  function store(): void {
    clearTimeout(timer);
    for (const letter of unstored) {
      const draft = known.get(letter) ?? NOTHING;
      try {
        if (draft === NOTHING) storage.removeItem(keyOf(letter));
        else storage.setItem(keyOf(letter), JSON.stringify(draft));
      } catch {
        // The tab has no room for it: it lives as long as the page.
      }
    }
    unstored.clear();
  }
  globalThis.addEventListener?.('pagehide', store);

  return {
    get(letter) {
      const draft = known.get(letter) ?? read(storage.getItem(keyOf(letter)));
      known.set(letter, draft);
      return draft;
    },
    set(letter, draft) {
      const isNothing = draft.edit === null && draft.notes === '';
      known.set(letter, isNothing ? NOTHING : draft);
      unstored.add(letter);
      clearTimeout(timer);
      if ((draft.edit?.length ?? 0) > LONG) timer = setTimeout(store, PAUSE);
      else store();
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function read(stored: string | null): Draft {
  try {
    const { edit, notes } = JSON.parse(stored ?? '{}');
    const draft = { edit: typeof edit === 'string' ? edit : null, notes: typeof notes === 'string' ? notes : '' };
    return draft.edit === null && draft.notes === '' ? NOTHING : draft;
  } catch {
    return NOTHING;
  }
}
