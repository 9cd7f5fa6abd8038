import { gql } from '@apollo/client';
import { ApolloProvider } from '@apollo/client/react';
import { act, cleanup, renderHook } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';
import { reasonOf } from '../ui/failure.ts';
import { fetchingClient } from './testing.ts';
import { RESTED, useExact } from './useExact.ts';

const connection = vi.hoisted(() => ({ now: 'open' }));
vi.mock('@footlight/client/react', () => ({ useConnection: () => connection.now }));

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const document = gql('query Log($id: ID!) { log(id: $id) { id output } }');
const written = (output: string) => `{"log": {"id": "a", "output": ${output}}}`;
const brought = (output: string) => ({ data: JSON.parse(written(output)) as object });

const client = fetchingClient();

function use(output: string) {
  let drawn = 0;
  const hook = renderHook(
    ({ answer, id }) => {
      drawn += 1;
      return useExact(document, { id }, answer);
    },
    {
      initialProps: { answer: brought(output) as { data: object | undefined }, id: 'a' },
      wrapper: ({ children }) => <ApolloProvider client={client}>{children}</ApolloProvider>,
    },
  );
  return { ...hook, drawn: () => drawn };
}

/** A server whose answers come when they are told to. */
function server() {
  const asked: ((text: string) => void)[] = [];
  const fetch = vi.fn(
    (_: string, __: RequestInit) => new Promise<Response>((settle) => asked.push((text) => settle(new Response(text)))),
  );
  vi.stubGlobal('fetch', fetch);
  const answer = async (text: string) => {
    await vi.waitFor(() => expect(asked.length).toBeGreaterThan(0));
    await act(async () => asked.shift()?.(text));
  };
  return { fetch, answer };
}

test('what cannot have been rounded is there at once: nobody is asked, and nothing is drawn again', async () => {
  const { fetch } = server();
  const answer = brought('{"n": 9007199254740991, "f": 0.1, "g": 1.0, "text": "9007199254740993"}');
  const { result, rerender, drawn } = use('1');
  rerender({ answer, id: 'a' });
  await act(async () => {});
  expect(result.current.data).toBe(answer.data);
  expect([fetch.mock.calls.length, drawn()]).toEqual([0, 2]);
});

test('what was rounded is not there until it is read with its digits, and is read once', async () => {
  const { fetch, answer } = server();
  const { result, rerender } = use('{"n": 9007199254740993, "f": 1.0}');
  expect(result.current.data).toBeUndefined();
  await answer(`{"data": ${written('{"n": 9007199254740993, "f": 1.0}')}}`);
  expect(JSON.parse(String(fetch.mock.calls[0]?.[1].body))).toMatchObject({
    query: expect.stringContaining('output'),
    variables: { id: 'a' },
  });
  // A number that is the same without its digits is what it is elsewhere, where nothing was read again.
  const shown = '{"log":{"id":"a","output":{"n":9007199254740993,"f":1}}}';
  expect(JSON.stringify(result.current.data)).toBe(shown);
  rerender({ answer: brought('{"n": 9007199254740993, "f": 1.0}'), id: 'a' });
  await act(async () => {});
  expect(JSON.stringify(result.current.data)).toBe(shown);
  rerender({ answer: { data: undefined }, id: 'a' });
  expect(result.current.data).toBeUndefined();
  expect(fetch).toHaveBeenCalledTimes(1);
});

test('what was shown of it stays while the digits of what came then are read, and nothing of another', async () => {
  const { answer } = server();
  const { result, rerender } = use('null');
  const before = result.current.data;
  rerender({ answer: brought('9007199254740993'), id: 'a' });
  expect(result.current.data).toBe(before);
  rerender({ answer: brought('9007199254740993'), id: 'b' });
  expect(result.current.data).toBeUndefined();
  await answer(`{"data": ${written('9007199254740995')}}`);
});

test('where the digits cannot be read it is said, and nothing is shown with others', async () => {
  const { answer } = server();
  const { result } = use('9007199254740993');
  await answer('{"data": null, "errors": [{"message": "it is not yours"}]}');
  expect(result.current).toMatchObject({ data: undefined, error: { message: 'it is not yours' } });
});

test('an answer under way is heard to its end, and its digits are those of what came meanwhile', async () => {
  const { fetch, answer } = server();
  const { result, rerender } = use('{"at": 1, "n": 9007199254740993}');
  rerender({ answer: brought('{"at": 2, "n": 9007199254740993}'), id: 'a' });
  await answer(`{"data": ${written('{"at": 1, "n": 9007199254740993}')}}`);
  expect(JSON.stringify(result.current.data)).toContain('{"at":2,"n":9007199254740993}');
  rerender({ answer: brought('{"at": 3, "n": 9007199254740993}'), id: 'a' });
  expect(JSON.stringify(result.current.data)).toContain('{"at":3,"n":9007199254740993}');
  expect(fetch).toHaveBeenCalledTimes(1);
});

test('digits that may be others by now are read again once nothing moves', async () => {
  const { fetch, answer } = server();
  const { result, rerender } = use('9007199254740993');
  await answer(`{"data": ${written('9007199254740993')}}`);
  vi.useFakeTimers();
  rerender({ answer: brought('9007199254740992'), id: 'a' });
  await act(async () => vi.advanceTimersByTime(RESTED));
  vi.useRealTimers();
  await answer(`{"data": ${written('9007199254740992')}}`);
  expect(JSON.stringify(result.current.data)).toContain('9007199254740992');
  expect(fetch).toHaveBeenCalledTimes(2);
});

test('what is another number by the time that its digits are read is not shown', async () => {
  const { answer } = server();
  const { result } = use('9007199254740993');
  await answer(`{"data": ${written('9007199254740999')}}`);
  expect(result.current).toEqual({
    data: undefined,
    error: new Error('It changed while its numbers were read.'),
    retry: expect.any(Function),
  });
});

test('what could not be read is read once the connection is back, and is not said in the words of a parser', async () => {
  const { answer } = server();
  const { result, rerender } = use('9007199254740993');
  const data = brought('9007199254740993');
  rerender({ answer: data, id: 'a' });
  await answer('<html>Bad gateway</html>');
  await answer('<html>Bad gateway</html>');
  expect(reasonOf(result.current.error)).toBe('something else than Footlight answered');
  for (const now of ['lost', 'open']) {
    connection.now = now;
    rerender({ answer: data, id: 'a' });
  }
  await answer(`{"data": ${written('9007199254740993')}}`);
  expect(result.current.error).toBeUndefined();
  expect(JSON.stringify(result.current.data)).toContain('9007199254740993');
});

test('digits that could not be read are read when somebody asks for it', async () => {
  const { answer } = server();
  const { result } = use('9007199254740993');
  await answer('<html>Bad gateway</html>');
  expect(result.current.error).toBeDefined();
  await act(async () => void result.current.retry());
  await answer(`{"data": ${written('9007199254740993')}}`);
  expect(result.current.error).toBeUndefined();
  expect(JSON.stringify(result.current.data)).toContain('9007199254740993');
});
