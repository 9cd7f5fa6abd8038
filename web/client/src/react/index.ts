export { FootlightProvider, useFootlight } from './provider.tsx';
export { useConnection } from './useConnection.ts';
export { type Inbox, type InboxItem, useInbox } from './useInbox.ts';
export { type RunOptions, useRun, type WatchedRun } from './useRun.ts';
