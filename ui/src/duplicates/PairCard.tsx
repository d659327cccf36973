import { Badge, Button, Group, Radio, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Fragment, useState } from "react";
import { useTranslation } from "react-i18next";
import { toastError } from "../components/problem";
import { CONTACTS } from "../contacts/api";
import { languageName } from "../contacts/ContactsScreen";
import { useFormat } from "../i18n";
import { useMay } from "../session/useMay";
import { DUPLICATES, FIELDS, mergeDuplicate, openFields, reconsiderDuplicate, refuseDuplicate, undoMerge, type Duplicate, type DuplicateSide, type Field } from "./api";
import classes from "./Duplicates.module.css";

const toastUndo = async (...content: Parameters<(typeof import("../components/undoToast"))["toastUndo"]>) => (await import("../components/undoToast")).toastUndo(...content);

/** How sure one can be, in a word. */
const likely = (points: number) => (points >= 85 ? "nearlySure" : points >= 65 ? "likely" : "possible");

/** Two contacts side by side: what to take from which, and what to do with them. */
export function PairCard({ pair }: { pair: Duplicate }) {
  const { t } = useTranslation("duplicates");
  const may = useMay();
  const queries = useQueryClient();
  const [taken, setTaken] = useState<readonly Field[]>([]);
  const refresh = () => Promise.all([queries.invalidateQueries({ queryKey: DUPLICATES }), queries.invalidateQueries({ queryKey: CONTACTS })]);
  /** Does something, and then offers to take it back. */
  const useStep = <T,>(work: () => Promise<T>, said: string, back: (done: T) => Promise<unknown>) =>
    useMutation({
      mutationFn: work,
      onError: toastError,
      onSuccess: async (done) => {
        void toastUndo(said, t("undo"), () => void back(done).then(refresh, toastError));
        await refresh();
      },
    });
  const merge = useStep(() => mergeDuplicate(pair, taken), t("merged", { name: pair.left.contact.display_name }), (done) => undoMerge(done.id));
  const refuse = useStep(() => refuseDuplicate(pair), t("refused"), () => reconsiderDuplicate(pair));
  const open = openFields(pair);
  const choose = (field: Field, isRight: boolean) => setTaken(isRight ? [...taken, field] : taken.filter((other) => other !== field));
  const name = t("pair", { left: pair.left.contact.display_name, right: pair.right.contact.display_name });
  return (
    <li className={classes["pair"]} aria-label={name}>
      <div className={classes["head"]}>
        <Text fw={550}>{t(`likely.${likely(pair.points)}`)}</Text>
        <Group gap={4}>
          {pair.reasons.map(({ reason, points }) => <Badge key={reason} color={points < 0 ? "gray" : "fjord"} variant="light">{t(`reasons.${reason}` as "reasons.same_name")}</Badge>)}
        </Group>
      </div>
      <div className={classes["grid"]}>
        <span />
        <Side side={pair.left} note={t("kept")} />
        <Side side={pair.right} note={t("goesIn")} />
        {FIELDS.map((field) => (
          <Fragment key={field}>
            <span className={classes["label"]}>{t(`fields.${field}`)}</span>
            {([false, true] as const).map((isRight) => {
              const contact = (isRight ? pair.right : pair.left).contact;
              const text = field === "locale" ? languageName(contact.locale) : (contact[field] ?? "");
              const isChosen = open.includes(field) ? taken.includes(field) === isRight : text !== "";
              return (
                <span key={String(isRight)} className={classes["cell"]} data-chosen={isChosen || undefined}>
                  {open.includes(field) && may("contacts.delete")
                    ? <Radio size="xs" styles={{ label: { fontSize: 14, lineHeight: "20px", paddingLeft: 8 } }} name={`${pair.left.contact.id} ${pair.right.contact.id} ${field}`} checked={isChosen} onChange={() => choose(field, isRight)} label={text} />
                    : text || <Text span c="dimmed">–</Text>}
                </span>
              );
            })}
          </Fragment>
        ))}
        <span className={classes["label"]}>{t("hangsOn")}</span>
        <Has side={pair.left} />
        <Has side={pair.right} />
      </div>
      {may("contacts.delete") && (
        <Group gap={8} className={classes["actions"] ?? ""}>
          <Button loading={merge.isPending} disabled={refuse.isPending} onClick={() => merge.mutate()}>{t("merge")}</Button>
          <Button variant="default" loading={refuse.isPending} disabled={merge.isPending} onClick={() => refuse.mutate()}>{t("refuse")}</Button>
        </Group>
      )}
    </li>
  );
}

function Side({ side, note }: { side: DuplicateSide; note: string }) {
  const { t } = useTranslation("duplicates");
  const format = useFormat();
  return (
    <span className={classes["side"]}>
      <Link to="/contacts/$contactId" params={{ contactId: side.contact.id }} className={classes["link"] ?? ""}>{side.contact.display_name}</Link>
      <Text component="span" display="block" size="xs" c="dimmed">{note} · {t("since", { date: format.date(side.contact.created_at) })}</Text>
    </span>
  );
}

/** What goes over with it: nothing of this is chosen, all of it is kept. */
function Has({ side }: { side: DuplicateSide }) {
  const { t } = useTranslation("duplicates");
  const parts = [
    side.deals > 0 && t("deals", { count: side.deals }),
    side.orders > 0 && t("orders", { count: side.orders }),
    side.messages > 0 && t("messages", { count: side.messages }),
    side.contact.tags.length > 0 && side.contact.tags.join(", "),
  ].filter(Boolean);
  return <span className={classes["cell"]} data-chosen={parts.length > 0 || undefined}>{parts.join(" · ") || <Text span c="dimmed">–</Text>}</span>;
}
