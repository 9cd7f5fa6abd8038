// The example in the hands of a person, in front of the real server.

import { cleanup, configure, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { StrictMode } from 'react';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startServer } from '../../../../tests/clients/support/server.mjs';
import { App } from '../src/App.tsx';

// A server, its provider and this page share one machine.
configure({ asyncUtilTimeout: 15_000 });

let server: Awaited<ReturnType<typeof startServer>>;
beforeAll(async () => {
  // The page is on an origin of its own.
  server = await startServer({ ALLOWED_ORIGINS: location.origin });
});
afterAll(() => server.stop());
afterEach(cleanup);

test('somebody signs in, starts a run, watches its words, refuses one answer and passes the next', async () => {
  const token = server.token();
  await server.workflow(token, [
    { name: 'Draft', promptTemplate: 'about {{topic}}', validationType: 'MANUAL', retryLimit: 1 },
    { name: 'Polish' },
  ]);
  render(<App url={server.url} />);

  fireEvent.change(screen.getByLabelText('Access token'), { target: { value: token } });
  fireEvent.click(screen.getByRole('button', { name: 'Sign in' }));
  fireEvent.change(await screen.findByLabelText('topic'), { target: { value: 'tea' } });
  fireEvent.click(screen.getByRole('button', { name: 'Start' }));

  await screen.findByText('1 to decide');
  await screen.findByText('one more word');
  fireEvent.change(screen.getByLabelText('Notes'), { target: { value: 'too short' } });
  fireEvent.click(screen.getByRole('button', { name: 'Refuse' }));
  await screen.findByText(/attempt 2/);
  expect(screen.getByText(/Draft, attempt 1: FAIL/)).toBeTruthy();
  fireEvent.click(await screen.findByRole('button', { name: 'Pass' }));

  const run = screen.getByRole('region', { name: 'Run' });
  await waitFor(() => expect(within(run).getByRole('status').textContent).toBe('COMPLETED'));
  expect(within(run).getByText('Polish, attempt 1: PASS')).toBeTruthy();
  await screen.findByText('0 to decide');
});

test('a run is watched on when the server was away, also where React does everything twice', async () => {
  const token = server.token();
  await server.workflow(token, [{ name: 'Draft', validationType: 'MANUAL' }]);
  render(
    <StrictMode>
      <App url={server.url} />
    </StrictMode>,
  );
  fireEvent.change(screen.getByLabelText('Access token'), { target: { value: token } });
  fireEvent.click(screen.getByRole('button', { name: 'Sign in' }));
  fireEvent.click(await screen.findByRole('button', { name: 'Start' }));
  const pass = await screen.findByRole('button', { name: 'Pass' });
  await server.kill();
  await screen.findByText(/The connection is lost/);
  await server.start();
  await screen.findByText('PAUSED');
  fireEvent.click(pass);
  await screen.findByText('COMPLETED');
});

test('a token that is not believed leads back to where one signs in', async () => {
  render(<App url={server.url} />);
  fireEvent.change(screen.getByLabelText('Access token'), { target: { value: 'no.such.token' } });
  fireEvent.click(screen.getByRole('button', { name: 'Sign in' }));
  await screen.findByRole('navigation', { name: 'Inbox' });
  await screen.findByLabelText('Access token');
});
