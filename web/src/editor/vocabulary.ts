// The vocabulary of the graph for the editor, and formatting of names and messages.

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

/** Fetch the vocabulary; empty if it is not available, since the editor works without it. */
export async function vocabulary(address: string): Promise<Vocabulary> {
  const answer = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok) return { prefixes: {}, classes: [], properties: [], examples: {} };
  return (await answer.json()) as Vocabulary;
}

/** Shorten an IRI by its longest prefix; null if there is none. */
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

/** Fill the placeholders of a message: "{rows} rows". */
export function formatted(message: string | undefined, values: Record<string, string> = {}): string {
  return (message ?? "").replace(/\{(\w+)\}/g, (all, name: string) => values[name] ?? all);
}
