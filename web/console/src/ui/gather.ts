export interface Part {
  text: string;
  kind: 'same' | 'in' | 'out';
}

/**
 * Changes with nothing but a blank or a little word between them are one change, as an editor marks them: a phrase taken
 * out, a phrase put in, and not every second word.
 */
export function gather(parts: readonly Part[]): Part[] {
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

const isLittle = (text: string) => /^[^\S\n]*(?:\p{L}{1,4}[^\S\n]*)?$/u.test(text);
