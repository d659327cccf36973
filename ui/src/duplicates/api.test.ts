import { expect, it } from "vitest";
import { openFields, type Duplicate } from "./api";

const side = (contact: object) => ({ contact: { first_name: "", last_name: "", email: null, phone: "", company: "", locale: "nb", ...contact } });

it("asks only where both know something and it differs", () => {
  const pair = { left: side({ first_name: "Kari", phone: "22334455" }), right: side({ first_name: "Kair", email: "k@example.no", locale: "en" }) };
  expect(openFields(pair as unknown as Duplicate)).toEqual(["first_name", "locale"]);
});
