'use client';

export { FootlightProvider, useFootlight } from './provider.tsx';
export { useConnection } from './useConnection.ts';
export { INBOX, type Inbox, type InboxItem, type InboxOptions, useInbox } from './useInbox.ts';
export { type RunOptions, useRun, type WatchedRun } from './useRun.ts';
