export interface Frame {
  /** Calls back once, with the next frame. */
  request(): void;
  cancel(): void;
}

/** In milliseconds. A page that is not shown has no frames. */
const HIDDEN = 250;
const WITHOUT_FRAMES = 16;

/** At most one call a frame, however often it is asked for. */
export function createFrame(callback: () => void): Frame {
  const hasFrames = typeof requestAnimationFrame === 'function';
  let timer: ReturnType<typeof setTimeout> | null = null;
  let frame = 0;

  function cancel(): void {
    if (timer === null) return;
    clearTimeout(timer);
    timer = null;
    if (hasFrames) cancelAnimationFrame(frame);
  }

  function run(): void {
    cancel();
    callback();
  }

  return {
    request() {
      if (timer !== null) return;
      timer = setTimeout(run, hasFrames ? HIDDEN : WITHOUT_FRAMES);
      if (hasFrames) frame = requestAnimationFrame(run);
    },
    cancel,
  };
}
