/** `idle`: nothing needs the socket. `lost`: it broke, and is tried again for as long as something needs it. */
export type ConnectionState = 'idle' | 'connecting' | 'open' | 'lost';

/** For `useSyncExternalStore`. */
export interface Connection {
  current(): ConnectionState;
  subscribe(listener: () => void): () => void;
}
