export interface Waits {
  /** Ends after so many milliseconds, or when whoever waits is woken. */
  wait(milliseconds: number): Promise<void>;
  wake(): void;
}

export function createWaits(): Waits {
  const waiting = new Set<() => void>();
  return {
    wait: (milliseconds) =>
      new Promise((settle) => {
        const done = () => {
          clearTimeout(timer);
          waiting.delete(done);
          settle();
        };
        const timer = setTimeout(done, milliseconds);
        waiting.add(done);
      }),
    wake() {
      for (const done of [...waiting]) done();
    },
  };
}
