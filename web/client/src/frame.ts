// One beat for all that changes a page by itself: what comes between two frames is done together, in the next one, so that
// whatever is drawn from it is drawn once.

import { asapScheduler } from 'rxjs';

/** In milliseconds. A page that is not shown has no frames; nor has a program. */
const HIDDEN = 1000;
const WITHOUT_FRAMES = 16;

const due = new Set<() => void>();
let timer: ReturnType<typeof setTimeout> | null = null;
let frame = 0;

/** Calls back once, in the next frame, however often it is asked to until then. The answer calls it off. */
export function inNextFrame(job: () => void): () => void {
  due.add(job);
  if (timer === null) {
    timer = setTimeout(run, hasFrames() ? HIDDEN : WITHOUT_FRAMES);
    if (hasFrames()) frame = requestAnimationFrame(run);
  }
  return () => {
    due.delete(job);
  };
}

export const hasFrames = (): boolean => typeof requestAnimationFrame === 'function';

function run(): void {
  if (timer !== null) clearTimeout(timer);
  timer = null;
  if (hasFrames()) cancelAnimationFrame(frame);
  // Apollo's hooks hear of news by this scheduler, React draws right after the first that it hears: so it comes first.
  asapScheduler.schedule(() => {});
  // What they ask for themselves is for the frame after.
  for (const job of [...due]) if (due.delete(job)) job();
}
