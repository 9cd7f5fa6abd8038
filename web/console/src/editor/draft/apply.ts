import { type Draft, type DraftStage, type Edit, type StageFields, type Unfinished, unfinishedOf } from './draft.ts';
import { ordersWithMoved, ordersWithNew } from './orders.ts';
import { namedOrders, renumber } from './renumber.ts';

/** What a new stage says. */
export const EMPTY: StageFields = {
  key: null,
  name: null,
  systemTemplate: null,
  messages: null,
  promptTemplate: null,
  retryPromptTemplate: null,
  modelId: null,
  timeoutSeconds: null,
  validationType: 'NONE',
  validationCriteria: null,
  outputVariables: null,
  inputVariableMapping: null,
  retryLimit: 0,
  nextStageOnPass: null,
  nextStageOnFail: null,
  routes: null,
  forEach: null,
  flowiseConfig: null,
};

/** The draft after an edit; the same one where that changes nothing. */
export function apply(draft: Draft, edit: Edit): Draft {
  switch (edit.kind) {
    case 'set':
      return set(draft, edit);
    case 'workflow':
      return draft[edit.field] === edit.value ? draft : { ...draft, [edit.field]: edit.value };
    case 'add':
      return add(draft, edit);
    case 'remove':
      return remove(draft, edit);
    case 'move':
      return move(draft, edit);
    case 'unfinished': {
      const others = withoutUnfinished(draft, edit.left);
      return { ...others, unfinished: [...unfinishedOf(others), edit.left] };
    }
    case 'finished':
      return withoutUnfinished(draft, edit);
  }
}

function set(draft: Draft, { local, field, value }: Extract<Edit, { kind: 'set' }>): Draft {
  const stage = draft.stages.find((one) => one.local === local);
  if (!stage || stage.fields[field] === value) return draft;
  const changed = { ...stage, fields: { ...stage.fields, [field]: value } };
  return { ...draft, stages: draft.stages.map((one) => (one === stage ? changed : one)) };
}

function add(draft: Draft, { at, fields, local = nextLocal(draft) }: Extract<Edit, { kind: 'add' }>): Draft {
  const place = Math.max(0, Math.min(at, draft.stages.length));
  const orders = ordersWithNew(ordersOf(draft), place, namedOrders(draft));
  const moved = renumber(draft, orders.toSpliced(place, 1));
  const stage: DraftStage = { local, id: null, order: orders[place] ?? 1, fields: { ...EMPTY, ...fields } };
  return { ...moved, stages: moved.stages.toSpliced(place, 0, stage) };
}

function move(draft: Draft, { local, to }: Extract<Edit, { kind: 'move' }>): Draft {
  const from = draft.stages.findIndex((stage) => stage.local === local);
  const stage = draft.stages[from];
  const place = Math.max(0, Math.min(to, draft.stages.length - 1));
  if (!stage || from === place) return draft;
  const stages = draft.stages.toSpliced(from, 1).toSpliced(place, 0, stage);
  return renumber({ ...draft, stages }, ordersWithMoved(ordersOf(draft), from, place));
}

function remove(draft: Draft, { local }: Extract<Edit, { kind: 'remove' }>): Draft {
  const stages = draft.stages.filter((stage) => stage.local !== local);
  return withUnfinished({ ...draft, stages }, (one) => one.local !== local);
}

/** Without what one control holds. */
const withoutUnfinished = (draft: Draft, of: Pick<Unfinished, 'local' | 'label'>): Draft =>
  withUnfinished(draft, ({ local, label }) => local !== of.local || label !== of.label);

function withUnfinished(draft: Draft, stays: (one: Unfinished) => boolean): Draft {
  const all = unfinishedOf(draft);
  const left = all.filter(stays);
  return left.length === all.length ? draft : { ...draft, unfinished: left };
}

const ordersOf = ({ stages }: Draft) => stages.map(({ order }) => order);

/** What the next new stage is called by here. */
function nextLocal({ stages }: Draft): string {
  const numbers = stages.map(({ local }) => Number(/^new-(\d+)$/.exec(local)?.[1] ?? 0));
  return `new-${Math.max(0, ...numbers) + 1}`;
}
