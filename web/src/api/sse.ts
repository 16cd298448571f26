// Server-sent events out of a stream of text. The browser's own EventSource cannot send a key.

export interface ServerEvent {
  kind: string;
  data: string;
}

/** Takes text as it comes, in pieces cut anywhere, and tells of each whole event. */
export function eventReader(tell: (event: ServerEvent) => void): (text: string) => void {
  let rest = "";
  let kind = "";
  let data: string[] = [];

  function line(text: string): void {
    if (text === "") {
      if (data.length > 0) tell({ kind: kind || "message", data: data.join("\n") });
      kind = "";
      data = [];
      return;
    }
    const colon = text.indexOf(":");
    if (colon === 0) return;
    const field = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? "" : text.slice(colon + 1).replace(/^ /, "");
    if (field === "event") kind = value;
    if (field === "data") data.push(value);
  }

  return (text) => {
    const lines = (rest + text).split(/\r?\n/);
    rest = lines.pop() ?? "";
    lines.forEach(line);
  };
}
