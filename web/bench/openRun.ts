import type { Figures } from './measure.ts';
import { completed, ms, onStage, setting } from './stage.ts';
import { watch } from './watch.ts';

/** Each item of a list begins and ends: two events. */
const ITEMS = 1_000;

/** A run with many events, opened from another page of the console. */
export const openRun = (): Promise<Figures> =>
  onStage(async (stage) => {
    const { server, token, open } = stage;
    const stages = Math.max(1, Math.round(setting('EVENTS', 10_000) / ITEMS / 2));
    const list = JSON.stringify({ all: [...Array(ITEMS).keys()] });
    server.provider.answer = ({ messages }) => ({ words: [messages.at(-1)?.content === 'List.' ? list : 'One.'] });
    const each = { promptTemplate: 'Say {{item}}.', forEach: { in: 'stage_1.output.all', concurrency: 8 } };
    const workflow = await server.workflow(token, {
      name: 'Many events',
      stages: [
        { name: 'List', promptTemplate: 'List.', outputVariables: { all: 'array' } },
        ...Array.from({ length: stages }, (_, index) => ({ name: `Each ${index + 1}`, ...each })),
      ],
    });
    const run = await server.run(token, workflow);
    await completed(stage, run);
    const query = 'query ($id: ID!) { execution(id: $id) { lastEventSeq } }';
    const { execution } = await server.data<{ execution: { lastEventSeq: number } }>(token, query, { id: run });

    const page = await open('/runs');
    await page.getByRole('region', { name: 'Runs, newest first' }).getByRole('link').first().waitFor();
    let opened = 0;
    const watched = await watch(page, async () => {
      opened = await page.evaluate(openThere, `/runs/${run}`);
    });
    return {
      events: execution.lastEventSeq,
      'opened after': ms(opened),
      'tasks over 50 ms': watched.longTasks,
      'longest task': ms(watched.longestTask),
      'elements on the page': await page.locator('*').count(),
    };
  });

/** Goes there as a link does. In milliseconds: until the page has painted how the run ended, and its time. */
async function openThere(path: string): Promise<number> {
  const pressed = performance.now();
  window.history.pushState(null, '', path);
  window.dispatchEvent(new PopStateEvent('popstate'));
  for (;;) {
    await new Promise((frame) => requestAnimationFrame(() => setTimeout(frame)));
    const isOver = document.querySelector('main [role="status"]')?.textContent?.includes('Completed');
    if (isOver && document.querySelector('section[aria-label="Time"] [data-stop]')) return performance.now() - pressed;
  }
}
