// The audits of the GraphQL-over-HTTP specification: every MUST, SHOULD and MAY.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { serverAudits } from 'graphql-http';
import { startServer } from './support/server.mjs';

let server;
let token;
before(async () => {
  server = await startServer();
  token = server.token();
});
after(() => server.stop());

const audits = serverAudits({
  url: () => server.url,
  fetchFn: (url, options = {}) => {
    const headers = new Headers(options.headers);
    headers.set('Authorization', `Bearer ${token}`);
    return fetch(url, { ...options, headers });
  },
});

for (const audit of audits) {
  test(`${audit.id} ${audit.name}`, async () => {
    const result = await audit.fn();
    assert.equal(result.status, 'ok', result.reason);
  });
}
