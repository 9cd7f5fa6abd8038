import type { Provider } from '@supabase/auth-js';

/** Ways to sign in that the project has on, as its `/auth/v1/settings` says. */
export interface Ways {
  email: boolean;
  providers: readonly Provider[];
}

/** It may answer in a moment. */
export class Down extends Error {}

/** In milliseconds: what has not answered by then is not there. */
const LONGEST = 10_000;

/** Of what the settings call external, these take no way over another site. */
const NO_PROVIDERS = new Set(['email', 'phone', 'anonymous_users', 'saml', 'web3', 'passkey', 'passkeys']);

export async function waysOf(url: string, anonKey: string): Promise<Ways> {
  const signal = AbortSignal.timeout(LONGEST);
  const isDown = (cause: unknown): never => {
    throw new Down('Supabase cannot be reached', { cause });
  };
  const answer = await fetch(`${url}/auth/v1/settings`, { headers: { apikey: anonKey }, signal }).catch(isDown);
  if (answer.status === 429 || answer.status >= 500)
    throw new Down(`Supabase answers with an error (${answer.status})`);
  if (!answer.ok) throw new Error(`Supabase answered ${answer.status}: is SUPABASE_ANON_KEY the project's?`);
  const { external = {} } = (await answer.json().catch(isDown)) as { external?: Record<string, boolean> };
  const on = Object.keys(external).filter((name) => external[name]);
  const providers = on.filter((name) => !NO_PROVIDERS.has(name)) as Provider[];
  return { email: on.includes('email'), providers };
}
