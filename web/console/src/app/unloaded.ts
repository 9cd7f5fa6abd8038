// What the build split off is fetched once somebody goes there: by then the server may be away, or have a newer version,
// whose parts are called otherwise.

const unloaded = new WeakSet<object>();

export function listenToUnloaded(): void {
  window.addEventListener('vite:preloadError', ({ payload }) => unloaded.add(payload));
}

export const isUnloaded = (error: unknown): boolean => error instanceof Error && unloaded.has(error);
