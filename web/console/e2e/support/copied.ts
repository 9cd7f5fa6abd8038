import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** What stands in the clipboard after that was chosen. */
export async function copied(page: Page, menu: string, how: 'GraphQL' | 'curl'): Promise<string> {
  await page.evaluate(() => navigator.clipboard.writeText(''));
  await page.getByRole('main').getByRole('button', { name: menu }).click();
  await page.getByRole('menuitem', { name: `Copy as ${how}` }).click();
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
  await expect.poll(clipboard).not.toBe('');
  return clipboard();
}
