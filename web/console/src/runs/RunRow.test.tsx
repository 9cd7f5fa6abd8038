import { ApolloClient, ApolloLink, InMemoryCache } from '@apollo/client';
import { ApolloProvider } from '@apollo/client/react';
import { cleanup, render } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';
import { RunRow } from './RunRow.tsx';

vi.mock('@tanstack/react-router', () => ({ useRouter: () => null }));
vi.mock('../app/live.ts', () => ({ useStatusChanges: () => {} }));

afterEach(cleanup);

test('a run that was deleted keeps the place of its row until the list is another', () => {
  const client = new ApolloClient({ cache: new InMemoryCache(), link: ApolloLink.empty() });
  const { container } = render(
    <ApolloProvider client={client}>
      <RunRow
        id="gone"
        stagesOf={() => undefined}
        attempts={null}
        onGoesOn={() => {}}
        twoLines={false}
        showsGiven={false}
        isChosen={false}
        isTaken={false}
        onChoose={null}
      />
    </ApolloProvider>,
  );
  expect(container.firstElementChild?.className).toMatch(/row/);
  expect(container.textContent).toBe('');
});
