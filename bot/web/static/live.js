// The live connection: reconnects by itself, slower each time, at once when the page is looked at again.

const FIRST = 500; // milliseconds
const LONGEST = 10_000;
const SLEPT = 30_000; // a timer this late means the machine slept, and the old connection is dead
const SURE = 5_000; // a connection that lasts this long makes the next attempt quick again

export class Live {
  /** `onMessage(message)` for each; `onState(connected)` when that changes. */
  constructor(onMessage, onState) {
    this.onMessage = onMessage;
    this.onState = onState;
    this.wait = FIRST;
    this.timer = null;
    this.socket = null;
    this.ticked = Date.now();
    addEventListener("online", () => this.now());
    addEventListener("pageshow", (event) => event.persisted && this.renew());
    document.addEventListener("visibilitychange", () => this.looked());
    setInterval(() => this.tick(), 5_000);
    this.connect();
  }

  connect() {
    clearTimeout(this.timer);
    this.timer = null;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/api/live`);
    this.socket = socket;
    let opened = 0;
    socket.onopen = () => {
      opened = Date.now();
      this.onState(true);
      this.tellVisible();
    };
    socket.onmessage = (event) => this.onMessage(JSON.parse(event.data));
    socket.onclose = () => {
      if (socket !== this.socket) return;
      if (opened && Date.now() - opened > SURE) this.wait = FIRST;
      this.onState(false);
      this.later();
    };
  }

  later() {
    this.timer = setTimeout(() => this.connect(), this.wait * (0.7 + 0.6 * Math.random()));
    this.wait = Math.min(LONGEST, this.wait * 1.7);
  }

  /** Do not wait any longer. */
  now() {
    if (this.timer) this.connect();
  }

  /** Throw the old connection away: it may look open and be dead. */
  renew() {
    const old = this.socket;
    this.connect();
    old?.close();
  }

  looked() {
    if (!document.hidden) this.now();
    this.tellVisible();
  }

  tellVisible() {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ visible: !document.hidden }));
  }

  tick() {
    const late = Date.now() - this.ticked > SLEPT;
    this.ticked = Date.now();
    if (late && !document.hidden) this.renew();
  }
}
