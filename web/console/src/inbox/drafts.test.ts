// @vitest-environment jsdom

import { beforeEach, expect, test, vi } from 'vitest';
import { makeDrafts, NOTHING } from './drafts.ts';

beforeEach(() => sessionStorage.clear());

test('what was written is there after a reload, for whoever wrote it', () => {
  makeDrafts(sessionStorage, 'noor').set('letter', { edit: 'Dear', notes: 'shorter' });
  expect(makeDrafts(sessionStorage, 'noor').get('letter')).toEqual({ edit: 'Dear', notes: 'shorter' });
  expect(makeDrafts(sessionStorage, 'ivo').get('letter')).toBe(NOTHING);
  expect(makeDrafts(sessionStorage, 'noor').get('another')).toBe(NOTHING);
});

test('nothing leaves nothing behind', () => {
  const drafts = makeDrafts(sessionStorage, 'noor');
  drafts.set('letter', { edit: null, notes: 'shorter' });
  drafts.set('letter', NOTHING);
  expect(sessionStorage).toHaveLength(0);
});

test('what does not fit into the tab is kept by the page', () => {
  const full = {
    getItem: () => null,
    setItem: () => {
      throw new Error('full');
    },
  } as unknown as Storage;
  const drafts = makeDrafts(full, 'noor');
  drafts.set('letter', { edit: 'long', notes: '' });
  expect(drafts.get('letter').edit).toBe('long');
});

test('a long edit is stored once nobody writes, or the page is left', () => {
  vi.useFakeTimers();
  const drafts = makeDrafts(sessionStorage, 'noor');
  const long = (end: string) => ({ edit: 'word '.repeat(50_000) + end, notes: '' });
  drafts.set('letter', long('a'));
  drafts.set('letter', long('b'));
  expect(sessionStorage).toHaveLength(0);
  vi.runAllTimers();
  expect(makeDrafts(sessionStorage, 'noor').get('letter')).toEqual(long('b'));
  drafts.set('letter', long('c'));
  window.dispatchEvent(new Event('pagehide'));
  expect(makeDrafts(sessionStorage, 'noor').get('letter')).toEqual(long('c'));
  vi.useRealTimers();
});
