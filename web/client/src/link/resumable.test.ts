import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gql } from '@apollo/client';
import { buildSchema, print, validate } from 'graphql';
import { expect, test } from 'vitest';
import { RUN_EVENT_FIELDS } from '../run/event.ts';
import { type Resumable, resumable } from './resumable.ts';

const schema = buildSchema(readFileSync(join(import.meta.dirname, '../../../../schema.graphql'), 'utf8'));

const DOCUMENTS: [string, string, { after: string; begin: number; events: string; seq: string }][] = [
  [
    'nothing said of after',
    'subscription S { executionEvents(executionId: "1") { occurredAt } }',
    { after: 'footlightAfter', begin: 0, events: 'executionEvents', seq: 'seq' },
  ],
  [
    'a literal after',
    'subscription { executionEvents(executionId: "1", after: 7, deltas: true) { seq } }',
    { after: 'footlightAfter', begin: 7, events: 'executionEvents', seq: 'seq' },
  ],
  [
    'a variable',
    'subscription ($from: Int) { executionEvents(executionId: "1", after: $from) { __typename } }',
    { after: 'from', begin: 0, events: 'executionEvents', seq: 'seq' },
  ],
  [
    'a variable with a default',
    'subscription ($from: Int = 3) { executionEvents(executionId: "1", after: $from) { __typename } }',
    { after: 'from', begin: 3, events: 'executionEvents', seq: 'seq' },
  ],
  [
    'an alias',
    'subscription { watched: executionEvents(executionId: "1") { number: seq } }',
    { after: 'footlightAfter', begin: 0, events: 'watched', seq: 'seq' },
  ],
  [
    'another field that is called seq',
    'subscription { executionEvents(executionId: "1") { seq: occurredAt } }',
    { after: 'footlightAfter', begin: 0, events: 'executionEvents', seq: 'footlightSeq' },
  ],
  [
    'a fragment at the root',
    `subscription { ...Watched } fragment Watched on Subscription { executionEvents(executionId: "1") { occurredAt } }`,
    { after: 'footlightAfter', begin: 0, events: 'executionEvents', seq: 'seq' },
  ],
  [
    'two operations',
    `subscription A { executionEvents(executionId: "1") { seq } } query B { me { id } }`,
    { after: 'footlightAfter', begin: 0, events: 'executionEvents', seq: 'seq' },
  ],
];

test.each(DOCUMENTS)('%s: still a document of the schema, with its place in a variable', (_, document, expected) => {
  const { query, ...found } = resumable(gql(document)) as Resumable;
  expect(found).toEqual(expected);
  expect(validate(schema, query)).toEqual([]);
  const asked = found.seq === 'seq' ? 'seq' : `${found.seq}: seq`;
  expect(print(query)).toContain(`    ${asked}\n`);
});

test('a document that watches no run is left alone', () => {
  expect(resumable(gql('subscription { executionStatusChanged { seq } }'))).toBeNull();
});

test('a document that was rewritten can be rewritten again', () => {
  const once = resumable(gql('subscription { executionEvents(executionId: "1") { seq } }')) as Resumable;
  const twice = resumable(once.query) as Resumable;
  expect(twice).toMatchObject({ after: 'footlightAfter', events: 'executionEvents' });
  expect(validate(schema, twice.query)).toEqual([]);
});

test('the fields that the fold needs are fields of the schema', () => {
  const watch = gql`
    subscription ($deltas: Boolean = false) {
      executionEvents(executionId: "1", deltas: $deltas) {
        ...RunEventFields
      }
    }
    ${RUN_EVENT_FIELDS}
  `;
  expect(validate(schema, watch)).toEqual([]);
});
