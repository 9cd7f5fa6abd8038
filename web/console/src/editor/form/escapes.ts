const WRITTEN: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
const MEANT: Record<string, string> = { '\\\\': '\\', '\\n': '\n', '\\r': '\r', '\\t': '\t' };

/** A text in one line: its line breaks and tabs as `\n` and `\t`. */
export const inOneLine = (text: string): string => text.replace(/[\\\n\r\t]/g, (found) => WRITTEN[found] ?? found);

/** The text that such a line stands for. */
export const fromOneLine = (line: string): string => line.replace(/\\[\\nrt]/g, (found) => MEANT[found] ?? found);
