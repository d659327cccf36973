import classes from "./Messages.module.css";

/** A mail as a mail program shows it, shut in: nothing in it runs. Mail is written for a light ground. */
export function MailFrame({ html, title }: { html: string; title: string }) {
  return <iframe className={classes["frame"]} title={title} sandbox="" srcDoc={html} />;
}
