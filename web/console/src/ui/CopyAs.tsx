import type { ApolloClient } from '@apollo/client';
import { useApolloClient } from '@apollo/client/react';
import { withAllPages } from './allPages.ts';
import { copyText } from './copy.ts';
import { asCurl, asGraphql } from './copyAs.ts';
import { Menu, type MenuItem } from './Menu.tsx';
import { type Question, together } from './question.ts';

interface Props extends Question {
  /** What else is shown. */
  beside?: readonly Question[];
}

/** What the page shows, as a question that somebody else can ask. */
export function CopyAs({ beside = [], ...question }: Props) {
  return <Menu title="Copy as…" items={copyItems(useApolloClient(), [question, ...beside])} />;
}

/** The same for a menu that has other things, too. */
export function copyItems(client: ApolloClient, questions: readonly Question[]): MenuItem[] {
  const copy = (written: typeof asGraphql, what: string) => {
    const { document, variables, lists } = together(questions);
    const whole = withAllPages(client, document, variables, lists);
    const text = whole instanceof Promise ? whole.then((all) => written(all, variables)) : written(whole, variables);
    return copyText(text, what);
  };
  return [
    { title: 'Copy as GraphQL', run: () => copy(asGraphql, 'the query') },
    { title: 'Copy as curl', run: () => copy(asCurl, 'the command; your token goes into $TOKEN') },
  ];
}
