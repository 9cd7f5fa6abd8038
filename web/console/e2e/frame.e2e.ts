import { expect, test } from 'vitest';
import { visit } from './support/browser.ts';
import { opened } from './support/opened.ts';

const { server, browser } = await opened();

test('every page is shown under the policy, without a complaint', async () => {
  const token = server.token();
  const { page, complaints, close } = await visit(browser, server.origin, '/', { token });
  for (const name of ['Runs', 'Inbox', 'Models']) {
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name }).click();
    await page.locator('h1').waitFor();
  }
  expect(complaints).toEqual([]);
  await close();
});
