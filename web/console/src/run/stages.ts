import type { MarkName } from '../ui/Mark.tsx';

/** A stage as the run is pinned to it, as far as its page tells it. */
export interface RunStage {
  stageOrder: number;
  name: string | null;
  /** Who or what judges its answers. */
  judge: 'NONE' | 'MANUAL' | 'REGEX' | 'FUNCTION' | 'LLM';
  /** The pattern or the function by which it judges, where it does by one. */
  rule: string | null;
  /** It runs for each item of a list, and passes also where some have failed. */
  skipsItems: boolean;
  model: string | null;
  judgeModel: string | null;
}

/** Reads the stages of `Execution.definition`. */
export function stagesOf(definition: unknown): RunStage[] {
  const { stages } = record(definition);
  if (!Array.isArray(stages)) return [];
  return stages.map(record).map((stage) => ({
    stageOrder: Number(stage.stageOrder),
    name: text(stage.name),
    judge: judge(stage.validationType),
    rule: rule(record(stage.validationCriteria)),
    skipsItems: record(stage.forEach).onItemFail === 'skip',
    model: text(record(stage.model).name) ?? text(stage.modelIdentifierForFlowise),
    judgeModel: text(record(stage.judgeModel).name) ?? text(record(stage.model).name),
  }));
}

export function hasOutputMapping(definition: unknown): boolean {
  return record(definition).outputMapping != null;
}

/** What a JSON object has; nothing where it is none. */
export function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

const JUDGES = ['MANUAL', 'REGEX', 'FUNCTION', 'LLM'] as const;
const judge = (value: unknown): RunStage['judge'] => JUDGES.find((known) => known === value) ?? 'NONE';

/** A pattern; or a function with what it is given, as it is written. */
function rule({ pattern, mustMatch, functionName, args }: Record<string, unknown>): string | null {
  if (text(pattern)) return mustMatch === false ? `${pattern} (must not match)` : text(pattern);
  return text(functionName) && [functionName, args && JSON.stringify(args)].filter(Boolean).join(' ');
}

/** Who refused an answer of this stage, as a sentence says it. */
export function judgeName(stage: RunStage | undefined): string {
  switch (stage?.judge) {
    case 'MANUAL':
      return 'you';
    case 'LLM':
      return 'the judge';
    case 'REGEX':
      return 'its pattern';
    default:
      return 'its check';
  }
}

/** Are the notes on an answer of this stage somebody's words? A pattern and a function say nothing: the server tells what they found. */
export const judgeSpeaks = (stage: RunStage | undefined): boolean =>
  stage?.judge === 'LLM' || stage?.judge === 'MANUAL';

/** How a stage or an attempt stands, as a shape and a word. */
export interface Standing {
  mark: MarkName;
  word: string;
}
