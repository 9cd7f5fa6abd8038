// A model provider that speaks the OpenAI protocol: streamed chat completions, at the test's pace.

import { once } from 'node:events';
import { createServer } from 'node:http';

/** Answers every call with `provider.words`, one chunk a word, each when `provider.pace` settles. */
export async function startProvider() {
  const provider = { words: ['one', ' more', ' word'], pace: async () => {} };
  const server = createServer(async (request, response) => {
    request.resume();
    await once(request, 'end');
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    for (const word of provider.words) {
      await provider.pace();
      response.write(chunk({ delta: { content: word }, finish_reason: null }));
    }
    response.write(chunk({ delta: {}, finish_reason: 'stop' }));
    response.end('data: [DONE]\n\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  provider.url = `http://127.0.0.1:${server.address().port}/v1`;
  provider.stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return provider;
}

function chunk(choice) {
  const body = {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 0,
    model: 'scripted',
    choices: [{ index: 0, ...choice }],
  };
  return `data: ${JSON.stringify(body)}\n\n`;
}
