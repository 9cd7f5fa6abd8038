import type { Figures } from './measure.ts';
import { completed, follow, ms, onStage, setting } from './stage.ts';
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
    const watched = await watch(page, async () => {
      await follow(page, `/runs/${run}`);
      await page.getByRole('status').filter({ hasText: 'Completed' }).waitFor();
      await page.getByRole('region', { name: 'Time' }).getByRole('button').first().waitFor();
    });
    return {
      events: execution.lastEventSeq,
      'opened after': ms(watched.seconds * 1000),
      'tasks over 50 ms': watched.longTasks,
      'longest task': ms(watched.longestTask),
      'elements on the page': await page.locator('*').count(),
    };
  });
