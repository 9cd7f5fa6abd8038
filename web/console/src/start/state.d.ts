import '@tanstack/react-router';

declare module '@tanstack/react-router' {
  interface HistoryState {
    /** The inputs of a first run, from a sample or a file. They are too long for an address. */
    inputs?: Record<string, unknown>;
  }
}
