/** As the server says a moment: `10:31:04 UTC`, with its day where that is not today. */
const SERVER_TIME = /(?:(\d{4}-\d\d-\d\d) )?(\d\d:\d\d:\d\d) UTC/g;

const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const dated = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', hour: '2-digit', minute: '2-digit' });

const HALF_A_DAY = 12 * 60 * 60 * 1000;

/**
 * The server's words with their times as the clock here has them, like all others on the page. A time without a day was told
 * on that day: of what is read later it is the one nearest to now.
 */
export function withLocalTimes(words: string, now = new Date()): string {
  return words.replace(SERVER_TIME, (_, day: string | undefined, time: string) => {
    const then = new Date(`${day ?? now.toISOString().slice(0, 10)}T${time}Z`);
    const off = day === undefined ? then.getTime() - now.getTime() : 0;
    if (Math.abs(off) > HALF_A_DAY) then.setUTCDate(then.getUTCDate() - Math.sign(off));
    return then.toDateString() === now.toDateString() ? clock.format(then) : dated.format(then);
  });
}
