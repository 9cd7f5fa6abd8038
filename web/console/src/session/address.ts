/** What Supabase has put into the page's address on the way back to it. */
export interface WayBack {
  /** To be exchanged for a session. */
  code: string | null;
  /** Why there is none, in its words. */
  error: string | null;
  /** What kind of error, in its code. */
  errorCode: string | null;
  /** There was a session in the address itself, or what is good for one. */
  hasSession: boolean;
}

const CODE = 'code';
const ERRORS = ['error_description', 'error', 'error_code'];
const SECRETS = ['access_token', 'refresh_token', 'provider_token', 'provider_refresh_token', 'token_hash', 'id_token'];
/** These stand beside others, and by themselves are somebody else's. */
const BESIDE = ['expires_at', 'expires_in', 'token_type', 'type', 'state', 'sb'];

/** Takes it out of the address, where it is for nobody's eyes. Null: there was nothing. */
export function takeWayBack(): WayBack | null {
  const url = new URL(window.location.href);
  const hash = new URLSearchParams(url.hash.slice(1));
  const found = new Map([...url.searchParams, ...hash]);
  const has = (name: string) => found.has(name);
  if (![CODE, ...ERRORS, ...SECRETS].some(has)) return null;
  const all = [CODE, ...ERRORS, ...SECRETS, ...BESIDE];
  if (all.some((name) => hash.has(name))) url.hash = '';
  for (const name of all) url.searchParams.delete(name);
  window.history.replaceState(window.history.state, '', url.href);
  return {
    code: found.get(CODE) ?? null,
    error: ERRORS.map((name) => found.get(name)).find(Boolean) ?? null,
    errorCode: found.get('error_code') ?? null,
    hasSession: SECRETS.some(has),
  };
}
