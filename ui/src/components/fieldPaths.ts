import { ApiProblem } from "../api/client";

/** The same problem with its fields called by other names: a form need not have the shape of the request it sends. */
export function renameFields(error: unknown, rename: (field: string) => string): unknown {
  if (!(error instanceof ApiProblem)) return error;
  const errors = error.fields.map(({ field, ...rest }) => ({ ...rest, field: rename(field) }));
  return new ApiProblem(error.status, { title: error.title, status: error.status, code: error.code, detail: error.message, errors });
}

/** Runs a request whose errors name fields below `prefix`, as if the form were the whole of it. */
export async function sendBelow<T>(prefix: string, send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (error) {
    throw renameFields(error, (field) => (field.startsWith(`${prefix}.`) ? field.slice(prefix.length + 1) : field));
  }
}
