// The licence texts of every package that has a file in a bundle, which their terms ask to pass on.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The folders of the packages that these files lie in. */
export const packagesOf = (files) => [
  ...new Set(files.flatMap((file) => file.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/) ?? [])),
];

/** One text for all of them; what lies in none of these packages is our own. */
export async function licencesOf(folders) {
  const notices = await Promise.all([...folders].sort().map(noticeOf));
  return `${notices.sort().join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

async function noticeOf(folder) {
  const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const names = (await readdir(folder)).filter((file) => /^(licen[cs]e|notice)/i.test(file));
  const texts = await Promise.all(
    names.sort().map(async (file) => (await readFile(join(folder, file), 'utf8')).trim()),
  );
  return [`${name} ${version} (${license})`, ...texts].join('\n\n').replace(/\r\n/g, '\n');
}
