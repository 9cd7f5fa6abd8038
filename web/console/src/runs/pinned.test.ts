import type { ApolloClient } from '@apollo/client';
import { expect, test, vi } from 'vitest';
import { stagesOfVersion } from './pinned.ts';

test('runs of one version ask for its stages once', async () => {
  const definition = { stages: [{ stageOrder: 2, name: 'Polish' }, { stageOrder: 1 }] };
  const query = vi.fn(async () => ({ data: { execution: { id: 'a', definition } } }));
  const client = { query } as unknown as ApolloClient;
  const run = { id: 'a', workflow: { id: 'w' }, workflowVersion: 3 };
  const both = [stagesOfVersion(client, run), stagesOfVersion(client, { ...run, id: 'b' })];
  const stages = [
    { stageOrder: 1, name: null },
    { stageOrder: 2, name: 'Polish' },
  ];
  expect(await Promise.all(both)).toEqual([stages, stages]);
  expect(query).toHaveBeenCalledTimes(1);
  await stagesOfVersion(client, { ...run, workflowVersion: 4 });
  expect(query).toHaveBeenCalledTimes(2);
});
