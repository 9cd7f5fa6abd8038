// What GraphiQL may keep in the browser: everything but headers, because they carry access tokens. It leaves them out
// of its tabs when told to, yet stores them with its history.

const PREFIX = 'graphiql:';
const HISTORY = [`${PREFIX}queries`, `${PREFIX}favorites`];

/** `storage` as GraphiQL expects one, which forgets the headers of history entries. */
export function withoutHeaders(storage) {
  const own = () => Object.keys(storage).filter((key) => key.startsWith(PREFIX));
  return {
    getItem: (key) => storage.getItem(key),
    setItem: (key, value) => storage.setItem(key, HISTORY.includes(key) ? stripped(value) : value),
    removeItem: (key) => storage.removeItem(key),
    clear: () => {
      for (const key of own()) storage.removeItem(key);
    },
    get length() {
      return own().length;
    },
  };
}

function stripped(json) {
  return JSON.stringify(JSON.parse(json), (key, value) => (key === 'headers' ? undefined : value));
}
