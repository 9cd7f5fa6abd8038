import { useEffect, useRef } from 'react';

/** What one writes in; a text with placeholders is the last of them. */
const FIELDS = 'input, textarea, [tabindex="0"]:not(button)';
/** What is chosen, switched or opened keeps the focus. */
const BRINGING = 'button:not([role], [aria-pressed], [aria-haspopup])';
const FOCUSABLE = `${FIELDS}, select, button`;

/**
 * Leads whoever presses a button of a form into the field that it brings, whose text is there to be written over; and, where
 * the button goes with what it did, to what stands in its place.
 */
export function useLedFocus<Root extends HTMLElement>(): React.RefObject<Root | null> {
  const root = useRef<Root>(null);
  useEffect(() => {
    const form = root.current;
    if (!form) return;
    const lead = ({ target }: Event) => {
      const button = target instanceof Element ? target.closest<HTMLElement>(BRINGING) : null;
      if (!button) return;
      const before = new Set(form.querySelectorAll('*'));
      const places = placesOf(button, form);
      requestAnimationFrame(() => {
        // Where the button leads by itself, it knows better.
        if (document.activeElement !== button && document.activeElement !== document.body) return;
        const added = [...form.querySelectorAll<HTMLElement>(FIELDS)].find((field) => !before.has(field));
        if (added) enter(added);
        else if (!button.isConnected) inPlaceOf(places)?.focus();
      });
    };
    form.addEventListener('click', lead, { capture: true });
    return () => form.removeEventListener('click', lead, { capture: true });
  }, []);
  return root;
}

function enter(field: HTMLElement): void {
  field.focus();
  if (field instanceof HTMLInputElement) field.select();
}

interface Place {
  parent: Element;
  index: number;
}

/** Where an element stands, and where what it stands in does, up to the root. */
function placesOf(element: Element, root: Element): Place[] {
  const places: Place[] = [];
  for (let at = element; at !== root && at.parentElement; at = at.parentElement)
    places.push({ parent: at.parentElement, index: [...at.parentElement.children].indexOf(at) });
  return places;
}

/** What can be focused now where the innermost of the places is that is left. */
function inPlaceOf(places: readonly Place[]): HTMLElement | null {
  for (const { parent, index } of places) {
    if (!parent.isConnected) continue;
    const next = parent.children[Math.min(index, parent.children.length - 1)];
    const found = [next, parent].map((one) => (one?.matches(FOCUSABLE) ? one : one?.querySelector(FOCUSABLE)));
    const focusable = found.find((one) => one instanceof HTMLElement);
    if (focusable instanceof HTMLElement) return focusable;
  }
  return null;
}
