import { useRef, useState } from 'react';
import { ROW } from './geometry.ts';

/** The stage that is dragged, and the place at which it would be dropped. */
export interface Drag {
  local: string;
  from: number;
  to: number;
}

/** So far a pointer moves before it is a drag, and no click. */
const SLOP = 5;

/**
 * Drags rows of one height by the pointer. Fingers scroll, and move stages by words and keys instead. `Esc` leaves a
 * stage where it was.
 */
export function useDragToMove(
  list: React.RefObject<HTMLElement | null>,
  count: number,
  move: (local: string, to: number) => void,
) {
  const [drag, setDrag] = useState<Drag | null>(null);
  const pressed = useRef<{ local: string; from: number; y: number; to: number | null } | null>(null);
  const wasDragged = useRef(false);

  const placeUnder = (y: number) => {
    const top = list.current?.getBoundingClientRect().top ?? 0;
    return Math.min(count - 1, Math.max(0, Math.floor((y - top) / ROW)));
  };
  /** At its edges the list goes on. */
  const scrollNear = (y: number) => {
    const column = list.current?.parentElement;
    const box = column?.getBoundingClientRect();
    if (!column || !box) return;
    if (y < box.top + ROW) column.scrollBy(0, -ROW / 2);
    if (y > box.bottom - ROW) column.scrollBy(0, ROW / 2);
  };
  const follow = (event: PointerEvent) => {
    const press = pressed.current;
    if (!press || (press.to === null && Math.abs(event.clientY - press.y) < SLOP)) return;
    press.to = placeUnder(event.clientY);
    scrollNear(event.clientY);
    setDrag({ local: press.local, from: press.from, to: press.to });
  };
  const end = (event: Event) => {
    const press = pressed.current;
    pressed.current = null;
    window.removeEventListener('pointermove', follow);
    window.removeEventListener('pointerup', end);
    window.removeEventListener('pointercancel', end);
    window.removeEventListener('keydown', leave, true);
    setDrag(null);
    if (!press || press.to === null) return;
    wasDragged.current = true;
    // The click comes right after; should none come, the next one is meant.
    setTimeout(() => {
      wasDragged.current = false;
    });
    if (event.type === 'pointerup' && press.to !== press.from) move(press.local, press.to);
  };
  const leave = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    end(event);
  };

  return {
    drag,
    rowProps: (local: string, from: number) => ({
      draggable: false,
      onPointerDown(event: React.PointerEvent) {
        if (event.pointerType === 'touch' || event.button !== 0) return;
        pressed.current = { local, from, y: event.clientY, to: null };
        window.addEventListener('pointermove', follow);
        window.addEventListener('pointerup', end);
        window.addEventListener('pointercancel', end);
        window.addEventListener('keydown', leave, true);
      },
      onClickCapture(event: React.MouseEvent) {
        if (!wasDragged.current) return;
        event.preventDefault();
        event.stopPropagation();
      },
    }),
  };
}
