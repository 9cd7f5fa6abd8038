import type { AnythingQuery } from './Anything.generated.ts';

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
  if (model) places.push({ id: model.id, title: model.name, kind: 'model', path: '/models' });
  return places.map(({ path, ...place }) => ({ ...place, run: () => go(path) }));
}
