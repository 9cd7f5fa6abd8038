import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunEvent } from '../src/index.ts';

const folder = join(import.meta.dirname, 'recorded');

/** The events of runs of a real server, by what happened to them: `scenarios.ts` tells how, `runs.test.ts` wrote them. */
export const recorded: ReadonlyMap<string, readonly RunEvent[]> = new Map(
  readdirSync(folder).map((file) => {
    const lines = readFileSync(join(folder, file), 'utf8').trimEnd().split('\n');
    return [file.replace('.jsonl', ''), lines.map((line) => JSON.parse(line))];
  }),
);
