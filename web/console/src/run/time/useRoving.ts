import { type KeyboardEvent, type RefObject, useRef, useState } from 'react';

interface Roving<Element extends HTMLElement> {
  ref: RefObject<Element | null>;
  /** The one that Tab comes to. */
  at: string | null;
  onKeyDown: (event: KeyboardEvent) => void;
  onFocus: (event: { target: EventTarget }) => void;
}

/** A group of buttons with one stop for Tab: arrows walk among those that have a `data-stop`, in their order. */
export function useRoving<Element extends HTMLElement>(ids: readonly string[], first: string | null): Roving<Element> {
  const ref = useRef<Element>(null);
  const [visited, setVisited] = useState<string | null>(null);
  const known = [visited, first].find((id) => id !== null && ids.includes(id));
  const at = known ?? ids.at(-1) ?? null;
  const onKeyDown = (event: KeyboardEvent) => {
    const from = at === null ? -1 : ids.indexOf(at);
    const to = { ArrowLeft: from - 1, ArrowRight: from + 1, Home: 0, End: ids.length - 1 }[event.key];
    const id = to === undefined ? undefined : ids[to];
    if (id === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    ref.current?.querySelector<HTMLElement>(`[data-stop="${CSS.escape(id)}"]`)?.focus();
  };
  const onFocus = ({ target }: { target: EventTarget }) => {
    const id = target instanceof HTMLElement ? target.dataset.stop : undefined;
    if (id !== undefined) setVisited(id);
  };
  return { ref, at, onKeyDown, onFocus };
}
