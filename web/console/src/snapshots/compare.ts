import type { Difference } from '../definition/differences.ts';
import { fieldsOf } from '../definition/shape.ts';
import { counted } from '../ui/time.ts';

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
