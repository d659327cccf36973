import { exportRecords, type BulkRequest, type Entity } from "./api";
import { FileMenu } from "./FileMenu";

interface Props {
  entity: Entity;
  selection: NonNullable<BulkRequest["selection"]>;
  sort: string | undefined;
  columns: { field: string; label: string }[];
  name: string;
}

/** Exactly what the list shows, as a file. */
export function ExportMenu({ entity, selection, sort, columns, name }: Props) {
  return (
    <FileMenu hasCards={entity === "contact"} take={({ format, mark }, onBytes) =>
      exportRecords(entity, { selection, columns, format, name, byte_order_mark: mark, ...(sort ? { sort } : {}) }, onBytes)} />
  );
}
