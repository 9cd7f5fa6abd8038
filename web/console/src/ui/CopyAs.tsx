import type { DocumentNode } from 'graphql';
import { copyText } from './copy.ts';
import { asCurl, asGraphql } from './copyAs.ts';
import { Menu, type MenuItem } from './Menu.tsx';

/** What the page shows, as a question that somebody else can ask. */
export function CopyAs({ document, variables }: { document: DocumentNode; variables?: Record<string, unknown> }) {
  return <Menu title="Copy as…" items={copyItems(document, variables)} />;
}

/** The same for a menu that has other things, too. */
export const copyItems = (document: DocumentNode, variables?: Record<string, unknown>): MenuItem[] => [
  { title: 'Copy as GraphQL', run: () => copyText(asGraphql(document, variables), 'the query') },
  {
    title: 'Copy as curl',
    run: () => copyText(asCurl(document, variables), 'the command; your token goes into $TOKEN'),
  },
];
