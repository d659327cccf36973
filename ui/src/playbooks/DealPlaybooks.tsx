import { Button, Checkbox, Collapse, Group, Progress, Skeleton, Stack, Text, UnstyledButton } from "@mantine/core";
import { IconArrowBackUp, IconBook2, IconChevronDown, IconRotate } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { toastError } from "../components/problem";
import { useMay } from "../session/useMay";
import { PLAYBOOKS, dealPlaybooksQuery, goOn, type DealPlaybook } from "./api";
import classes from "./Playbooks.module.css";

const ActivityText = lazy(() => import("../activities/ActivityText"));

/** The sales book where it is needed: the scripts of the deal's stage, gone through answer by answer. */
export default function DealPlaybooks({ dealId, isCompact = false }: { dealId: string; isCompact?: boolean }) {
  const books = useQuery(dealPlaybooksQuery(dealId));
  const items = books.data?.items ?? [];
  // Without a book there is nothing to say; a failure is told where the deal itself is read.
  if (items.length === 0) return null;
  return <Stack gap="xs">{items.map((book, index) => <Book key={book.playbook.id} dealId={dealId} book={book} startsOpen={!isCompact && index === 0} />)}</Stack>;
}

interface Walk {
  path: string[];
  checked: string[];
}

function Book({ dealId, book, startsOpen }: { dealId: string; book: DealPlaybook; startsOpen: boolean }) {
  const { t } = useTranslation("playbooks");
  const id = useId();
  const queries = useQueryClient();
  const may = useMay();
  const [isOpen, setIsOpen] = useState(startsOpen);
  const { document } = book.playbook;
  // The conversation does not wait for the network, nor for an older answer that is still on its way.
  const [ahead, setAhead] = useState<Walk>();
  const walk: Walk = ahead ?? { path: book.run?.path ?? [], checked: book.run?.checked ?? [] };
  const send = useMutation({
    scope: { id: `${dealId} ${book.playbook.id}` },
    mutationFn: (next: Walk) => goOn(dealId, book.playbook.id, next.path, next.checked),
    onError: toastError,
    onSettled: async (_data, _error, next) => {
      await queries.invalidateQueries({ queryKey: [...PLAYBOOKS, "of", dealId] });
      setAhead((now) => (now === next ? undefined : now));
    },
  });
  const go = (next: Walk) => {
    setAhead(next);
    send.mutate(next);
  };
  const done = document.checklist.filter((point) => walk.checked.includes(point.id)).length;
  const isFixed = !may("deals.write");
  return (
    <section className={classes["book"]} aria-label={book.playbook.name}>
      <UnstyledButton className={classes["bookHead"] ?? ""} aria-expanded={isOpen} aria-controls={id} onClick={() => setIsOpen(!isOpen)}>
        <IconBook2 size={18} stroke={1.5} aria-hidden />
        <Text component="span" size="sm" fw={550} style={{ flex: 1 }}>{book.playbook.name}</Text>
        {document.checklist.length > 0 && <Text component="span" size="xs" c="dimmed" className="figures">{t("checkedOf", { done, total: document.checklist.length })}</Text>}
        <IconChevronDown size={16} className={classes["chevron"] ?? ""} aria-hidden />
      </UnstyledButton>
      {document.checklist.length > 0 && <Progress value={(done / document.checklist.length) * 100} size={3} aria-hidden />}
      <Collapse expanded={isOpen} id={id}>
        {isOpen && (
          <Stack gap="md" p="sm">
            {document.steps.length > 0 && <Script book={book} walk={walk} isFixed={isFixed} onGo={(path) => go({ ...walk, path })} />}
            {document.objections.length > 0 && <Objections book={book} />}
            {document.checklist.length > 0 && (
              <Stack gap={6} role="group" aria-label={t("checklist")}>
                <Text size="xs" fw={600} c="dimmed">{t("checklist")}</Text>
                {document.checklist.map((point) => (
                  <Checkbox key={point.id} label={point.text} disabled={isFixed} checked={walk.checked.includes(point.id)}
                    onChange={(event) => go({ ...walk, checked: event.currentTarget.checked ? [...walk.checked, point.id] : walk.checked.filter((one) => one !== point.id) })} />
                ))}
              </Stack>
            )}
          </Stack>
        )}
      </Collapse>
    </section>
  );
}

function Script({ book, walk, isFixed, onGo }: { book: DealPlaybook; walk: Walk; isFixed: boolean; onGo: (path: string[]) => void }) {
  const { t } = useTranslation("playbooks");
  const { steps } = book.playbook.document;
  const path = walk.path.length > 0 ? walk.path : steps.slice(0, 1).map((step) => step.id);
  const step = steps.find(({ id }) => id === path.at(-1)) ?? steps[0];
  if (!step) return null;
  const trail = path.slice(0, -1).flatMap((id, index) => steps.find((one) => one.id === id)?.answers.find(({ next }) => next === path[index + 1])?.label ?? []);
  return (
    <div className={classes["script"]}>
      {trail.length > 0 && <Text size="xs" c="dimmed" mb={8}>{trail.join(" › ")}</Text>}
      <div aria-live="polite"><Suspense fallback={<Skeleton height={60} />}><ActivityText text={step.say} names={[]} /></Suspense></div>
      <div className={classes["answers"]} role="group" aria-label={t("answers")}>
        {step.answers.map((answer) => <Button key={answer.label} variant="default" disabled={isFixed} className={classes["answer"] ?? ""} onClick={() => onGo([...path, answer.next])}>{answer.label}</Button>)}
      </div>
      {step.answers.length === 0 && <Text size="xs" c="dimmed" mt={4}>{t("scriptEnds")}</Text>}
      {path.length > 1 && !isFixed && (
        <Group gap={4} mt={8}>
          <Button size="compact-sm" variant="subtle" color="gray" leftSection={<IconArrowBackUp size={14} stroke={1.5} />} onClick={() => onGo(path.slice(0, -1))}>{t("stepBack")}</Button>
          <Button size="compact-sm" variant="subtle" color="gray" leftSection={<IconRotate size={14} stroke={1.5} />} onClick={() => onGo([])}>{t("beginAnew")}</Button>
        </Group>
      )}
    </div>
  );
}

function Objections({ book }: { book: DealPlaybook }) {
  const { t } = useTranslation(["playbooks", "common"]);
  const [open, setOpen] = useState<number | null>(null);
  return (
    <div role="group" aria-label={t("objections")}>
      <Text size="xs" fw={600} c="dimmed" mb={4}>{t("objections")}</Text>
      {book.playbook.document.objections.map(({ objection, answer }, index) => (
        <div key={index} className={classes["objection"]}>
          <UnstyledButton className={classes["objectionHead"] ?? ""} aria-expanded={open === index} onClick={() => setOpen(open === index ? null : index)}>
            <span>{t("common:quoted", { text: objection })}</span><IconChevronDown size={14} className={classes["chevron"] ?? ""} aria-hidden />
          </UnstyledButton>
          {open === index && <Suspense fallback={<Skeleton height={40} />}><ActivityText text={answer} names={[]} /></Suspense>}
        </div>
      ))}
    </div>
  );
}
