// What React does on a page, frame by frame, as it tells its developer tools: every commit, also one that a layout effect
// asks for within another, and one that changes nothing. A frame is what lies between two callbacks of
// `requestAnimationFrame`, the first of which is this one's.

import type { Page } from 'playwright-core';

interface Seen {
  commits: number;
  /** Of every frame since `countCommits`. */
  frames: number[];
  stop: boolean;
}

declare global {
  interface Window {
    seen?: Seen;
  }
}

/** Before the page is loaded: React looks for its tools once, when it is. */
export const hearReact = (page: Page): Promise<unknown> =>
  page.addInitScript(() => {
    const seen: Seen = { commits: 0, frames: [], stop: false };
    const onCommitFiberRoot = () => {
      seen.commits += 1;
    };
    const tools = { supportsFiber: true, inject: () => 1, onCommitFiberRoot };
    Object.assign(window, { seen, __REACT_DEVTOOLS_GLOBAL_HOOK__: tools });
  });

/** From the next frame on. */
export const countCommits = (page: Page): Promise<void> =>
  page.evaluate(
    () =>
      new Promise((begun) => {
        const { seen } = window;
        if (!seen) throw new Error('nobody hears React here');
        let before: number | null = null;
        const frame = () => {
          if (before === null) begun();
          else seen.frames.push(seen.commits - before);
          before = seen.commits;
          if (!seen.stop) requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
      }),
  );

/** How many commits came in each frame since then; they are counted no more. */
export const commitsByFrame = (page: Page): Promise<number[]> =>
  page.evaluate(() => {
    const { seen } = window;
    if (seen) seen.stop = true;
    return seen?.frames ?? [];
  });
