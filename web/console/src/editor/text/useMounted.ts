import { useEffect, useEffectEvent, useLayoutEffect, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import type { Mounted, TextState } from './mounted/mount.ts';

interface Told {
  onChange: (value: string) => void;
  onLeave: () => void;
}

/** Puts the editor into the host once it is loaded; who writes in the plain field by then goes on in it. */
export function useMounted(area: React.RefObject<HTMLTextAreaElement | null>, state: TextState, told: Told) {
  const host = useRef<HTMLDivElement>(null);
  const mounted = useRef<Mounted | null>(null);
  const [isMounted, setIsMounted] = useState(false);
  const hadFocus = useRef<{ anchor: number; head: number } | null>(null);
  const onChange = useEffectEvent((value: string) => told.onChange(value));
  const onLeave = useEffectEvent(() => told.onLeave());
  const current = useEffectEvent(() => state);

  useEffect(() => {
    let isHere = true;
    // Where it does not come, the plain field stays.
    import('./mounted/mount.ts').then(
      ({ mount }) => {
        if (!isHere || !host.current) return;
        mounted.current = mount(host.current, current(), {
          // At once, as with any field: a page that is left right after a key has it.
          onChange: (value) => flushSync(() => onChange(value)),
          // What is taken out of the page loses the focus, too, and has nothing more to say.
          onLeave: () => host.current && onLeave(),
        });
        const plain = area.current;
        if (plain && document.activeElement === plain) {
          hadFocus.current = { anchor: plain.selectionStart, head: plain.selectionEnd };
        }
        // At once: what was typed in between would have the caret before it.
        flushSync(() => setIsMounted(true));
      },
      () => {},
    );
    return () => {
      isHere = false;
      mounted.current?.destroy();
      mounted.current = null;
      setIsMounted(false);
    };
  }, [area]);

  useLayoutEffect(() => {
    mounted.current?.show(state);
  });

  useLayoutEffect(() => {
    if (!isMounted || !hadFocus.current) return;
    mounted.current?.focus(hadFocus.current);
    hadFocus.current = null;
  }, [isMounted]);

  const insert = (text: string) => {
    if (mounted.current) return mounted.current.insert(text);
    area.current?.setRangeText(text, area.current.selectionStart, area.current.selectionEnd, 'end');
    if (area.current) told.onChange(area.current.value);
  };

  const focus = () => {
    const { length } = state.value;
    if (mounted.current) mounted.current.focus({ anchor: length, head: length });
    else area.current?.focus();
  };

  return { host, isMounted, insert, focus };
}
