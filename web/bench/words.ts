import type { Figures } from './measure.ts';
import { ms, onStage, setting } from './stage.ts';
import { idleWork, watch } from './watch.ts';

const A_SECOND = 20;
const IDLE_SECONDS = 10;

/** An answer that comes word by word, and then a page on which nothing happens any more. */
export const words = (): Promise<Figures> =>
  onStage(async ({ server, token, open }) => {
    const seconds = setting('SECONDS', 60);
    const count = A_SECOND * seconds;
    const all = Array.from({ length: count }, (_, index) => (index % 40 === 39 ? 'paragraph.\n\n' : `word${index} `));
    let begin = () => {};
    const begun = new Promise<void>((settle) => {
      begin = settle;
    });
    const pace = async () => {
      await begun;
      await new Promise((wait) => setTimeout(wait, 1000 / A_SECOND));
    };
    server.provider.answer = () => ({ words: all, pace });
    const workflow = await server.workflow(token, {
      name: 'Word by word',
      stages: [{ name: 'Write', promptTemplate: 'Write.' }],
    });
    const run = await server.run(token, workflow);
    const page = await open(`/runs/${run}`);
    await page.getByRole('status').filter({ hasText: 'is writing' }).waitFor();
    const watched = await watch(page, async () => {
      begin();
      await page
        .getByRole('status')
        .filter({ hasText: 'Completed' })
        .waitFor({ timeout: seconds * 4_000 });
    });
    return {
      words: count,
      'took, in seconds': Math.round(watched.seconds),
      'frames that came late': watched.lateFrames,
      'most commits in a frame': watched.mostCommits,
      'frames with more than one': watched.framesWithMore,
      'tasks over 50 ms': watched.longTasks,
      'longest task': ms(watched.longestTask),
      'work a second while it writes': ms(watched.work),
      'work a second when idle': ms(await idleWork(page, IDLE_SECONDS)),
    };
  });
