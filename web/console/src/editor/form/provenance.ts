import type { Draft, DraftStage, StageFields } from '../draft/draft.ts';
import { mappedPaths, spotsOf } from '../draft/spots.ts';
import { placeholders } from '../text/template.ts';

/** Where a path leads, in words; null while it is not written. */
export function provenance(path: string, stages: readonly DraftStage[]): string | null {
  const [root = '', ...rest] = path.split('.');
  if (path.trim() === '') return null;
  const inner = rest.join('.');
  if (root === 'inputs') return inner ? 'the run’s inputs' : 'the inputs, without a name yet';
  if (root === 'item' || root === 'index') return 'the item';
  const stage = stageOfPath(root, stages);
  if (!stage) return `no stage is called ${root}`;
  return [`stage ${stage.order}`, stage.fields.name].filter(Boolean).join(', ');
}

function stageOfPath(root: string, stages: readonly DraftStage[]): DraftStage | undefined {
  const order = /^stage_(\d+)$/.exec(root)?.[1];
  return stages.find((stage) => (order ? stage.order === Number(order) : stage.fields.key === root));
}

/** Paths that lead somewhere in this workflow: its inputs, and what the stages bring. */
export function knownPaths(stages: readonly DraftStage[], inputNames: readonly string[]): string[] {
  const inputs = inputNames.map((name) => `inputs.${name}`);
  return [...inputs, ...stages.flatMap(pathsOfStage)];
}

function pathsOfStage({ order, fields }: DraftStage): string[] {
  const root = `stage_${order}`;
  const { outputVariables, forEach, key } = fields;
  const names =
    typeof outputVariables === 'object' && outputVariables !== null ? Object.keys(outputVariables) : ['text'];
  const outputs = forEach === null ? names : ['items'];
  const own = outputs.map((name) => (key ? `${key}.${name}` : `${root}.output.${name}`));
  const more = ['output', 'raw', 'notes', 'failed.raw', 'failed.notes'].map((part) => `${key ?? root}.${part}`);
  return [...own, ...more];
}

/** The orders of the stages that read this variable of a stage's output, and whether the workflow's answer does. */
export function readersOf(draft: Draft, stage: DraftStage, variable: string): { stages: number[]; answer: boolean } {
  const { order, fields } = stage;
  const roots = [`stage_${order}.output`, ...(fields.key ? [fields.key, `${fields.key}.output`] : [])];
  const keys = draft.stages.flatMap((one) => one.fields.key ?? []);
  const reads = (path: string) =>
    roots.some((root) => path === `${root}.${variable}` || path.startsWith(`${root}.${variable}.`));
  const whole = (path: string) => path === `stage_${order}.output` || path === `${fields.key}.output`;
  const stages = draft.stages.filter(({ fields }) => pathsIn(fields, keys).some((path) => reads(path) || whole(path)));
  const answer = mappedPaths(draft.outputMapping).some(({ path }) => reads(path) || whole(path));
  return { stages: stages.map((one) => one.order), answer };
}

/** Of each stage as it is its paths are found once: whoever types changes one stage, and all are asked at every key. */
const found = new WeakMap<StageFields, { keys: string; paths: string[] }>();

/** Every path that a stage reads, in its fields and its templates. */
function pathsIn(fields: StageFields, keys: readonly string[]): string[] {
  const all = keys.join(' ');
  const known = found.get(fields);
  if (known?.keys === all) return known.paths;
  const grammar = { keys: new Set(keys) };
  const paths = spotsOf(fields).flatMap(({ says }) => {
    if ('path' in says) return [says.path];
    return 'template' in says ? placeholders(says.template, grammar).map(({ name }) => name) : [];
  });
  found.set(fields, { keys: all, paths });
  return paths;
}

/** The same in words. */
export function readersInWords({ stages, answer }: { stages: number[]; answer: boolean }): string {
  const last = stages.at(-1);
  const named = [
    stages.length === 1 && `stage ${last}`,
    stages.length > 1 && `stages ${stages.slice(0, -1).join(', ')} and ${last}`,
    answer && 'the answer',
  ].filter(Boolean);
  return named.join(', ') || 'nobody yet';
}
