import { cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { afterEach, expect, test, vi } from 'vitest';
import { useLedFocus } from './useLedFocus.ts';

afterEach(cleanup);

function Names() {
  const root = useLedFocus<HTMLDivElement>();
  const [names, setNames] = useState(['one', 'two']);
  const [isOffered, offer] = useState(true);
  return (
    <div ref={root}>
      <div>
        {names.map((name) => (
          <p key={name}>
            <input aria-label={name} defaultValue={name} />
            <button type="button" onClick={() => setNames(names.filter((one) => one !== name))}>
              Remove {name}
            </button>
          </p>
        ))}
      </div>
      <button type="button" onClick={() => setNames([...names, 'new'])}>
        Add
      </button>
      <button type="button" role="option" aria-selected="false" onClick={() => setNames([...names, 'other'])}>
        Choose
      </button>
      {isOffered && (
        <button type="button" onClick={() => offer(false)}>
          Take it
        </button>
      )}
      <button type="button">Last</button>
    </div>
  );
}

const press = (name: string) => userEvent.click(screen.getByText(name));
const focused = () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent;

test('what a button brings has the focus, and its text is there to be written over', async () => {
  render(<Names />);
  await press('Add');
  await vi.waitFor(() => expect(focused()).toBe('new'));
  await userEvent.keyboard('typed');
  expect(screen.getByLabelText<HTMLInputElement>('new').value).toBe('typed');
});

test('where a button goes, what stands in its place has it', async () => {
  render(<Names />);
  await press('Remove one');
  await vi.waitFor(() => expect(focused()).toBe('two'));
  await press('Remove two');
  await vi.waitFor(() => expect(focused()).toBe('Add'));
  await press('Take it');
  await vi.waitFor(() => expect(focused()).toBe('Last'));
});

test('a choice keeps it', async () => {
  render(<Names />);
  await press('Choose');
  await screen.findByLabelText('other');
  await new Promise(requestAnimationFrame);
  expect(focused()).toBe('Choose');
});
