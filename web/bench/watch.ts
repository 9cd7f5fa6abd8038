// What a page does while something happens: its frames, its commits, its long tasks, and the work of its main thread.

import type { Page } from 'playwright-core';
import { commitsByFrame, countCommits } from '../console/e2e/support/commits.ts';

export interface Watched {
  seconds: number;
  frames: number;
  /** More than two frames' time after the one before. */
  lateFrames: number;
  longTasks: number;
  longestTask: number;
  /** The most commits of React in one frame, and how many frames had more than one. */
  mostCommits: number;
  framesWithMore: number;
  /** Milliseconds of work in a second. */
  work: number;
}

interface Probe {
  frames: number[];
  tasks: number[];
  stop: boolean;
}

export async function watch(page: Page, happen: () => Promise<void>): Promise<Watched> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const work = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1000;
  };
  await page.evaluate(startProbe);
  await countCommits(page);
  const [began, workBefore] = [performance.now(), await work()];
  await happen();
  const [seconds, workDone] = [(performance.now() - began) / 1000, (await work()) - workBefore];
  const { frames, tasks } = await page.evaluate(stopProbe);
  const commits = await commitsByFrame(page);
  const gaps = frames.slice(1).map((at, index) => at - (frames[index] as number));
  return {
    seconds,
    frames: frames.length,
    lateFrames: gaps.filter((gap) => gap > 34).length,
    longTasks: tasks.filter((task) => task > 50).length,
    longestTask: Math.max(0, ...tasks),
    mostCommits: Math.max(0, ...commits),
    framesWithMore: commits.filter((count) => count > 1).length,
    work: workDone / seconds,
  };
}

function startProbe(): void {
  const probe: Probe = { frames: [], tasks: [], stop: false };
  (window as unknown as { probe: Probe }).probe = probe;
  new PerformanceObserver((list) => probe.tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({
    type: 'longtask',
  });
  const frame = (at: number) => {
    if (probe.stop) return;
    probe.frames.push(at);
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

function stopProbe(): Probe {
  const { probe } = window as unknown as { probe: Probe };
  probe.stop = true;
  return probe;
}

/** The work of a page that nobody looks through: without probes, which would be work themselves. */
export async function idleWork(page: Page, seconds: number): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const work = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1000;
  };
  const before = await work();
  await new Promise((wait) => setTimeout(wait, seconds * 1000));
  return ((await work()) - before) / seconds;
}
