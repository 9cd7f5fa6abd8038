// GraphiQL shows an answer until the next one comes. A subscription's answers are therefore shown together: the
// latest as it came, and those before it, newest first, under `earlier`.

const KEPT = 300;

export function createTranscript() {
  const seen = new Set();
  let earlier = [];
  let latest = null;

  return {
    /** The answer to show after `result`; null when it repeats one, as the first ones after a reconnect do. */
    add(result) {
      const key = identity(result);
      if (key !== null && seen.has(key)) return null;
      seen.add(key);
      if (latest !== null) earlier = remember(earlier, eventOf(latest) ?? latest);
      latest = result;
      return earlier.length > 0 ? { ...result, earlier } : result;
    },
  };
}

/** The one field that a subscription answers with. */
function eventOf(result) {
  return result.errors ? null : Object.values(result.data ?? {})[0];
}

/** A durable event is known by its run and its number; a delta carries the number of the event before it. */
function identity(result) {
  const event = eventOf(result);
  const numbered = event?.executionId !== undefined && event.seq !== undefined;
  return numbered && event.text === undefined && event.__typename !== 'StageOutputDelta'
    ? `${event.executionId} ${event.seq}`
    : null;
}

function remember(earlier, event) {
  const [previous, ...others] = earlier;
  const joined = previous && join(previous, event);
  return (joined ? [joined, ...others] : [event, ...earlier]).slice(0, KEPT);
}

/** Two deltas of one attempt as one, where the second continues or replaces the first; offsets count code points. */
function join(previous, delta) {
  const deltas = [previous, delta].every(({ logId, text, offset }) => logId && text !== undefined && offset >= 0);
  if (!deltas || previous.logId !== delta.logId) return null;
  if (delta.offset === 0) return delta;
  const end = previous.offset + [...previous.text].length;
  return delta.offset === end ? { ...delta, offset: previous.offset, text: previous.text + delta.text } : null;
}
