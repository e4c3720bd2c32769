// Short messages at the page's foot, read out by screen readers.
import { useEffect } from "preact/hooks";
import { make_store, useStore } from "../base/store";

interface Message {
  id: number;
  text: string;
  tone: "good" | "bad";
}

const SHOWN_MS = 6000;
const messages = make_store<Message[]>([]);
let next_id = 1;

export function say(text: string, tone: "good" | "bad" = "good"): void {
  messages.set([...messages.get().slice(-2), { id: next_id++, text, tone }]);
}

function Toast({ message }: { message: Message }) {
  useEffect(() => {
    const timer = setTimeout(
      () => messages.set(messages.get().filter((one) => one.id !== message.id)), SHOWN_MS);
    return () => clearTimeout(timer);
  }, []);
  return <p class={`toast tone-${message.tone}`}>{message.text}</p>;
}

export function Notices() {
  const shown = useStore(messages);
  return (
    <div class="toasts" role="status" aria-live="polite">
      {shown.map((message) => <Toast key={message.id} message={message} />)}
    </div>
  );
}
