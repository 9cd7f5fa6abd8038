import { gql } from '@apollo/client';
import { act, cleanup, renderHook } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';
import { useExact } from './useExact.ts';

const session = vi.hoisted(() => ({ token: async () => null }));
vi.mock('@tanstack/react-router', () => ({ useRouteContext: () => ({ session }) }));

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const document = gql('query Log($id: ID!) { log(id: $id) { id output } }');
const written = (output: string) => `{"log": {"id": "a", "output": ${output}}}`;
const brought = (output: string) => ({ data: JSON.parse(written(output)) as object });

function use(output: string) {
  let drawn = 0;
  const hook = renderHook(
    ({ answer, id }) => {
      drawn += 1;
      return useExact(document, { id }, answer);
    },
    { initialProps: { answer: brought(output) as { data: object | undefined }, id: 'a' } },
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
  expect(JSON.parse(String(fetch.mock.calls[0]?.[1].body))).toEqual({
    query: expect.stringContaining('output'),
    variables: { id: 'a' },
  });
  // A number that is the same without its digits is what it is elsewhere, where nothing was read again.
  const shown = '{"log":{"id":"a","output":{"n":9007199254740993,"f":1}}}';
  expect(JSON.stringify(result.current.data)).toBe(shown);
  rerender({ answer: { data: brought('{"n": 9007199254740993, "f": 1.0}').data }, id: 'a' });
  expect(JSON.stringify(result.current.data)).toBe(shown);
  await answer(`{"data": ${written('{"n": 9007199254740993, "f": 1.0}')}}`);
  const { data } = result.current;
  rerender({ answer: { data: undefined }, id: 'a' });
  expect(result.current.data).toBeUndefined();
  expect(JSON.stringify(data)).toBe(shown);
  expect(fetch).toHaveBeenCalledTimes(2);
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
  expect(result.current).toEqual({ data: undefined, error: new Error('it is not yours') });
});
