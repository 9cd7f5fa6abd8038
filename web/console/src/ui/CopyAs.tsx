import type { DocumentNode } from 'graphql';
import { copyText } from './copy.ts';
import { asCurl, asGraphql } from './copyAs.ts';
import { Menu } from './Menu.tsx';

/** What the page shows, as a question that somebody else can ask. */
export function CopyAs({ document, variables }: { document: DocumentNode; variables?: Record<string, unknown> }) {
  return (
    <Menu
      title="Copy as…"
      items={[
        { title: 'Copy as GraphQL', run: () => copyText(asGraphql(document, variables), 'the query') },
        {
          title: 'Copy as curl',
          run: () => copyText(asCurl(document, variables), 'the command; your token goes into $TOKEN'),
        },
      ]}
    />
  );
}
