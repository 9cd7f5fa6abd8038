import { ApolloProvider } from '@apollo/client/react';
import type { ApolloClient } from '@apollo/client';
import { createContext, type ReactNode, use } from 'react';
import type { Footlight } from '../footlight.ts';

const FootlightContext = createContext<Footlight | null>(null);

interface Props {
  client: ApolloClient;
  footlight: Footlight;
  children: ReactNode;
}

/** Apollo's provider is part of it. */
export function FootlightProvider({ client, footlight, children }: Props) {
  return (
    <FootlightContext value={footlight}>
      <ApolloProvider client={client}>{children}</ApolloProvider>
    </FootlightContext>
  );
}

export function useFootlight(): Footlight {
  const footlight = use(FootlightContext);
  if (!footlight) throw new Error('there is no FootlightProvider around this component');
  return footlight;
}
