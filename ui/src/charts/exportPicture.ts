/**
 * What is drawn on a part of the page as a PNG: grounds, borders, drawings and words, wherever they come from (a chart's
 * SVG, the funnel picture's words beside its drawing, a table). Words are written by the canvas, in the page's own fonts.
 */
const SCALE = 2;
const MARGIN = 24;
const TITLE_HEIGHT = 40;
/** What an SVG gets from stylesheets and needs to look the same by itself. */
const SVG_STYLES = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity", "stroke-linecap", "opacity", "stop-color", "stop-opacity", "display", "visibility"];
/** How a dashed line is drawn, in pixels. */
const DASH = [3, 3];
const CLEAR = "rgba(0, 0, 0, 0)";

interface Place {
  left: number;
  top: number;
}

const isHidden = (element: Element) => {
  const style = getComputedStyle(element);
  const { width, height } = element.getBoundingClientRect();
  // Words for screen readers are a pixel wide.
  return style.visibility === "hidden" || style.display === "none" || (style.position === "absolute" && width <= 1 && height <= 1);
};

function drawBox(canvas: CanvasRenderingContext2D, element: Element, origin: Place): void {
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  const hasBorder = parseFloat(style.borderTopWidth) > 0 && style.borderTopStyle !== "none";
  if (style.backgroundColor === CLEAR && !hasBorder) return;
  canvas.globalAlpha = Number(style.opacity);
  canvas.beginPath();
  canvas.roundRect(box.left - origin.left, box.top - origin.top, box.width, box.height, Math.min(parseFloat(style.borderTopLeftRadius) || 0, box.height / 2));
  if (style.backgroundColor !== CLEAR) {
    canvas.fillStyle = style.backgroundColor;
    canvas.fill();
  }
  if (hasBorder && style.borderLeftStyle !== "none" && parseFloat(style.borderLeftWidth) > 0) {
    canvas.strokeStyle = style.borderTopColor;
    canvas.lineWidth = parseFloat(style.borderTopWidth);
    canvas.setLineDash(style.borderTopStyle === "dashed" ? DASH : []);
    canvas.stroke();
  }
  canvas.globalAlpha = 1;
}

async function drawSvg(canvas: CanvasRenderingContext2D, svg: SVGSVGElement, origin: Place): Promise<void> {
  const box = svg.getBoundingClientRect();
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const originals = svg.querySelectorAll("*");
  copy.querySelectorAll<SVGElement>("*").forEach((element, index) => {
    const original = originals[index];
    if (!original) return;
    const style = getComputedStyle(original);
    for (const name of SVG_STYLES) element.style.setProperty(name, style.getPropertyValue(name));
  });
  // Words are written by the canvas afterwards.
  copy.querySelectorAll("text").forEach((text) => text.remove());
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(box.width));
  copy.setAttribute("height", String(box.height));
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  await image.decode();
  canvas.drawImage(image, box.left - origin.left, box.top - origin.top, box.width, box.height);
}

/** A text as the page has broken it into lines, and where each begins. */
function linesOf(node: Text, range: Range): { text: string; box: DOMRect }[] {
  const boxes = range.getClientRects();
  if (boxes.length <= 1) return boxes[0] ? [{ text: node.data.trim(), box: boxes[0] }] : [];
  const lines: { text: string; box: DOMRect }[] = [];
  for (const { 0: word, index } of node.data.matchAll(/\S+/g)) {
    range.setStart(node, index);
    range.setEnd(node, index + word.length);
    const box = range.getClientRects()[0];
    const last = lines.at(-1);
    if (!box) continue;
    if (last && Math.abs(last.box.top - box.top) < 2) last.text += ` ${word}`;
    else lines.push({ text: word, box });
  }
  return lines;
}

function drawWords(canvas: CanvasRenderingContext2D, node: Text, origin: Place): void {
  const parent = node.parentElement;
  const words = node.data.trim();
  if (!parent || words === "") return;
  const range = document.createRange();
  range.selectNodeContents(node);
  const style = getComputedStyle(parent);
  const isSvg = parent instanceof SVGElement;
  canvas.font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  canvas.letterSpacing = style.letterSpacing === "normal" ? "0px" : style.letterSpacing;
  canvas.fillStyle = isSvg ? style.fill : style.color;
  canvas.textBaseline = "middle";
  // A text that the page cuts off with an ellipsis is cut off here too.
  const room = style.textOverflow === "ellipsis" ? parent.getBoundingClientRect().width : Infinity;
  for (const { text, box } of linesOf(node, range)) {
    let shown = text;
    while (shown.length > 1 && canvas.measureText(shown).width > room + 1) shown = `${shown.slice(0, -2)}…`;
    canvas.fillText(shown, box.left - origin.left, box.top - origin.top + box.height / 2);
  }
}

async function draw(canvas: CanvasRenderingContext2D, element: Element, origin: Place): Promise<void> {
  if (isHidden(element)) return;
  if (element instanceof SVGSVGElement) await drawSvg(canvas, element, origin);
  else if (element instanceof HTMLElement) drawBox(canvas, element, origin);
  for (const child of element.childNodes) {
    if (child instanceof Text) drawWords(canvas, child, origin);
    else if (child instanceof Element) await draw(canvas, child, origin);
  }
}

/** A part of the page as a PNG file, below its title. */
export async function pictureOf(element: HTMLElement, title: string): Promise<Blob> {
  const box = element.getBoundingClientRect();
  // What is scrolled sideways is in the picture as well.
  const width = Math.max(box.width, ...[...element.querySelectorAll("*")].filter((inner) => !isHidden(inner)).map((inner) => inner.getBoundingClientRect().right - box.left));
  const board = document.createElement("canvas");
  board.width = Math.round((width + 2 * MARGIN) * SCALE);
  board.height = Math.round((box.height + 2 * MARGIN + TITLE_HEIGHT) * SCALE);
  const canvas = board.getContext("2d");
  if (!canvas) throw new Error("this browser draws no pictures");
  const page = getComputedStyle(document.body);
  canvas.scale(SCALE, SCALE);
  canvas.fillStyle = page.backgroundColor;
  canvas.fillRect(0, 0, board.width, board.height);
  canvas.fillStyle = page.color;
  canvas.font = `600 18px ${page.fontFamily}`;
  canvas.textBaseline = "middle";
  canvas.fillText(title, MARGIN, MARGIN + TITLE_HEIGHT / 2 - 4, width);
  await draw(canvas, element, { left: box.left - MARGIN, top: box.top - MARGIN - TITLE_HEIGHT });
  const file = await new Promise<Blob | null>((resolve) => board.toBlob(resolve, "image/png"));
  if (!file) throw new Error("the picture is too large for this browser");
  return file;
}

/** A title as the name of a file. */
export const fileName = (title: string, extension: string): string => `${title.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").slice(0, 80) || "suppilo"}.${extension}`;
