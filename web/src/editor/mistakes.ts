// Marks the line of a syntax error, found by Yasqe's grammar during typing or by the service.
//
// Yasqe's own mark needs inline styles, which the content security policy of the pages forbids.

import type Yasqe from "@zazuko/yasqe";
import type { LineHandle } from "codemirror";

const GUTTER = "gutterErrorBar";
const LINE = "mistaken";
const PATIENCE = 700;

export class Mistakes {
  private marked: LineHandle | null = null;
  private waiting = 0;

  /** Watch an editor; `notify` gets the line number of an error, null if there is none. */
  constructor(
    private readonly editor: Yasqe,
    private readonly notify: (line: number | null, column?: number) => void,
  ) {
    editor.checkSyntax = () => this.look();
    this.look();
  }

  /** Mark an error found by the service; lines and columns count from 1. */
  show(line: number, column: number): void {
    window.clearTimeout(this.waiting);
    this.mark(line - 1, "");
    this.notify(line, column);
    this.editor.getDoc().setCursor({ line: line - 1, ch: Math.max(column - 1, 0) });
  }

  /** Mark the first error now, and notify when typing pauses. */
  private look(): void {
    window.clearTimeout(this.waiting);
    const found = this.first();
    this.mark(found?.line ?? null, found?.expected ?? "");
    this.waiting = window.setTimeout(
      () => this.notify(found === null ? null : found.line + 1),
      found === null ? 0 : PATIENCE,
    );
  }

  private first(): { line: number; expected: string } | null {
    const document = this.editor.getDoc();
    for (let line = 0; line < document.lineCount(); line++) {
      const end = { line, ch: document.getLine(line).length };
      const state = this.editor.getTokenAt(end, true).state;
      this.editor.setOption("queryType" as never, state.queryType as never);
      if (state.OK === false) {
        const expected = (state.possibleCurrent ?? []) as string[];
        return { line, expected: state.errorMsg ?? expected.join(" ") };
      }
    }
    return null;
  }

  private mark(line: number | null, expected: string): void {
    this.editor.clearGutter(GUTTER);
    if (this.marked !== null) {
      this.editor.removeLineClass(this.marked, "background", LINE);
    }
    this.marked = line === null ? null : this.editor.addLineClass(line, "background", LINE);
    if (line === null) return;
    const sign = document.createElement("span");
    sign.className = "mistake-sign";
    sign.textContent = "!";
    sign.title = expected;
    this.editor.setGutterMarker(line, GUTTER, sign);
  }
}
