/** What is alive, by the counts in words: `3`, `1,000+`. Those that are pending wait for a slot, for another try, or to begin. */
export function alive(running: string | null, pending: string | null): string {
  if (running === null) return '';
  const runs = running === '0' ? 'Nothing runs now' : `${running} running`;
  return pending === null || pending === '0' ? `${runs}.` : `${runs}, ${pending} pending.`;
}
