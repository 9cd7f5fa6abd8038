export interface Part {
  text: string;
  kind: 'same' | 'in' | 'out';
}

/**
 * Changes with nothing but a blank or a little word between them are one change, as an editor marks them: a phrase taken
 * out, a phrase put in, and not every second word.
 */
export function gather(all: readonly Part[]): Part[] {
  const parts = joined(all);
  const gathered: Part[] = [];
  let out = '';
  let put = '';
  const flush = () => {
    if (out) gathered.push({ text: out, kind: 'out' });
    if (put) gathered.push({ text: put, kind: 'in' });
    out = '';
    put = '';
  };
  parts.forEach(({ text, kind }, index) => {
    const isBetween = (out || put) && index < parts.length - 1;
    if (kind === 'out') out += text;
    else if (kind === 'in') put += text;
    else if (isBetween && isLittle(text)) {
      out += text;
      put += text;
    } else {
      flush();
      gathered.push({ text, kind });
    }
  });
  flush();
  return gathered;
}

/** Neighbours that stay as they are, as one. */
function joined(parts: readonly Part[]): Part[] {
  const found: Part[] = [];
  for (const part of parts) {
    const last = found.at(-1);
    if (last?.kind === 'same' && part.kind === 'same') last.text += part.text;
    else found.push({ ...part });
  }
  return found;
}

const isLittle = (text: string) => /^[^\S\n]*(?:\p{L}{1,4}[^\S\n]*)?$/u.test(text);
