import { useId, useLayoutEffect, useRef } from 'react';
import { classes } from './classes.ts';
import styles from './Menu.module.css';

export interface MenuItem {
  title: React.ReactNode;
  run: () => void;
  stop?: boolean;
  refused?: string | null;
}

/** A word that opens a list of things to do: the browser's popover, arrows to walk, `Esc` to leave. */
export function Menu({
  title,
  items,
  className,
  onOpen,
}: {
  title: React.ReactNode;
  items: readonly MenuItem[];
  /** For items that are fetched only once somebody looks. */
  onOpen?: () => void;
  className?: string | undefined;
}) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const isOpen = useRef(false);
  const entries = () => [...(list.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])];
  const place = () => {
    const box = opener.current?.getBoundingClientRect();
    if (!box || !list.current) return;
    const { style } = list.current;
    // At the edge it would be narrower than it need be.
    style.left = '0';
    const { offsetWidth, offsetHeight } = list.current;
    style.left = `${Math.max(8, Math.min(box.left, window.innerWidth - offsetWidth - 8))}px`;
    const below = box.bottom + 4 + offsetHeight <= window.innerHeight;
    style.top = `${below ? box.bottom + 4 : Math.max(8, box.top - 4 - offsetHeight)}px`;
  };
  // More of them may come while it is open.
  useLayoutEffect(() => {
    if (isOpen.current) place();
  });
  const walk = (event: React.KeyboardEvent) => {
    const all = entries();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    all[(to + all.length) % all.length]?.focus();
  };
  return (
    <>
      <button
        ref={opener}
        type="button"
        className={classes(styles.opener, className)}
        popoverTarget={id}
        aria-haspopup="menu"
      >
        {title}
      </button>
      <div
        ref={list}
        id={id}
        popover="auto"
        role="menu"
        className={styles.menu}
        onKeyDown={walk}
        onToggle={(event) => {
          isOpen.current = event.newState === 'open';
          if (!isOpen.current) return;
          onOpen?.();
          place();
          entries()[0]?.focus();
        }}
      >
        {items.map((item, index) => (
          <button
            // biome-ignore lint/suspicious/noArrayIndexKey: the items of one menu do not move.
            key={index}
            type="button"
            role="menuitem"
            tabIndex={-1}
            className={item.stop ? styles.stop : undefined}
            aria-disabled={item.refused ? true : undefined}
            title={item.refused ?? undefined}
            onClick={() => {
              if (item.refused) return;
              list.current?.hidePopover();
              opener.current?.focus();
              item.run();
            }}
          >
            {item.title}
            {item.refused && <small>{item.refused}</small>}
          </button>
        ))}
      </div>
    </>
  );
}
