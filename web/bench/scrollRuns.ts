import type { Page } from 'playwright-core';
import type { Figures } from './measure.ts';
import { completed, ms, onStage, type Stage, setting } from './stage.ts';
import { watch } from './watch.ts';

const AT_ONCE = 16;
/** How far a frame scrolls, in pixels: some five rows. */
const STEP = 160;

/** Many runs, scrolled from the newest to the oldest. */
export const scrollRuns = (): Promise<Figures> =>
  onStage(async (stage) => {
    const runs = setting('RUNS', 10_000);
    await startRuns(stage, runs);
    const page = await stage.open('/runs');
    await page.getByRole('region', { name: 'Runs, newest first' }).getByRole('link').first().waitFor();
    let scrolled = { steps: 0, empty: 0, rows: 0 };
    const watched = await watch(page, async () => {
      scrolled = await scroll(page, runs);
    });
    return {
      runs,
      'rows seen': scrolled.rows,
      frames: watched.frames,
      'frames that came late': watched.lateFrames,
      'frames without a row in the middle': scrolled.empty,
      'longest task': ms(watched.longestTask),
      'elements on the page': await page.locator('*').count(),
    };
  });

async function startRuns(stage: Stage, count: number): Promise<void> {
  const { server, token } = stage;
  const workflow = await server.workflow(token, {
    name: 'One of many',
    stages: [{ name: 'Say', promptTemplate: 'Say it.' }],
  });
  let left = count;
  let last = '';
  const start = async () => {
    while (left > 0) {
      left -= 1;
      last = await server.run(token, workflow, {});
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, start));
  await completed(stage, last);
}

/** A step a frame, to the end; in each the middle of the list must be a row. */
function scroll(page: Page, runs: number): Promise<{ steps: number; empty: number; rows: number }> {
  return page.evaluate(
    async ([all, step]) => {
      const region = document.querySelector('section[aria-label="Runs, newest first"]') as HTMLElement;
      const list = [...region.querySelectorAll<HTMLElement>('*')].find(
        (one) => one.scrollHeight > one.clientHeight && getComputedStyle(one).overflowY !== 'visible',
      ) as HTMLElement;
      const seen = new Set<string>();
      let [steps, empty, still] = [0, 0, 0];
      const box = list.getBoundingClientRect();
      const middle = box.y + box.height / 2;
      const look = () => {
        let isFilled = false;
        for (const row of list.querySelectorAll<HTMLElement>('[data-run]')) {
          const { top, bottom } = row.getBoundingClientRect();
          seen.add(row.dataset.run ?? '');
          isFilled ||= top <= middle && bottom >= middle - 1;
        }
        return isFilled;
      };
      look();
      while (seen.size < all && still < 300) {
        const before = list.scrollTop;
        list.scrollTop += step;
        steps += 1;
        await new Promise((frame) => requestAnimationFrame(() => setTimeout(frame)));
        still = list.scrollTop === before ? still + 1 : 0;
        if (!look()) empty += 1;
      }
      return { steps, empty, rows: seen.size };
    },
    [runs, STEP] as const,
  );
}
