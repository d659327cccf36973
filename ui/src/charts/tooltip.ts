/** One line of what a chart says of a point. */
export interface TooltipRow {
  color?: string;
  name: string;
  value: string;
}

/** What a chart says of what is pointed at. Made of elements, not of HTML: names are whatever was sent. */
export function tooltip(title: string, rows: readonly TooltipRow[], note?: string): HTMLElement {
  const root = document.createElement("div");
  const add = (parent: HTMLElement, tag: string, text: string, style: string) => {
    const made = parent.appendChild(document.createElement(tag));
    made.textContent = text;
    made.style.cssText = style;
    return made;
  };
  add(root, "div", title, "font-weight:600;margin-bottom:4px;max-width:320px;white-space:normal");
  const grid = add(root, "div", "", "display:grid;grid-template-columns:auto minmax(0,240px) auto;gap:2px 8px;align-items:center");
  for (const { color, name, value } of rows) {
    add(grid, "i", "", `width:8px;height:8px;border-radius:3px;background:${color ?? "transparent"}`);
    add(grid, "span", name, "overflow:hidden;text-overflow:ellipsis");
    add(grid, "span", value, "text-align:right;font-weight:550;font-variant-numeric:tabular-nums;padding-left:8px");
  }
  if (note) add(root, "div", note, "margin-top:4px;font-size:12px;opacity:0.75");
  return root;
}
