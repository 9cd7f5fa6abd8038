// A model provider that speaks the OpenAI protocol, and answers as the test says.

import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Call {
  /** The last message. */
  readonly prompt: string;
  /** How many calls with this prompt came before. */
  readonly before: number;
}

export interface Answer {
  readonly status?: number;
  readonly words?: readonly string[];
  /** Before the first word and between words, in milliseconds. */
  readonly pause?: number;
  /** Never ends. */
  readonly hangs?: boolean;
}

export async function startProvider() {
  const calls = new Map<string, number>();
  let answer = (_call: Call): Answer => ({});
  const provider = {
    url: '',
    /** How it answers from now on. */
    script(next: (call: Call) => Answer) {
      answer = next;
      calls.clear();
    },
    stop: () => {},
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { messages } = JSON.parse(Buffer.concat(chunks).toString());
    const prompt: string = messages.at(-1).content;
    const before = calls.get(prompt) ?? 0;
    calls.set(prompt, before + 1);
    await say(response, answer({ prompt, before }));
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

async function say(response: ServerResponse, { status = 200, words = ['one', ' word'], pause = 0, hangs }: Answer) {
  if (status !== 200) {
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ error: { message: `scripted ${status}` } }));
    return;
  }
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  response.flushHeaders();
  for (const content of words) {
    await new Promise((settle) => setTimeout(settle, pause));
    response.write(chunk({ delta: { content }, finish_reason: null }));
  }
  if (hangs) return;
  response.write(chunk({ delta: {}, finish_reason: 'stop' }));
  response.end('data: [DONE]\n\n');
}

function chunk(choice: object): string {
  const body = {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 0,
    model: 'scripted',
    choices: [{ index: 0, ...choice }],
  };
  return `data: ${JSON.stringify(body)}\n\n`;
}
