import { expect, test } from 'vitest';
import { kept, viewsIn, withViews } from './keptViews.ts';

const failed = { name: 'Failed since Monday', filter: { statuses: 'FAILED', since: '2026-11-30' } };

test('views are kept beside whatever else a person prefers', () => {
  const preferences = withViews({ theme: 'dark', editor: { lines: true } }, [failed]);
  expect(preferences).toMatchObject({ theme: 'dark', editor: { lines: true } });
  expect(viewsIn(preferences)).toEqual([failed]);
});

test('what is no view is left out', () => {
  expect(viewsIn(null)).toEqual([]);
  expect(viewsIn({ runViews: 'none' })).toEqual([]);
  expect(
    viewsIn({ runViews: [failed, 7, { name: 3, filter: {} }, { name: 'x', filter: { statuses: 'WHAT' } }] }),
  ).toEqual([failed, { name: 'x', filter: {} }]);
});

test('the same name is the same view', () => {
  const other = { name: failed.name, filter: { statuses: 'CANCELLED' } };
  expect(kept([failed], other)).toEqual([other]);
});
