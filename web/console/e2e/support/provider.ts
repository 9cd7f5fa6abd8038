// A model provider that speaks the OpenAI protocol, and answers as a test says.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a call asked: its messages, as they were sent. */
export interface Call {
  model: string;
  messages: { role: string; content: string }[];
}

/** What comes back: pieces of text, one chunk each; or a failure of HTTP. */
interface Answer {
  words?: readonly string[];
  thoughts?: readonly string[];
  status?: number;
  /** Awaited before every piece. */
  pace?: () => Promise<void>;
}

export interface Provider {
  url: string;
  calls: Call[];
  answer: (call: Call) => Answer | Promise<Answer>;
  stop: () => void;
}

export async function startProvider(): Promise<Provider> {
  const provider: Provider = {
    url: '',
    calls: [],
    answer: () => ({ words: ['one', ' more', ' word'] }),
    stop: () => {},
  };
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    const call = JSON.parse(body) as Call;
    provider.calls.push(call);
    const { words = [], thoughts = [], status = 200, pace = async () => {} } = await provider.answer(call);
    if (status !== 200) {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { message: `the provider said ${status}` } }));
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const reasoning_content of thoughts)
      response.write(chunk({ delta: { reasoning_content }, finish_reason: null }));
    for (const content of words) {
      await pace();
      response.write(chunk({ delta: { content }, finish_reason: null }));
    }
    response.write(chunk({ delta: {}, finish_reason: 'stop' }, { prompt_tokens: 11, completion_tokens: words.length }));
    response.end('data: [DONE]\n\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  provider.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  provider.stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return provider;
}

function chunk(choice: object, tokens?: { prompt_tokens: number; completion_tokens: number }): string {
  const usage = tokens && { ...tokens, total_tokens: tokens.prompt_tokens + tokens.completion_tokens };
  const body = {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 0,
    model: 'scripted',
    choices: [{ index: 0, ...choice }],
    ...(usage ? { usage } : {}),
  };
  return `data: ${JSON.stringify(body)}\n\n`;
}

/** A pace that lets `count` pieces pass, and the others once it is released. */
export function gate(count: number): { pace: () => Promise<void>; release: () => void } {
  let release = () => {};
  const released = new Promise<void>((settle) => {
    release = settle;
  });
  let left = count;
  const pace = async () => {
    left -= 1;
    if (left < 0) await released;
  };
  return { pace, release };
}
