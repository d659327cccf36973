import { describe, expect, it } from "vitest";
import { isEmptyText, missingLanguages, ownText, textFor, withText } from "./localized";

describe("texts in several languages", () => {
  it("are read in the reader's language, else English, else whatever is written", () => {
    expect(textFor("Kit", "nb")).toBe("Kit");
    expect(textFor({ nb: "Sett", en: "Kit" }, "nb")).toBe("Sett");
    expect(textFor({ nb: "Sett", en: "Kit" }, "fi")).toBe("Kit");
    expect(textFor({ nb: " ", sv: "Paket" }, "nb")).toBe("Paket");
    expect(textFor(undefined, "nb")).toBe("");
  });

  it("are written one language at a time", () => {
    expect(withText("", "nb", "Sett", ["nb"])).toBe("Sett");
    expect(withText("Kit", "nb", "Sett", ["nb", "en"])).toEqual({ nb: "Sett", en: "Kit" });
    expect(withText({ nb: "Sett", en: "Kit" }, "en", "", ["nb", "en"])).toEqual({ nb: "Sett", en: "" });
    expect(withText({ en: "", nb: "" }, "nb", "S", ["nb", "en"])).toEqual({ nb: "S" });
    expect(withText({ fi: "Setti" }, "nb", "S", ["nb"])).toEqual({ fi: "Setti", nb: "S" });
  });

  it("tell what is missing", () => {
    expect(missingLanguages({ nb: "Sett", en: " " }, ["nb", "en"])).toEqual(["en"]);
    expect(missingLanguages("Kit", ["nb", "en"])).toEqual([]);
    expect(missingLanguages({}, ["nb", "en"])).toEqual([]);
    expect(isEmptyText({ nb: " " })).toBe(true);
    expect(ownText({ en: "Kit" }, "nb")).toBe("");
  });
});
