// @vitest-environment jsdom

import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { asCurl, asGraphql } from './copyAs.ts';

const document = parse(`
  query Runs($first: Int = 20, $after: String, $statuses: [ExecutionStatus!], $search: String) {
    executions(first: $first, after: $after, statuses: $statuses) { nodes { id } }
    workflows(search: $search) { nodes { id } }
  }
`);

test('values stand in the places of variables, words as words, and what was left out is left out', () => {
  const written = asGraphql(document, { statuses: ['FAILED'], search: 'say "hello"' });
  expect(written).toContain('query Runs {');
  expect(written).toContain('executions(first: 20, statuses: [FAILED])');
  expect(written).toContain('workflows(search: "say \\"hello\\"")');
  expect(() => parse(written)).not.toThrow();
});

test('a shell reads the body as it was, and the token is its own', () => {
  const written = asCurl(document, { search: "it's" });
  expect(written).toContain('Bearer $TOKEN');
  expect(written).toContain(`it'\\''s`);
});

test('nothing that Apollo alone knows is in it', () => {
  const masked = parse(`
    query Run($id: ID!) { execution(id: $id) { ...Row @unmask ...Other @include(if: true) } }
    fragment Row on Execution { id }
    fragment Other on Execution { status }
  `);
  for (const written of [asGraphql(masked, { id: 'r' }), asCurl(masked, { id: 'r' })]) {
    expect(written).not.toContain('@unmask');
    expect(written).toContain('...Other @include(if: true)');
  }
});
