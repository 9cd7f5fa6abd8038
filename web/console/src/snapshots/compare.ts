import type { Difference } from '../definition/differences.ts';
import { fieldsOf } from '../definition/shape.ts';
import { counted } from '../ui/time.ts';

export interface StageDifferences {
  /** What is called by its place: `Stage 2, Judge the draft`, or the workflow. */
  title: string;
  differences: readonly Difference[];
}

/** What differs, stage by stage: first the workflow as a whole. */
export function byStage(differences: readonly Difference[]): StageDifferences[] {
  const groups = new Map<string, Difference[]>();
  for (const difference of differences) {
    const title = titleOf(difference);
    groups.set(title, [...(groups.get(title) ?? []), difference]);
  }
  return [...groups].map(([title, ofIt]) => ({ title, differences: ofIt }));
}

function titleOf({ stage }: Difference): string {
  if (stage === null) return 'The workflow as a whole';
  return stage.name ? `Stage ${stage.stageOrder}, ${stage.name}` : `Stage ${stage.stageOrder}`;
}

/** How much differs, in words. */
export function howMuch(differences: readonly Difference[]): string {
  if (differences.length === 0) return 'Nothing differs';
  const stages = new Set(differences.flatMap(({ stage }) => (stage ? [stage.stageOrder] : []))).size;
  const where = stages > 0 ? `, in ${counted(stages, 'stage')}` : '';
  return `${counted(differences.length, 'difference')}${where}`;
}

/** A snapshot without what a workflow as it is now does not tell: by which rules its templates are read. */
export function asTold(snapshotData: unknown): unknown {
  const { templateSyntax: _, ...told } = fieldsOf(snapshotData);
  return told;
}

/** Of a stage that only one side has, what it says: not what it leaves open, nor what identifies it. */
export function shown(field: string, value: unknown): unknown {
  if (field !== 'stage' || value === null) return value;
  const said = Object.entries(fieldsOf(value)).filter(
    ([name, one]) => one !== null && one !== 0 && one !== 'NONE' && !SILENT.has(name),
  );
  return Object.fromEntries(said);
}

const SILENT = new Set(['__typename', 'id', 'modelId', 'stageOrder', 'createdAt', 'workflowId']);
