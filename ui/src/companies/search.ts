import { parseRecords } from "../contacts/search";
import type { RecordsSearch } from "../records/useRecords";

/** What the list of companies keeps in its address. */
export const parseCompanies = (search: Record<string, unknown>): RecordsSearch => parseRecords(search);
