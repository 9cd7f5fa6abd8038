import { cleanup, render, screen } from '@testing-library/react';
import { useRef } from 'react';
import { afterEach, expect, test, vi } from 'vitest';
import type { TextState } from './mounted/mount.ts';
import { useMounted } from './useMounted.ts';

const happened = vi.hoisted<unknown[]>(() => []);
vi.mock('./mounted/mount.ts', () => ({
  mount() {
    // Whatever comes next: a key that was pressed meanwhile.
    queueMicrotask(() => happened.push('next'));
    return { show() {}, insert() {}, destroy() {}, focus: (at: object) => happened.push(at) };
  },
}));

afterEach(cleanup);

const state: TextState = {
  label: 'Prompt',
  value: 'About bats',
  mode: 'said',
  grammar: {} as TextState['grammar'],
  completions: [],
  problems: [],
};

function Field() {
  const area = useRef<HTMLTextAreaElement>(null);
  const { host, isMounted } = useMounted(area, state, { onChange() {}, onLeave() {} });
  return (
    <>
      <div ref={host} />
      {!isMounted && <textarea ref={area} aria-label="Prompt" defaultValue={state.value} />}
    </>
  );
}

test('who writes while the editor comes has the caret in it before the next key', async () => {
  render(<Field />);
  const plain = screen.getByLabelText<HTMLTextAreaElement>('Prompt');
  plain.focus();
  plain.setSelectionRange(3, 5);
  await vi.waitFor(() => expect(happened).toContain('next'));
  expect(happened).toEqual([{ anchor: 3, head: 5 }, 'next']);
  expect(screen.queryByLabelText('Prompt')).toBe(null);
});
