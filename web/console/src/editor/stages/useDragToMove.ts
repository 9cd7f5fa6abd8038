import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { ROW } from './geometry.ts';

/** The stage that is dragged, and the place at which it would be dropped. */
export interface Drag {
  local: string;
  from: number;
  to: number;
}

interface Press {
  local: string;
  from: number;
  y: number;
  /** Null: it is no drag yet. */
  to: number | null;
}

/** So far a pointer moves before it is a drag, and no click. */
const SLOP = 5;

/**
 * Drags rows of one height by the pointer. Fingers scroll, and move stages by words and keys instead. `Esc` leaves a
 * stage where it was. What it gives for the rows stays the same, so that they need not be drawn again.
 */
export function useDragToMove(
  list: React.RefObject<HTMLElement | null>,
  count: number,
  move: (local: string, to: number) => void,
) {
  const [drag, setDrag] = useState<Drag | null>(null);
  const pressed = useRef<Press | null>(null);
  const wasDragged = useRef(false);

  const placeUnder = (y: number) => {
    const top = list.current?.getBoundingClientRect().top ?? 0;
    return Math.min(count - 1, Math.max(0, Math.floor((y - top) / ROW)));
  };
  const follow = useEffectEvent((event: PointerEvent) => {
    const press = pressed.current;
    if (!press || (press.to === null && Math.abs(event.clientY - press.y) < SLOP)) return;
    press.to = placeUnder(event.clientY);
    scrollNear(list.current?.parentElement, event.clientY);
    setDrag({ local: press.local, from: press.from, to: press.to });
  });
  const end = useEffectEvent((isDropped: boolean) => {
    const press = pressed.current;
    pressed.current = null;
    setDrag(null);
    if (!press || press.to === null) return;
    wasDragged.current = true;
    // The click comes right after; should none come, the next one is meant.
    setTimeout(() => {
      wasDragged.current = false;
    });
    if (isDropped && press.to !== press.from) move(press.local, press.to);
  });
  useEffect(() => {
    const stop = new AbortController();
    const { signal } = stop;
    window.addEventListener('pointermove', (event) => follow(event), { signal });
    window.addEventListener('pointerup', () => end(true), { signal });
    window.addEventListener('pointercancel', () => end(false), { signal });
    const leave = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || pressed.current?.to == null) return;
      event.stopPropagation();
      end(false);
    };
    window.addEventListener('keydown', leave, { capture: true, signal });
    return () => stop.abort();
  }, []);

  const [rows] = useState(() => ({
    press(event: React.PointerEvent, local: string, from: number) {
      if (event.pointerType === 'touch' || event.button !== 0) return;
      pressed.current = { local, from, y: event.clientY, to: null };
    },
    click(event: React.MouseEvent) {
      if (!wasDragged.current) return;
      event.preventDefault();
      event.stopPropagation();
    },
  }));
  return { drag, ...rows };
}

/** At its edges the list goes on. */
function scrollNear(column: HTMLElement | null | undefined, y: number): void {
  const box = column?.getBoundingClientRect();
  if (!column || !box) return;
  if (y < box.top + ROW) column.scrollBy(0, -ROW / 2);
  if (y > box.bottom - ROW) column.scrollBy(0, ROW / 2);
}
