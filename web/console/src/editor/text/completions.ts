import { fieldsOf } from '../../definition/shape.ts';
import type { Draft, DraftStage, StageFields } from '../draft/draft.ts';
import { flowOf, type Left } from '../draft/flow.ts';
import { mappedPaths, spotsOf } from '../draft/spots.ts';
import { isName, placeholders } from './template.ts';

/** An input that only the draft asks for: it may be what is being written. */
export const NEW_INPUT = 'a new input';

/** What `{{` may go on with. */
export interface Completion {
  /** What is written between the braces. */
  name: string;
  /** What it is: "an input", "stage 2, Facts". */
  from: string;
}

/**
 * Exactly what resolves in a text of this stage: what its mapping names, inputs, its item, what stages may have left when it
 * begins, and what is there in this field alone. `inputNames` are those of the saved workflow.
 */
export function completionsFor(
  draft: Draft,
  local: string,
  field: string,
  inputNames: readonly string[] = [],
): Completion[] {
  const { stages } = draft;
  const at = stages.findIndex((one) => one.local === local);
  const stage = stages[at];
  if (!stage) return [];
  const own = given(field);
  const taken = takenIn(stage.fields, field);
  const mapped = Object.keys(fieldsOf(stage.fields.inputVariableMapping)).filter(
    (name) => isName(name) && !own.some((one) => one.name === name),
  );
  return [
    ...own,
    ...mapped.map((name) => ({ name, from: sourceOf(stage, name) })),
    ...inputsOf(draft, inputNames)
      .filter(isSegment)
      .map((name) => ({
        name: isName(name) && !taken.has(name) ? name : `inputs.${name}`,
        from: inputNames.includes(name) ? 'an input' : NEW_INPUT,
      })),
    ...itemOf(draft, stage),
    ...stages.flatMap((source, place) =>
      broughtBy(source, {
        root: rootOf(source, stages),
        reader: stage,
        may: (left) => flowOf(stages)(left, place, at),
      }),
    ),
  ];
}

/** What a failure left, where the text follows one, and what is judged. */
function given(field: string): Completion[] {
  const output = { name: 'output', from: 'the answer that failed' };
  if (field === 'retryPromptTemplate') return [output, { name: 'notes', from: 'what was said of it' }];
  return field === 'validationCriteria.prompt' ? [{ name: 'output', from: 'the answer that is judged' }] : [];
}

/** The names that mean something else than an input in this text of a stage. */
export function takenIn(fields: StageFields, field: string): Set<string> {
  const mapped = Object.keys(fieldsOf(fields.inputVariableMapping));
  const item = fields.forEach === null ? [] : ['item', 'index'];
  return new Set([...mapped, ...item, ...given(field).map(({ name }) => name)]);
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
  return spotsOf(fields).flatMap(({ field, says }) => {
    if (!('template' in says)) return [];
    const taken = takenIn(fields, field);
    const found = placeholders(says.template).filter(({ isEscaped }) => !isEscaped);
    return found.flatMap(({ name, isPath }) => (isPath ? inputAt(name) : taken.has(name) ? [] : [name]));
  });
}

function itemOf(draft: Draft, { fields }: DraftStage): Completion[] {
  const list = fieldsOf(fields.forEach).in;
  if (typeof list !== 'string') return [];
  const from = `each of ${list}`;
  const inner = namesIn(fieldsOf(schemaAt(draft, list)).items).map((name) => ({ name: `item.${name}`, from }));
  return [{ name: 'item', from }, ...inner, { name: 'index', from: 'its place in the list, from 0' }];
}

/** What a stage brings another one, of all that it may have left when that one begins. */
function broughtBy(
  source: DraftStage,
  { root, reader, may }: { root: string; reader: DraftStage; may: (left: Left) => boolean },
): Completion[] {
  const { fields } = source;
  const isList = fields.forEach !== null;
  const isSaid = !isList && fields.validationType !== 'NONE';
  // After a key a variable is named at once, where its name means nothing else there.
  const isPart = (name: string) => PARTS.includes(name.split('.')[0] ?? '');
  const at = (name: string) => (root === fields.key && !isPart(name) ? `${root}.${name}` : `${root}.output.${name}`);
  // Every item of a list is at hand where each of a list is run for.
  const hasItem = isList && reader.fields.forEach !== null;
  const items = hasItem ? [`${root}.item`, ...variablesOf(fields).map((name) => `${root}.item.${name}`)] : [];
  const output = [...(isList ? ['items'] : variablesOf(fields)).map(at), ...items, `${root}.output`, `${root}.raw`];
  const failed = ['raw', 'notes', ...(isList ? ['index'] : [])].map((part) => `${root}.failed.${part}`);
  const parts = [
    ...(may('output') ? output : []),
    ...(may('notes') && isSaid ? [`${root}.notes`] : []),
    ...(may('failed') ? failed : []),
  ];
  const from = source === reader ? 'this stage, when it ran before' : calledBy(source);
  return parts.map((name) => ({ name, from }));
}

const calledBy = ({ order, fields }: DraftStage) => [`stage ${order}`, fields.name].filter(Boolean).join(', ');

/** Right after a key these words mean something else than a variable. */
const PARTS = ['output', 'raw', 'notes', 'failed', 'item'];

/** What paths may call a stage: its key, where that is one, else its number. */
function rootOf({ order, fields: { key } }: DraftStage, stages: readonly DraftStage[]): string {
  const isKey = key !== null && isName(key) && !['inputs', 'item', 'index'].includes(key) && !key.startsWith('stage_');
  return isKey && stages.filter(({ fields }) => fields.key === key).length === 1 ? key : `stage_${order}`;
}

/** The variables of an answer, with what is known of what is in them. */
function variablesOf({ outputVariables }: StageFields): string[] {
  const variables = Object.entries(fieldsOf(outputVariables));
  if (variables.length === 0) return ['text'];
  return variables.flatMap(([name, schema]) =>
    isSegment(name) ? [name, ...namesIn(schema).map((inner) => `${name}.${inner}`)] : [],
  );
}

/** The names in what may be an object; in nothing else anything is called by one. */
function namesIn(schema: unknown): string[] {
  const { type, properties } = fieldsOf(schema);
  return typeof type === 'string' && type !== 'object' ? [] : Object.keys(fieldsOf(properties)).filter(isSegment);
}

/** Could it stand between two dots? */
const isSegment = (word: string): boolean => isName(word) || /^[0-9]+$/.test(word);

/** The schema of the variable of a stage to which a path leads. */
function schemaAt(draft: Draft, path: string): unknown {
  const [root = '', ...rest] = path.split('.');
  const stage = draft.stages.find((one) => root === `stage_${one.order}` || root === one.fields.key);
  const [variable] = rest[0] === 'output' ? rest.slice(1) : rest;
  if (!stage || variable === undefined) return null;
  const variables = fieldsOf(stage.fields.outputVariables);
  if (stage.fields.forEach === null) return variables[variable];
  const names = variablesOf(stage.fields).filter((name) => !name.includes('.'));
  return variable === 'items' ? { items: { properties: Object.fromEntries(names.map((name) => [name, {}])) } } : null;
}
