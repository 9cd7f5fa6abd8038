import { fieldsOf } from '../../definition/shape.ts';
import type { Draft, DraftStage, StageFields } from '../draft/draft.ts';
import { mappedPaths, spotsOf } from '../draft/spots.ts';
import { placeholders } from './template.ts';

/** What `{{` may go on with. */
export interface Completion {
  /** What is written between the braces. */
  name: string;
  /** What it is: "an input", "stage 2, Facts". */
  from: string;
}

/**
 * Exactly what resolves in a text of this stage: what its mapping names, inputs, what earlier stages bring, and what is there
 * in this field alone. `inputNames` are those of the saved workflow.
 */
export function completionsFor(
  draft: Draft,
  local: string,
  field: string,
  inputNames: readonly string[] = [],
): Completion[] {
  const stage = draft.stages.find((one) => one.local === local);
  if (!stage) return [];
  const mapped = Object.keys(fieldsOf(stage.fields.inputVariableMapping));
  const all = [
    ...given(field),
    ...mapped.map((name) => ({ name, from: sourceOf(stage, name) })),
    ...inputsOf(draft, inputNames).map((name) => ({
      name: mapped.includes(name) ? `inputs.${name}` : name,
      from: 'an input',
    })),
    ...itemOf(draft, stage),
    ...draft.stages.filter(({ order }) => order < stage.order).flatMap((earlier) => broughtBy(earlier, stage)),
  ];
  return [...new Map(all.reverse().map((one) => [one.name, one])).values()].reverse();
}

/** What a failure left, where the text follows one, and what is judged. */
export function given(field: string): Completion[] {
  const output = { name: 'output', from: 'the answer that failed' };
  if (field === 'retryPromptTemplate') return [output, { name: 'notes', from: 'what was said of it' }];
  return field === 'validationCriteria.prompt' ? [{ name: 'output', from: 'the answer that is judged' }] : [];
}

function sourceOf({ fields }: DraftStage, name: string): string {
  const paths = mappedPaths(fields.inputVariableMapping).filter(({ variable }) => variable === name);
  return paths.map(({ path }) => path).join(' or ') || 'mapped';
}

/** The inputs that the draft asks for anywhere, after those that it asked for when it was saved. */
export function inputsOf(draft: Draft, inputNames: readonly string[]): string[] {
  const stages = draft.stages.map(({ fields }) => namedIn(fields));
  const answered = mappedPaths(draft.outputMapping).flatMap(({ path }) => inputAt(path));
  const paths = [...stages.flatMap((named) => named.paths), ...answered];
  return [...new Set([...inputNames, ...paths, ...stages.flatMap((named) => named.templates)])];
}

interface NamedInputs {
  paths: string[];
  templates: string[];
}

/** Of each stage as it is they are found once: whoever types changes one stage, and all are asked at every key. */
const named = new WeakMap<StageFields, NamedInputs>();

function namedIn(fields: StageFields): NamedInputs {
  const known = named.get(fields);
  if (known) return known;
  const paths = spotsOf(fields).flatMap(({ says }) => ('path' in says ? inputAt(says.path) : []));
  const found = { paths, templates: inTexts(fields) };
  named.set(fields, found);
  return found;
}

function inputAt(path: string): string[] {
  const [root, name] = path.split('.');
  return root === 'inputs' && name ? [name] : [];
}

/** In texts an input may be called by its name alone, where nothing else is called so. */
function inTexts(fields: StageFields): string[] {
  const mapped = Object.keys(fieldsOf(fields.inputVariableMapping));
  const item = fields.forEach === null ? [] : ['item', 'index'];
  return spotsOf(fields).flatMap(({ field, says }) => {
    if (!('template' in says)) return [];
    const taken = [...mapped, ...item, ...given(field).map(({ name }) => name)];
    const found = placeholders(says.template).filter(({ isEscaped }) => !isEscaped);
    return found.flatMap(({ name, isPath }) => (isPath ? inputAt(name) : taken.includes(name) ? [] : [name]));
  });
}

function itemOf(draft: Draft, { fields }: DraftStage): Completion[] {
  const list = fieldsOf(fields.forEach).in;
  if (typeof list !== 'string') return [];
  const from = `each of ${list}`;
  const inner = namesIn(fieldsOf(schemaAt(draft, list)).items).map((name) => ({ name: `item.${name}`, from }));
  return [{ name: 'item', from }, ...inner, { name: 'index', from: 'its place in the list, from 0' }];
}

/** What another stage over the same list brought at this place, and what any stage brings. */
function broughtBy(earlier: DraftStage, stage: DraftStage): Completion[] {
  const { order, fields } = earlier;
  const from = `stage ${order}${fields.name ? `, ${fields.name}` : ''}`;
  const list = fieldsOf(fields.forEach).in;
  const root = fields.key ?? `stage_${order}`;
  const output = fields.key ? fields.key : `stage_${order}.output`;
  const variables = list === undefined ? variablesOf(earlier, output, root) : [`${output}.items`];
  const isBeside = list !== undefined && list === fieldsOf(stage.fields.forEach).in;
  const parts = [
    ...variables,
    ...(isBeside ? [`${root}.item`] : []),
    `${root}.raw`,
    ...(['LLM', 'MANUAL'].includes(fields.validationType) ? [`${root}.notes`] : []),
    ...(fields.nextStageOnFail ? [`${root}.failed.raw`, `${root}.failed.notes`] : []),
  ];
  return parts.map((name) => ({ name, from }));
}

/** Right after a key these words mean something else than a variable. */
const PARTS = ['output', 'raw', 'notes', 'failed', 'item'];

function variablesOf({ fields }: DraftStage, output: string, root: string): string[] {
  const variables = fieldsOf(fields.outputVariables);
  const names = fields.outputVariables == null ? ['text'] : Object.keys(variables);
  return names.flatMap((name) => {
    const path = fields.key && PARTS.includes(name) ? `${root}.output.${name}` : `${output}.${name}`;
    return [path, ...namesIn(variables[name]).map((inner) => `${path}.${inner}`)];
  });
}

const namesIn = (schema: unknown): string[] => Object.keys(fieldsOf(fieldsOf(schema).properties));

/** The schema of the variable of a stage to which a path leads. */
function schemaAt(draft: Draft, path: string): unknown {
  const [root = '', ...rest] = path.split('.');
  const stage = draft.stages.find(({ order, fields }) => root === `stage_${order}` || root === fields.key);
  const [variable] = rest[0] === 'output' ? rest.slice(1) : rest;
  return variable === undefined ? null : fieldsOf(stage?.fields.outputVariables)[variable];
}
