import type { PageAction } from '../../ui/keys.ts';
import { statusMark } from '../../ui/status.ts';
import { moment } from '../../ui/time.ts';
import type { AnythingQuery } from './Anything.generated.ts';
import type { RecentQuery } from './Recent.generated.ts';

/** Something that the palette offers: where it leads, or what it does. */
export interface Entry {
  id: string;
  title: string;
  /** What kind of thing it is, behind its name. */
  kind: string;
  run: () => void;
}

const UUID = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/i;

/** The id in what was pasted, whatever stands around it. */
export const idIn = (text: string): string | null => text.match(UUID)?.[0].toLowerCase() ?? null;

/** An id as pages shorten it: `01a22d96…a24b`, or its first groups, `01a22d92-42b2`. */
const SHORT_ID = /\b([0-9a-f]{8}(?:-[0-9a-f]{1,4}){0,3}-?)(?:(?:…|\.{2,3})([0-9a-f]{2,12}))?(?![0-9a-z])/i;

/** Does an id look like the shortened one in the text? Null: there is none in it. */
export function shortIdIn(text: string): ((id: string) => boolean) | null {
  const [found, head = '', tail = ''] = text.toLowerCase().match(SHORT_ID) ?? [];
  return found === undefined ? null : (id) => id.startsWith(head) && id.endsWith(tail);
}

/** The search without `start`, where one wants to start what the rest names; null where one does not. */
export function startedIn(search: string): string | null {
  const [first = '', ...rest] = search.trim().split(/\s+/u);
  const isStart = first.length > 1 && 'start'.startsWith(first.toLocaleLowerCase());
  return isStart ? rest.join(' ') : null;
}

/** Does every word of the search occur, in any order? */
export function matches(title: string, search: string): boolean {
  const name = title.toLocaleLowerCase();
  return search
    .toLocaleLowerCase()
    .split(/\s+/u)
    .every((word) => name.includes(word));
}

/** Where an id leads: a run, an attempt, a workflow, a stage, a snapshot, a model; `go` takes the path. */
export function placesOf(found: AnythingQuery, go: (path: string) => void): Entry[] {
  const { execution, executionLog: log, workflow, stage, snapshot, model } = found;
  const places: (Omit<Entry, 'run'> & { path: string })[] = [];
  if (execution) places.push({ id: execution.id, title: 'This run', kind: 'run', path: `/runs/${execution.id}` });
  if (log) {
    const path = `/runs/${log.executionId}?log=${log.id}`;
    places.push({ id: log.id, title: `An attempt at stage ${log.stageOrder}`, kind: 'attempt', path });
  }
  if (workflow) {
    places.push({ id: workflow.id, title: workflow.name, kind: 'workflow', path: `/workflows/${workflow.id}` });
  }
  if (stage) {
    const path = `/workflows/${stage.workflowId}?stage=${stage.stageOrder}`;
    places.push({ id: stage.id, title: stage.name ?? `Stage ${stage.stageOrder}`, kind: 'stage', path });
  }
  if (snapshot) {
    const of = snapshot.sourceWorkflow;
    const path = of ? `/workflows/${of.id}/snapshots?chosen=${snapshot.id}` : `/snapshots?chosen=${snapshot.id}`;
    places.push({ id: snapshot.id, title: snapshot.name, kind: 'snapshot', path });
  }
  if (model) places.push({ id: model.id, title: model.name, kind: 'model', path: `/models?chosen=${model.id}` });
  return places.map(({ path, ...place }) => ({ ...place, run: () => go(path) }));
}

/** Steps through what is shown: their key is the quicker way, and one of them alone is nothing to look for. */
const STEPS = new Set(['J', 'K', '[', ']', 'Esc', 'Ctrl K']);

/** What the page can do, in the words of its keys, the page itself before what stands around it. */
export function doable(actions: readonly PageAction[]): Entry[] {
  const entries = new Map<string, Entry>();
  const acting = new Set<string>();
  for (const { does, keys, run } of [...actions].reverse()) {
    if (keys && (STEPS.has(keys) || acting.has(keys))) continue;
    if (keys) acting.add(keys);
    const title = `${does.charAt(0).toLocaleUpperCase()}${does.slice(1)}`;
    if (!entries.has(title)) entries.set(title, { id: `do ${title}`, title, kind: keys ?? 'do', run });
  }
  return [...entries.values()];
}

/** Runs and workflows whose id is like a shortened one. */
export function recentOf(
  { executions, workflows }: RecentQuery,
  isLike: (id: string) => boolean,
  go: (path: string) => void,
): Entry[] {
  const runs = executions.nodes.map(({ id, createdAt, status, statusReason, workflow }) => {
    const state = statusMark(status, statusReason).word.toLocaleLowerCase();
    return {
      id,
      title: `${workflow?.name ?? 'A run'}, ${moment(createdAt)}, ${state}`,
      kind: 'run',
      path: `/runs/${id}`,
    };
  });
  const written = workflows.nodes.map(({ id, name }) => ({
    id,
    title: name,
    kind: 'workflow',
    path: `/workflows/${id}`,
  }));
  return [...runs, ...written].flatMap(({ path, ...place }) =>
    isLike(place.id) ? [{ ...place, run: () => go(path) }] : [],
  );
}
