// A double of Supabase Auth: the endpoints that its client calls, for one person with a password, a code and GitHub. A code
// that GitHub brings back is good once, and for whoever asked for it: by PKCE, with S256.

import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SupabaseDouble {
  url: string;
  /** Signs what is handed out; the test sets it once its server runs. */
  token: () => string;
  password: string;
  code: string;
  userId: string;
  /** How often a session was renewed by its refresh token. */
  renewals: number;
  stop: () => void;
}

export async function startSupabase(userId: string): Promise<SupabaseDouble> {
  const double: SupabaseDouble = {
    url: '',
    token: () => '',
    password: 'correct horse',
    code: '123456',
    userId,
    renewals: 0,
    stop: () => {},
  };
  const session = () => ({
    access_token: double.token(),
    token_type: 'bearer',
    expires_in: 3600,
    expires_at: Math.floor(Date.now() / 1000) + 3600,
    refresh_token: 'refresh',
    user: { id: userId, aud: 'authenticated', email: 'noor@example.org', app_metadata: {}, user_metadata: {} },
  });
  /** Of each code that was handed out and not taken yet, what its verifier must come to. */
  const challenges = new Map<string, string>();
  const refused = { code: 400, error_code: 'invalid_credentials', msg: 'Invalid login credentials' };

  const exchange = (code: string, verifier: string): [number, unknown] => {
    const challenge = challenges.get(code);
    challenges.delete(code);
    if (challenge === undefined) return [400, refused];
    if (createHash('sha256').update(verifier).digest('base64url') === challenge) return [200, session()];
    const msg = 'code challenge does not match previously saved code verifier';
    return [400, { code: 400, error_code: 'bad_code_verifier', msg }];
  };

  const answer = (path: string, query: URLSearchParams, body: Record<string, unknown>): [number, unknown] => {
    switch (path) {
      case '/auth/v1/settings':
        return [200, { external: { email: true, github: true, google: false, phone: false }, disable_signup: false }];
      case '/auth/v1/token': {
        const grant = query.get('grant_type');
        if (grant === 'pkce') return exchange(String(body.auth_code), String(body.code_verifier));
        if (grant === 'refresh_token') double.renewals += 1;
        const known = grant === 'password' && body.password === double.password;
        return known || grant === 'refresh_token' ? [200, session()] : [400, refused];
      }
      case '/auth/v1/otp':
        return [200, {}];
      case '/auth/v1/verify':
        return body.token === double.code
          ? [200, session()]
          : [403, { ...refused, msg: 'Token has expired or is invalid' }];
      case '/auth/v1/logout':
        return [204, null];
      case '/auth/v1/user':
        return [200, session().user];
      default:
        return [404, { msg: 'no such endpoint' }];
    }
  };

  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://double');
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-allow-headers', '*');
    response.setHeader('access-control-allow-methods', '*');
    if (request.method === 'OPTIONS') return response.writeHead(204).end();
    if (pathname === '/auth/v1/authorize') {
      const challenge = searchParams.get('code_challenge');
      // 32 bytes, as SHA-256 comes to.
      const isHashed = searchParams.get('code_challenge_method') === 's256' && challenge?.length === 43;
      if (!challenge || !isHashed) return response.writeHead(400).end('no PKCE, or not S256');
      const code = randomUUID();
      challenges.set(code, challenge);
      const back = new URL(searchParams.get('redirect_to') ?? '');
      back.searchParams.set('code', code);
      return response.writeHead(302, { location: back.href }).end();
    }
    const [status, said] = answer(pathname, searchParams, await bodyOf(request));
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(said === null ? undefined : JSON.stringify(said));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  double.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  double.stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return double;
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const piece of request) text += piece;
  return text ? JSON.parse(text) : {};
}
