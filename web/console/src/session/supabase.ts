import {
  AuthClient,
  type AuthError,
  isAuthPKCECodeVerifierMissingError,
  isAuthRetryableFetchError,
  type Provider,
  type Session as SupabaseTokens,
} from '@supabase/auth-js';
import { takeWayBack, type WayBack } from './address.ts';
import { listenersOf, type Session } from './session.ts';
import { type Ways, waysOf } from './ways.ts';

/** Why somebody who came back, or was signed in, is not. */
interface Refusal {
  what: string;
  why: string;
}

export interface SupabaseSession extends Session {
  kind: 'supabase';
  /** Is there once it is known, too, whether somebody is signed in; a `Down` is thrown where Supabase does not answer. */
  ways(): Promise<Ways>;
  /** Null when nothing went wrong. */
  refusal(): Refusal | null;
  /** Each answers why not, or null. */
  byPassword(email: string, password: string): Promise<string | null>;
  sendCode(email: string): Promise<string | null>;
  byCode(email: string, code: string): Promise<string | null>;
  byProvider(provider: Provider): Promise<string | null>;
}

const OVER: Refusal = {
  what: 'You are signed out',
  why: 'Your session is over, or was ended in another tab. What you have written is kept for when you are back.',
};

const NOT_BELIEVED: Refusal = {
  what: 'The server takes your session no longer',
  why: 'It may have been ended elsewhere: sign in again. Where that does not help, the server believes another project than this page: tell whoever runs it.',
};

/** In milliseconds: a page that shows nothing for longer looks broken. */
const PATIENCE = 1000;

const STORAGE_KEY = 'footlight.session';

const why = ({ error }: { error: AuthError | null }): string | null => {
  if (!isAuthRetryableFetchError(error)) return error?.message ?? null;
  return 'Supabase does not answer. Try again in a moment.';
};

/** Signs in by Supabase Auth. auth-js keeps the session in the browser and renews it; nothing of it stays in the URL. */
export async function supabaseSession(url: string, anonKey: string): Promise<SupabaseSession> {
  const wayBack = takeWayBack();
  const auth = new AuthClient({
    url: `${url}/auth/v1`,
    headers: { apikey: anonKey },
    flowType: 'pkce',
    storageKey: STORAGE_KEY,
    detectSessionInUrl: false,
  });
  const { subscribe, tell } = listenersOf();
  let tokens: SupabaseTokens | null = null;
  let refusal: Refusal | null = null;
  const take = (session: SupabaseTokens | null) => {
    const renewed = session?.access_token !== tokens?.access_token;
    tokens = session;
    if (session) refusal = null;
    if (renewed) tell();
  };
  let leaves = false;
  auth.onAuthStateChange((event, session) => {
    if (event === 'SIGNED_OUT' && tokens && !leaves) refusal ??= OVER;
    take(session);
  });
  const look = async () => take((await auth.getSession()).data.session);
  const begin = async () => {
    const missing = wayBack && (await exchanged(auth, wayBack));
    await look();
    // What another browser, or another try, was to get is passed over without a word.
    if (!tokens) refusal = missing;
  };
  /** Here, whatever Supabase says of it: where it cannot be reached auth-js would keep the session. */
  const forget = async () => {
    const { error } = await auth.signOut({ scope: 'local' });
    if (!error) return;
    localStorage.removeItem(STORAGE_KEY);
    take(null);
  };
  const begun = begin();
  await Promise.race([begun, new Promise((settle) => setTimeout(settle, PATIENCE))]);

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
      const ways = await waysOf(url, anonKey);
      await begun;
      // It is kept, and could not be renewed while Supabase did not answer.
      if (!tokens && localStorage.getItem(STORAGE_KEY)) await look();
      return ways;
    },
    byPassword: async (email, password) => why(await auth.signInWithPassword({ email, password })),
    // A link in the mail comes back to where one is.
    sendCode: async (email) =>
      why(await auth.signInWithOtp({ email, options: { emailRedirectTo: window.location.href } })),
    byCode: async (email, token) => why(await auth.verifyOtp({ email, token, type: 'email' })),
    byProvider: async (provider) =>
      why(await auth.signInWithOAuth({ provider, options: { redirectTo: window.location.href } })),
    async signOut() {
      leaves = true;
      await forget().finally(() => {
        leaves = false;
      });
    },
    async refused() {
      if (tokens) refusal = NOT_BELIEVED;
      await forget();
    },
  };
}

/** Signs in by the code that came back; answers why not. */
async function exchanged(
  auth: InstanceType<typeof AuthClient>,
  { code, error, errorCode, hasSession }: WayBack,
): Promise<Refusal | null> {
  if (errorCode === 'otp_expired') {
    return { what: 'The link did not sign you in', why: 'It is too old, or was used before. Ask for another one.' };
  }
  const what = 'The provider did not sign you in';
  if (error) return { what, why: error };
  if (code) {
    const answer = await auth.exchangeCodeForSession(code);
    if (!isAuthPKCECodeVerifierMissingError(answer.error)) {
      const reason = why(answer);
      return reason === null ? null : { what, why: reason };
    }
    return { what, why: 'What it sent is not for this browser: sign in again.' };
  }
  if (!hasSession) return null;
  return {
    what: 'The link did not sign you in',
    why: 'It holds a session, which this page takes from no link: whoever made it would choose who you are. Sign in here, by a code that comes by mail.',
  };
}
