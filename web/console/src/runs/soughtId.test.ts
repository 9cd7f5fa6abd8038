import { expect, test } from 'vitest';
import { shortId } from '../ui/shortId.ts';
import { isSought, soughtId, timeOf, wholeId } from './soughtId.ts';

const ID = '01932d96-42b2-7d3e-9c41-5f0c2b1ea24b';
const OTHER = '01932d96-5b10-7aa0-8e02-77d1c4b09f10';

test('an id is found as it is shown, by its beginning, and as a whole', () => {
  for (const text of [shortId(ID), '01932d96...a24b', '01932D96-42b2', '0193 2d96'.replace(' ', ''), ID]) {
    const sought = soughtId(` ${text} `);
    expect(sought && isSought(ID, sought), text).toBe(true);
  }
  const short = soughtId(shortId(ID));
  expect(short && isSought(OTHER, short)).toBe(false);
  expect(soughtId('Science page')).toBeNull();
  expect(soughtId('0193')).toBeNull();
});

test('only all of it is a whole one', () => {
  expect(wholeId({ begin: ID.replaceAll('-', ''), end: '' })).toBe(ID);
  expect(wholeId({ begin: '01932d96', end: 'a24b' })).toBeNull();
});

test('its first digits tell when it was made', () => {
  const now = Date.UTC(2030);
  const made = 0x01932d9642b2;
  const time = timeOf({ begin: '01932d96', end: '' }, now);
  expect(Date.parse(time?.createdAfter ?? '')).toBeLessThan(made);
  expect(Date.parse(time?.createdBefore ?? '')).toBeGreaterThan(made);
  expect(timeOf({ begin: 'f1932d96', end: '' }, now)).toBeNull();
  expect(timeOf({ begin: '00000001', end: '' }, now)).toBeNull();
});
