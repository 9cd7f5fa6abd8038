import { useEffect, useMemo, useRef } from 'react';

/** Does it at once, and then at most every so many milliseconds, the last time too. One at a time; what fails is left. */
export function useThrottled(work: () => Promise<unknown>, every: number): () => void {
  const latest = useRef(work);
  latest.current = work;
  const throttled = useMemo(() => makeThrottled(() => latest.current(), every), [every]);
  useEffect(() => throttled.stop, [throttled]);
  return throttled.call;
}

export function makeThrottled(work: () => Promise<unknown>, every: number): { call: () => void; stop: () => void } {
  let busy = false;
  let asked = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const free = () => {
    busy = false;
    if (asked) call();
  };
  const call = () => {
    if (busy) {
      asked = true;
      return;
    }
    busy = true;
    asked = false;
    const rest = new Promise<void>((settle) => {
      timer = setTimeout(settle, every);
    });
    Promise.all([work().catch(() => {}), rest]).then(free);
  };
  return {
    call,
    stop() {
      clearTimeout(timer);
      busy = false;
      asked = false;
    },
  };
}
