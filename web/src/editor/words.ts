// What the editor knows of the graph, as the service tells it.

export interface Named {
  iri: string;
  en?: string;
  ru?: string;
}

export interface Vocabulary {
  prefixes: Record<string, string>;
  classes: Named[];
  properties: Named[];
  examples: Record<string, string>;
}

/** The vocabulary at an address; nothing while there is none, since queries can be written without. */
export async function vocabulary(address: string): Promise<Vocabulary> {
  const answer = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok) return { prefixes: {}, classes: [], properties: [], examples: {} };
  return (await answer.json()) as Vocabulary;
}

/** An address by the prefix that covers most of it; null where none makes a name of it. */
export function shortened(iri: string, prefixes: Record<string, string>): string | null {
  let best: [string, string] | null = null;
  for (const [prefix, space] of Object.entries(prefixes)) {
    if (iri.startsWith(space) && (best === null || space.length > best[1].length)) {
      best = [prefix, space];
    }
  }
  if (best === null) return null;
  const local = iri.slice(best[1].length);
  return /^[\p{L}_0-9]([\p{L}\p{N}_.-]*[\p{L}\p{N}_-])?$/u.test(local) ? `${best[0]}:${local}` : null;
}

/** What is said with words in the places of braces: "{rows} rows". */
export function said(pattern: string | undefined, words: Record<string, string> = {}): string {
  return (pattern ?? "").replace(/\{(\w+)\}/g, (all, name: string) => words[name] ?? all);
}
