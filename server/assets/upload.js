// Sends a file by tus 1.0.0 and does not give up when the link breaks.

const PLACE = "/api/v1/uploads";
// What is shown as sent is what the server has said it holds, piece by piece: what a browser has
// handed over may lie in the phone. So a piece is as large as the link carries in some seconds.
const FIRST_PIECE = 32 * 1024;
const LEAST_PIECE = 16 * 1024;
const MOST_PIECE = 256 * 1024;
const SHORT_MS = 1_500;
const LONG_MS = 5_000;
// Some seconds of speech, as browsers record it.
const GROWN = 64 * 1024;
const LONGEST_PAUSE_MS = 30_000;
// A link that died without a word never answers. A piece may take its time on the weakest links.
const PATIENCE_MS = 30_000;
const PATIENCE_FOR_PIECE_MS = 120_000;
// An upload that is begun without our hearing of it would lie there for days.
const GRACE_MS = 5_000;

// What the server will not take, in words for a person.
export class Refused extends Error {
  constructor(problem) {
    super([problem.title, problem.detail].filter(Boolean).join(". "));
    this.status = problem.status;
    this.kind = String(problem.type).split(":").pop();
  }

  // Whether the bulletin takes no recording, or is gone.
  get isOfBulletin() {
    return this.kind === "bulletin-not-open" || this.status === 404;
  }
}

// What the server has of it is not the beginning of what is here.
class Misfit extends Error {}

// A file that is there.
export function whole(file) {
  const piece = async (from, to) => file.slice(from, to);
  return { size: file.size, ended: true, piece, more: async () => {} };
}

// A file that grows: its pieces are added while it is sent. Somebody else ends it.
export class Growing {
  size = 0;
  ended = false;
  #pieces = [];
  #told = () => {};

  add(piece) {
    this.#pieces.push(piece);
    this.size += piece.size;
    this.#told();
  }

  // What there is of it.
  file(name, kind) {
    return new File(this.#pieces, name, { type: kind });
  }

  async piece(from, to) {
    return new Blob(this.#pieces).slice(from, to);
  }

  // Until there is more of it.
  more(signal) {
    return new Promise((resolve, reject) => {
      this.#told = resolve;
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
  }
}

// Sends `source` and gives back what the server says of the recording that comes out of it.
// `hears` is told: placed(address), progress(percent), waiting(). `signal` ends it.
export async function send(source, { csrf, says, place, hears, signal }) {
  let address = place;
  let pause = 1_000;
  for (;;) {
    signal?.throwIfAborted();
    try {
      address ??= await begin(source, csrf, says, hears, signal);
      await follow(source, address, csrf, hears, () => { pause = 1_000; }, signal);
      return (await ask("GET", address, csrf, { signal })).said;
    } catch (error) {
      if (signal?.aborted) {
        throw error;
      }
      if (address && isLost(error)) {
        abandon(address, csrf);
        address = undefined;
      } else if (!(error instanceof Refused)) {
        hears.waiting();
      } else if (error.kind !== "upload-offset") {
        throw error;
      }
      // Where somebody else moved the upload, it is asked for anew.
      await linkOrTime(pause, signal);
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
  }
}

// Whether an upload cannot be gone on with, and all of it is sent anew: the server has forgotten
// it, or has more than the browser kept when its battery died.
function isLost(error) {
  return error instanceof Misfit || (error instanceof Refused
    && ([404, 410].includes(error.status) || error.kind === "upload-other-length"));
}

// Ends an upload that nobody wants any longer, also while the page is being left.
export async function abandon(place, csrf) {
  await ask("DELETE", place, csrf, { keepalive: true }).catch(() => {});
}

async function begin(source, csrf, says, hears, signal) {
  const said = Object.entries(says).filter(([, value]) => value);
  // How long something is that is still being said, nobody knows.
  const length = source.ended
    ? { "Upload-Length": String(source.size) }
    : { "Upload-Defer-Length": "1" };
  const metadata = said.map(([key, value]) => `${key} ${base64(value)}`).join(",");
  const headers = { ...length, "Upload-Metadata": metadata };
  const answer = await ask("POST", PLACE, csrf, { headers, signal, grace: GRACE_MS });
  const address = new URL(answer.headers.get("Location"), location.href).pathname;
  await hears.placed(address);
  return address;
}

async function follow(source, address, csrf, hears, moved, signal) {
  const answer = await ask("HEAD", address, csrf, { signal });
  let offset = offsetOf(answer);
  const length = answer.headers.get("Upload-Length");
  let open = length === null;
  if (!open && offset === Number(length)) {
    return;
  }
  if (offset > source.size || (!open && Number(length) !== source.size)) {
    throw new Misfit();
  }
  let most = FIRST_PIECE;
  while (open || offset < source.size) {
    signal?.throwIfAborted();
    // Small pieces of what is still growing would be as many requests.
    if (!source.ended && source.size - offset < GROWN) {
      await source.more(signal);
      continue;
    }
    hears.progress(Math.floor((offset * 100) / Math.max(source.size, 1)));
    const end = Math.min(offset + most, source.size);
    const headers = {
      "Content-Type": "application/offset+octet-stream",
      "Upload-Offset": String(offset),
    };
    const last = source.ended && end === source.size;
    if (open && last) {
      headers["Upload-Length"] = String(source.size);
    }
    const body = await source.piece(offset, end);
    const began = performance.now();
    offset = offsetOf(await ask("PATCH", address, csrf, { headers, body, signal }));
    most = fitting(most, performance.now() - began);
    open &&= !last;
    moved();
  }
  hears.progress(100);
}

// The most that the next piece holds, after one of up to `most` took so long.
function fitting(most, tookMs) {
  if (tookMs < SHORT_MS) {
    return Math.min(most * 2, MOST_PIECE);
  }
  return tookMs > LONG_MS ? Math.max(most / 2, LEAST_PIECE) : most;
}

// Gives back { headers, said } of an answer.
async function ask(method, address, csrf, wish = {}) {
  const { headers, body, signal, keepalive, grace = 0 } = wish;
  signal?.throwIfAborted();
  // A refusal is read on this page, in its language.
  const language = { "Accept-Language": document.documentElement.lang };
  const all = { "Tus-Resumable": "1.0.0", "X-CSRF-Token": csrf, ...language, ...headers };
  // Phones of some years ago have neither AbortSignal.any nor AbortSignal.timeout.
  const ending = new AbortController();
  const end = () => setTimeout(() => ending.abort(), grace);
  const timer = setTimeout(() => ending.abort(), body ? PATIENCE_FOR_PIECE_MS : PATIENCE_MS);
  signal?.addEventListener("abort", end);
  try {
    const answer = await fetch(address, {
      method, headers: all, body, keepalive, credentials: "same-origin", signal: ending.signal,
    });
    return told(answer, await answer.text());
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", end);
  }
}

function told(answer, text) {
  const said = read(text);
  if (answer.ok) {
    return { headers: answer.headers, said };
  }
  // What the server may do better at the next attempt is no refusal.
  if (answer.status >= 500 || answer.status === 429) {
    throw new Error(said.title);
  }
  throw new Refused({ title: String(answer.status), ...said, status: answer.status });
}

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function offsetOf(answer) {
  return Number(answer.headers.get("Upload-Offset"));
}

function base64(text) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

function linkOrTime(pause, signal) {
  return new Promise((resolve) => {
    const over = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(over, pause);
    addEventListener("online", over, { once: true });
    signal?.addEventListener("abort", over, { once: true });
  });
}
