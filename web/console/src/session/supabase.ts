import {
  AuthClient,
  type AuthError,
  isAuthRetryableFetchError,
  type Provider,
  type Session as SupabaseTokens,
} from '@supabase/auth-js';
import { listenersOf, type Session } from './session.ts';

/** Ways to sign in that the project has on, as its `/auth/v1/settings` says. */
export interface Ways {
  email: boolean;
  providers: readonly Provider[];
}

export interface SupabaseSession extends Session {
  kind: 'supabase';
  ways(): Promise<Ways>;
  /** What the way back from a provider brought in place of a session; null when nothing went wrong. */
  refusal(): string | null;
  /** Each answers why not, or null. */
  byPassword(email: string, password: string): Promise<string | null>;
  sendCode(email: string): Promise<string | null>;
  byCode(email: string, code: string): Promise<string | null>;
  byProvider(provider: Provider): Promise<string | null>;
}

const why = ({ error }: { error: AuthError | null }): string | null => error?.message ?? null;

/** Signs in by Supabase Auth. auth-js keeps the session in the browser and renews it; nothing of it stays in the URL. */
export async function supabaseSession(url: string, anonKey: string): Promise<SupabaseSession> {
  const hasCode = new URL(window.location.href).searchParams.has('code');
  const auth = new AuthClient({
    url: `${url}/auth/v1`,
    headers: { apikey: anonKey },
    flowType: 'pkce',
    storageKey: 'footlight.session',
  });
  const { subscribe, tell } = listenersOf();
  let tokens: SupabaseTokens | null = null;
  let refusal: string | null = null;
  auth.onAuthStateChange((_, session) => {
    const renewed = session?.access_token !== tokens?.access_token;
    tokens = session;
    if (session) refusal = null;
    if (renewed) tell();
  });
  const wayBack = await auth.initialize();
  tokens = (await auth.getSession()).data.session;
  // A code that another browser, or another try, was to get is passed over without a word.
  if (!tokens) refusal = why(wayBack) ?? (hasCode ? 'What it sent is not for this browser: sign in again.' : null);
  cleanUrl();

  return {
    kind: 'supabase',
    userId: () => tokens?.user.id ?? null,
    async token(refused) {
      const { data, error } = await (refused ? auth.refreshSession() : auth.getSession());
      // Nobody is signed out for want of a network.
      if (isAuthRetryableFetchError(error)) throw error;
      return data.session?.access_token ?? null;
    },
    refusal: () => refusal,
    subscribe,
    async ways() {
      const answer = await fetch(`${url}/auth/v1/settings`, { headers: { apikey: anonKey } });
      if (!answer.ok) throw new Error(`Supabase answered ${answer.status}: is SUPABASE_ANON_KEY the project's?`);
      const { external = {} } = (await answer.json()) as { external?: Record<string, boolean> };
      const on = Object.keys(external).filter((name) => external[name]);
      const providers = on.filter((name) => !NO_PROVIDERS.has(name)) as Provider[];
      return { email: on.includes('email'), providers };
    },
    byPassword: async (email, password) => why(await auth.signInWithPassword({ email, password })),
    sendCode: async (email) => why(await auth.signInWithOtp({ email, options: { shouldCreateUser: true } })),
    byCode: async (email, token) => why(await auth.verifyOtp({ email, token, type: 'email' })),
    byProvider: async (provider) =>
      why(await auth.signInWithOAuth({ provider, options: { redirectTo: window.location.href } })),
    async signOut() {
      await auth.signOut({ scope: 'local' });
    },
  };
}

/** Of what the settings call external, these take no way over another site. */
const NO_PROVIDERS = new Set(['email', 'phone', 'anonymous_users', 'saml', 'web3', 'passkey', 'passkeys']);

/** What a provider's way back leaves in the address has been read, and is nobody else's business. */
function cleanUrl(): void {
  const url = new URL(window.location.href);
  for (const name of ['code', 'error', 'error_code', 'error_description', 'sb']) url.searchParams.delete(name);
  if (url.hash.includes('error=')) url.hash = '';
  if (url.href !== window.location.href) window.history.replaceState(window.history.state, '', url.href);
}
