import interLatin from "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2?url";
import { PAGE } from "./pictureShape";

/** So many pixels of a PNG to one of the drawing: enough for A4 at 288 points to the inch. */
const SCALE = 3;

async function dataUrl(address: string): Promise<string> {
  const image = await new Promise<Blob>((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("GET", address);
    request.responseType = "blob";
    request.onload = () => (request.status < 400 ? resolve(request.response as Blob) : reject(new Error(`${address} cannot be read (${request.status})`)));
    request.onerror = () => reject(new Error(`${address} cannot be read`));
    request.send();
  });
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as string);
    reader.onerror = () => reject(new Error(`${address} cannot be read`));
    reader.readAsDataURL(image);
  });
}

/** The drawing as a file that looks the same everywhere: its letters and the logo are in it. */
export async function pictureFile(drawing: SVGSVGElement, kind: "png" | "svg"): Promise<Blob> {
  const copy = drawing.cloneNode(true) as SVGSVGElement;
  copy.removeAttribute("class");
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(PAGE.width));
  copy.setAttribute("height", String(PAGE.height));
  const style = document.createElementNS("http://www.w3.org/2000/svg", "style");
  style.textContent = `@font-face{font-family:"Inter Variable";font-weight:100 900;src:url(${await dataUrl(interLatin)}) format("woff2")}text{font-variant-numeric:tabular-nums}`;
  copy.prepend(style);
  for (const image of copy.querySelectorAll("image")) image.setAttribute("href", await dataUrl(image.getAttribute("href") ?? ""));
  const file = new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" });
  return kind === "svg" ? file : rasterised(file);
}

async function rasterised(file: Blob): Promise<Blob> {
  const address = URL.createObjectURL(file);
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const board = document.createElement("canvas");
    board.width = PAGE.width * SCALE;
    board.height = PAGE.height * SCALE;
    const canvas = board.getContext("2d");
    if (!canvas) throw new Error("this browser draws no pictures");
    canvas.drawImage(image, 0, 0, board.width, board.height);
    const picture = await new Promise<Blob | null>((resolve) => board.toBlob(resolve, "image/png"));
    if (!picture) throw new Error("the picture is too large for this browser");
    return picture;
  } finally {
    URL.revokeObjectURL(address);
  }
}
