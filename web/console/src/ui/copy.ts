import { sayWhyNot } from './failure.ts';
import { toast } from './toast.ts';

/** Copies all of a text, be it on its way yet, and says so. */
export async function copyText(text: string | Promise<string>, what: string): Promise<void> {
  try {
    await write(text);
    toast(`Copied ${what}`);
  } catch {
    const sayIt = () => toast(`This browser did not let the page copy ${what}: select it and copy it yourself`);
    await Promise.resolve(text).then(sayIt, sayWhyNot);
  }
}

/** Browsers let a page write only right after somebody has pressed something: also what is read for that until then. */
async function write(text: string | Promise<string>): Promise<void> {
  if (typeof text === 'string' || typeof ClipboardItem === 'undefined')
    return navigator.clipboard.writeText(typeof text === 'string' ? text : await text);
  const written = text.then((all) => new Blob([all], { type: 'text/plain' }));
  return navigator.clipboard.write([new ClipboardItem({ 'text/plain': written })]);
}

/** Saves a text to a file, byte for byte. */
export function download(text: string, fileName: string, type = 'text/plain'): void {
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
