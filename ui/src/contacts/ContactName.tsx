import { Anchor, Avatar, Group } from "@mantine/core";
import { Link } from "@tanstack/react-router";

/** A contact's name with their initials, leading to everything that is known about them. */
export function ContactName({ id, name }: { id: string; name: string }) {
  return (
    <Group gap={12} wrap="nowrap" style={{ minWidth: 0 }}>
      <Avatar name={name} color="fjord" size={28} radius="xl" alt="" />
      <Anchor component={Link} to={`/contacts/${id}`} size="sm" fw={550} c="inherit" style={{ overflowWrap: "anywhere" }} lineClamp={1}>{name}</Anchor>
    </Group>
  );
}
