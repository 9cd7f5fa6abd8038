import { useEffect, useEffectEvent, useId, useRef, useState } from 'react';
import { useKeys } from '../../ui/keys.ts';
import type { Entry } from './entries.ts';
import styles from './Palette.module.css';
import { palette } from './state.ts';
import { useEntries } from './useEntries.ts';

/** Ctrl K: find anything by its name or id, or do something. */
export function Palette() {
  const isOpen = palette.useIsOpen();
  useKeys([{ keys: 'Ctrl K', does: 'find or do anything', inText: true, run: palette.open }]);
  return isOpen ? <OpenPalette /> : null;
}

function OpenPalette() {
  const [search, setSearch] = useState('');
  const [chosen, setChosen] = useState(0);
  // Enter came while nothing was found yet: it is for the first thing that is.
  const [isEntered, setIsEntered] = useState(false);
  const { entries, loading, none } = useEntries(search);
  const dialog = useRef<HTMLDialogElement>(null);
  const list = useId();
  useEffect(() => {
    if (!dialog.current?.open) dialog.current?.showModal();
  }, []);

  const isLooking = loading && entries.length === 0;
  const at = Math.min(chosen, Math.max(0, entries.length - 1));
  const run = (entry: Entry | undefined) => {
    if (!entry) return;
    // Only what is closed lets the page have the focus.
    dialog.current?.close();
    palette.close();
    entry.run();
  };
  const runFirst = useEffectEvent(() => run(entries[0]));
  useEffect(() => {
    if (!isEntered || isLooking) return;
    setIsEntered(false);
    runFirst();
  }, [isEntered, isLooking]);
  const hear = (event: React.KeyboardEvent) => {
    if (event.key === 'Enter') return isLooking ? setIsEntered(true) : run(entries[at]);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined || entries.length === 0) return;
    event.preventDefault();
    setChosen((at + step + entries.length) % entries.length);
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Esc closes a dialog by itself.
    <dialog
      ref={dialog}
      className={styles.palette}
      aria-label="Find or do"
      onClose={palette.close}
      onClick={(event) => event.target === event.currentTarget && event.currentTarget.close()}
    >
      <input
        className={styles.search}
        role="combobox"
        aria-expanded="true"
        aria-controls={list}
        aria-activedescendant={entries[at] ? `${list}-${at}` : undefined}
        aria-label="Find a workflow by name, anything by its id, or something to do"
        placeholder="A name, an id, or what to do"
        value={search}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => {
          setSearch(event.target.value);
          setChosen(0);
          setIsEntered(false);
        }}
        onKeyDown={hear}
      />
      <div id={list} role="listbox" aria-label="Found" className={styles.list}>
        {entries.map((entry, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the keys.
          // biome-ignore lint/a11y/useFocusableInteractive: the field above keeps the focus and names the chosen one.
          <div
            key={entry.id}
            id={`${list}-${index}`}
            role="option"
            aria-selected={index === at}
            className={styles.entry}
            ref={index === at ? (element) => element?.scrollIntoView({ block: 'nearest' }) : undefined}
            onClick={() => run(entry)}
          >
            <span dir="auto">{entry.title}</span>
            <small>{entry.kind}</small>
          </div>
        ))}
      </div>
      {entries.length === 0 && <p className={styles.none}>{isLooking ? 'Looking…' : none}</p>}
    </dialog>
  );
}
