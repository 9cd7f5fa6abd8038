import { useEffect, useRef, useSyncExternalStore } from 'react';

/** Something that can be done on this page. The palette offers it by its words. */
export interface PageAction {
  /** As an order: `take a snapshot`. */
  does: string;
  /** With the press of its key, where that is how it came. */
  run: (event?: KeyboardEvent) => void;
  /** What the cap of its key says: `J`, `Ctrl K`, `?`, `Alt ↑`. */
  keys?: string;
  /** Its key acts also while a text is being written. */
  inText?: boolean;
}

export interface KeyAction extends PageAction {
  keys: string;
}

let registered: readonly { current: readonly PageAction[] }[] = [];
const listeners = new Set<() => void>();

function register(actions: { current: readonly PageAction[] }): () => void {
  registered = [...registered, actions];
  for (const listener of listeners) listener();
  return () => {
    registered = registered.filter((other) => other !== actions);
    for (const listener of listeners) listener();
  };
}

/** What can be done on the page while it is shown; what was registered last comes first. */
export function useActions(actions: readonly PageAction[]): void {
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => register(latest), []);
}

/** The page's keys. */
export function useKeys(actions: readonly KeyAction[]): void {
  useActions(actions);
}

/** All that can be done now. */
export function useRegisteredActions(): readonly PageAction[] {
  const subscribe = (listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const all = useSyncExternalStore(subscribe, () => registered);
  return all.flatMap((actions) => actions.current);
}

const ARROWS: Record<string, string> = { ArrowUp: '↑', ArrowDown: '↓', ArrowLeft: '←', ArrowRight: '→', Escape: 'Esc' };

function pressed(event: KeyboardEvent): string {
  const key = ARROWS[event.key] ?? (event.key.length === 1 ? event.key.toUpperCase() : event.key);
  const shifted = event.shiftKey && (event.key.length > 1 || event.key.toUpperCase() !== event.key.toLowerCase());
  const held = [(event.ctrlKey || event.metaKey) && 'Ctrl', event.altKey && 'Alt', shifted && 'Shift'];
  return [...held.filter(Boolean), key].join(' ');
}

function isText(target: EventTarget | null): boolean {
  const element = target instanceof Element ? (target.shadowRoot?.activeElement ?? target) : null;
  return (
    element?.closest('input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable="true"]') != null
  );
}

/** Hears the keys of the whole page. A dialog keeps its own. */
export function listenToKeys(target: Window): () => void {
  const hear = (event: KeyboardEvent) => {
    if (event.defaultPrevented || document.querySelector('dialog[open]:modal, :popover-open')) return;
    const keys = pressed(event);
    const text = isText(event.target);
    const all = [...registered].reverse().flatMap((actions) => actions.current);
    const action = all.find((one) => one.keys === keys && (one.inText || !text));
    if (!action) return;
    event.preventDefault();
    action.run(event);
  };
  target.addEventListener('keydown', hear);
  return () => target.removeEventListener('keydown', hear);
}
