import { expect, test } from 'vitest';
import { accessibilityFaults, PHONE, scrollsSideways, visit } from './support/browser.ts';
import { opened } from './support/opened.ts';

const { server, browser } = await opened();

test('an administrator adds, changes and deletes a model; others read the catalogue', async () => {
  const admin = await visit(browser, server.origin, '/models', { token: server.token({ admin: true }) });
  const { page } = admin;
  await page.getByRole('button', { name: 'Add a model' }).click();
  await page.getByLabel('Name, for people').fill('Quick one');
  await page.getByLabel('Provider', { exact: true }).fill('openai');
  await page.getByLabel('What the provider calls it').fill('quick-1');
  await page.getByLabel('Settings of every call').fill('{"temperature": 3000}');
  await page.getByRole('button', { name: 'Save the model' }).click();
  await page
    .getByRole('dialog')
    .getByText(/temperature/)
    .first()
    .waitFor();
  await page.getByLabel('Settings of every call').fill('{"temperature": 0.2}');
  await page.getByRole('button', { name: 'Save the model' }).click();
  await page.getByRole('heading', { name: 'Quick one' }).waitFor();
  // The server of this test has a key of OpenAI's alone.
  const providers = page.getByRole('main').getByRole('heading', { level: 2 });
  expect((await providers.allTextContents())[0]).toBe('openai');
  await page.getByText('needs ANTHROPIC_API_KEY').waitFor();
  await page.getByRole('button', { name: 'Change Quick one' }).click();
  await page.getByLabel('How many tokens').fill('128,000');
  await page.getByRole('button', { name: 'Save the model' }).click();
  await page.getByRole('listitem').filter({ hasText: 'Quick one' }).getByText('128,000 tokens fit').waitFor();

  const other = await visit(browser, server.origin, '/models', { token: server.token() });
  await other.page.getByRole('heading', { name: 'Quick one' }).waitFor();
  expect(await other.page.getByRole('button', { name: 'Add a model' }).count()).toBe(0);

  await page.getByRole('button', { name: 'Delete Quick one' }).click();
  await page.getByRole('button', { name: 'Delete the model' }).click();
  await page.getByRole('heading', { name: 'Quick one', exact: true }).waitFor({ state: 'detached' });
  expect([...admin.complaints, ...other.complaints]).toEqual([]);
  await Promise.all([admin.close(), other.close()]);
});

test('profile, saved prompts and theme are kept', async () => {
  const token = server.token();
  const { page, complaints, close } = await visit(browser, server.origin, '/settings', { token });
  await page.getByLabel('Your name').fill('Márta Szentgyörgyi-Vashegyi');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('banner').getByText('Márta').waitFor();
  await page.getByRole('button', { name: 'Keep a prompt' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Plain words');
  await page.getByLabel('Prompt', { exact: true }).fill('No sentence over 20 words.');
  await page.getByRole('button', { name: 'Keep it' }).click();
  await page.getByRole('listitem').getByText('No sentence over 20 words.').waitFor();
  await page.getByLabel('Dark').check();
  await page.reload();
  expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
  const { me } = await server.data<{ me: { fullName: string; savedPrompts: { name: string }[] } }>(
    token,
    '{ me { fullName savedPrompts { name } } }',
  );
  expect(me).toEqual({ fullName: 'Márta Szentgyörgyi-Vashegyi', savedPrompts: [{ name: 'Plain words' }] });
  expect(complaints).toEqual([]);
  await close();
});

test('axe has nothing against models and settings, and a phone needs no sideways scrolling', async () => {
  await server.model('A model with a name that is rather long for a catalogue');
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const path of ['/models', '/settings']) {
      const token = server.token({ admin: true });
      const { page, close } = await visit(browser, server.origin, path, { token, colorScheme });
      await page.getByRole('status').filter({ hasText: /\S/ }).first().waitFor();
      expect(await accessibilityFaults(page)).toEqual([]);
      await close();
      const phone = await visit(browser, server.origin, path, { ...PHONE, token, colorScheme });
      await phone.page.getByRole('status').filter({ hasText: /\S/ }).first().waitFor();
      expect(await scrollsSideways(phone.page)).toBe(false);
      await phone.page.getByRole('button', { name: 'More', exact: true }).click();
      await phone.page.getByRole('menuitem', { name: 'Settings' }).click();
      await phone.page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
      await phone.close();
    }
  }
});
