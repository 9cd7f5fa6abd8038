import { useEffect, useRef } from 'react';

/** Leads whoever adds a row into its first field, whose text is there to be written over. */
export function useFocusAdded<Root extends HTMLElement>(): { root: React.RefObject<Root | null>; willAdd: () => void } {
  const root = useRef<Root>(null);
  const isAdded = useRef(false);
  useEffect(() => {
    if (!isAdded.current) return;
    isAdded.current = false;
    const row = [...(root.current?.querySelectorAll('[data-field]') ?? [])].at(-1);
    const field = row?.querySelector('input');
    field?.focus();
    field?.select();
  });
  const willAdd = () => {
    isAdded.current = true;
  };
  return { root, willAdd };
}
