// What jumps on a page while it comes, by Chromium's own measure, from the first paint on.

import type { Page } from 'playwright-core';

interface Shift {
  value: number;
  /** What moved, and from where to where. */
  moved: string[];
}

/** Before the page is loaded. */
export const watchShifts = (page: Page): Promise<unknown> =>
  page.addInitScript(() => {
    interface Entry extends PerformanceEntry {
      value: number;
      sources: { node: Node | null; previousRect: DOMRectReadOnly; currentRect: DOMRectReadOnly }[];
    }
    const shifts: Shift[] = [];
    const place = ({ x, y, width, height }: DOMRectReadOnly) =>
      [x, y, width, height].map((length) => Math.round(length)).join(' ');
    const nameOf = (node: Node | null) => {
      const element = node instanceof Element ? node : node?.parentElement;
      const text = node?.textContent?.trim().slice(0, 40);
      return element ? `<${element.localName} class="${element.getAttribute('class') ?? ''}"> ${text}` : 'what is gone';
    };
    new PerformanceObserver((list) => {
      for (const { value, sources } of list.getEntries() as Entry[]) {
        const moved = sources.map(
          ({ node, previousRect, currentRect }) => `${nameOf(node)}: ${place(previousRect)} → ${place(currentRect)}`,
        );
        shifts.push({ value, moved });
      }
    }).observe({ type: 'layout-shift', buffered: true });
    Object.assign(globalThis, { shifts });
  });

/** By Chromium's measure: less than this, all in all, is a line of text that moves by a pixel or two. */
const STILL = 0.001;

/** What has jumped so far, once the frame is drawn that shows what has come; nothing where nobody would see it. */
export async function shiftsOf(page: Page): Promise<Shift[]> {
  const shifts = await page.evaluate(async () => {
    for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
    return (globalThis as unknown as { shifts: Shift[] }).shifts;
  });
  const sum = shifts.reduce((far, { value }) => far + value, 0);
  return sum < STILL ? [] : shifts;
}
