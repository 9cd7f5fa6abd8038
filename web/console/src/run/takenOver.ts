import { record } from './stages.ts';

/** What a run that repeats another one has taken over from it. */
export interface TakenOver {
  /** The one that it repeats. */
  runId: string;
  /** Those that had brought something when it began; once it comes to one of them itself, that counts. */
  stages: ReadonlySet<number>;
}

/** The stages that have brought something, as `Execution.executionContext` says. */
export function stagesIn(context: unknown): number[] {
  return Object.entries(record(context)).flatMap(([key, brought]) => {
    const [, order] = /^stage_(\d+)$/.exec(key) ?? [];
    return order !== undefined && 'raw' in record(brought) ? [Number(order)] : [];
  });
}
