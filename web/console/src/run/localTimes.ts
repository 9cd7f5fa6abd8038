/** As the server says a moment: `10:31:04 UTC`, with its day where that is not today. */
const SERVER_TIME = /(?:(\d{4}-\d\d-\d\d) )?(\d\d:\d\d:\d\d) UTC/g;

const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const dated = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', hour: '2-digit', minute: '2-digit' });

/** The server's words with their times as the clock here has them, like all others on the page. */
export function withLocalTimes(words: string, now = new Date()): string {
  return words.replace(SERVER_TIME, (_, day: string | undefined, time: string) => {
    const then = new Date(`${day ?? now.toISOString().slice(0, 10)}T${time}Z`);
    return then.toDateString() === now.toDateString() ? clock.format(then) : dated.format(then);
  });
}
