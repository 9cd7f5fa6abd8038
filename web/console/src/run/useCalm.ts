import { inNextFrame, type RunState } from '@footlight/client';
import { useEffect, useRef, useState } from 'react';

/** In milliseconds. */
const AT_MOST_EVERY = 300;

/**
 * The run for what takes long to draw: a frame later, so that this has a frame of its own, and while much happens only now
 * and then. It goes by frames, like the run itself: what has come in the meantime is drawn with it.
 */
export function useCalm(run: RunState): RunState {
  const [calm, setCalm] = useState(run);
  const drawn = useRef(0);
  useEffect(() => {
    if (run === calm) return;
    let callOff = () => {};
    const draw = () => {
      callOff = inNextFrame(() => {
        drawn.current = performance.now();
        setCalm(run);
      });
    };
    const wait = drawn.current + AT_MOST_EVERY - performance.now();
    if (wait <= 0) draw();
    else {
      const timer = setTimeout(draw, wait);
      callOff = () => clearTimeout(timer);
    }
    return () => callOff();
  }, [run, calm]);
  return calm;
}
