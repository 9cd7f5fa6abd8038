import type { Figures } from './measure.ts';
import { ms, onStage } from './stage.ts';
import { watch } from './watch.ts';

const MIB = 1_048_576;
const PIECE = 16_384;

/** An answer of a mebibyte, opened from the margin. */
export const longAnswer = (): Promise<Figures> =>
  onStage(async ({ server, token, open }) => {
    const line = 'It may contain sesame that is not named on the label; please do not eat it. ';
    const text = `${line.repeat(Math.ceil(MIB / line.length)).slice(0, MIB - 4)}End.`;
    const pieces = Array.from({ length: MIB / PIECE }, (_, index) => text.slice(index * PIECE, (index + 1) * PIECE));
    server.provider.answer = () => ({ words: pieces });
    const workflow = await server.workflow(token, {
      name: 'Long',
      stages: [{ name: 'Write', promptTemplate: 'Write.' }],
    });
    const run = await server.run(token, workflow);
    await server.reached(token, run, 'COMPLETED');
    const query = 'query ($id: ID!) { execution(id: $id) { logs { nodes { id } } } }';
    const found = await server.data<{ execution: { logs: { nodes: { id: string }[] } } }>(token, query, { id: run });
    const page = await open(`/runs/${run}?log=${found.execution.logs.nodes[0]?.id}`);
    const button = page.getByRole('button', { name: 'Open answer' });
    await button.waitFor();
    let painted = 0;
    const watched = await watch(page, async () => {
      painted = await button.evaluate(async (open) => {
        const pressed = performance.now();
        (open as HTMLElement).click();
        for (;;) {
          await new Promise((frame) => requestAnimationFrame(() => setTimeout(frame)));
          const shown = document.querySelector('dialog[open] [data-text]');
          if (shown?.textContent?.endsWith('End.')) return performance.now() - pressed;
        }
      });
    });
    return {
      bytes: text.length,
      'painted after': ms(painted),
      'longest task': ms(watched.longestTask),
      'elements on the page': await page.locator('*').count(),
    };
  });
