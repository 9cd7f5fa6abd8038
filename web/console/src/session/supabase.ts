import { listenersOf, type Session } from './session.ts';

export async function supabaseSession(_url: string, _anonKey: string): Promise<Session> {
  const { subscribe } = listenersOf();
  return { userId: () => null, token: () => null, subscribe };
}
