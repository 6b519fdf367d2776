// Sends a file by tus 1.0.0 and does not give up when the link breaks.

const PLACE = "/api/v1/uploads";
// Small enough that a weak link gets a piece through before it breaks again.
const PIECE = 256 * 1024;
// Some seconds of speech, as browsers record it.
const GROWN = 64 * 1024;
const LONGEST_PAUSE_MS = 30_000;

// What the server will not take, in words for a person.
export class Refused extends Error {
  constructor(problem) {
    super([problem.title, problem.detail].filter(Boolean).join(". "));
    this.status = problem.status;
  }
}

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
      address ??= await begin(source, csrf, says, hears);
      await follow(source, address, csrf, hears, () => { pause = 1_000; }, signal);
      return await (await ask("GET", address, csrf)).json();
    } catch (error) {
      if (signal?.aborted) {
        throw error;
      }
      if (error instanceof Refused && [404, 410].includes(error.status) && address) {
        // The server has forgotten this upload: from the start.
        address = undefined;
      } else if (error instanceof Refused && error.status !== 409) {
        throw error;
      } else {
        hears.waiting();
        await linkOrTime(pause, signal);
        pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
      }
    }
  }
}

// Ends an upload that nobody wants any longer.
export async function abandon(place, csrf) {
  await ask("DELETE", place, csrf).catch(() => {});
}

async function begin(source, csrf, says, hears) {
  const said = Object.entries(says).filter(([, value]) => value);
  // How long something is that is still being said, nobody knows.
  const length = source.ended
    ? { "Upload-Length": String(source.size) }
    : { "Upload-Defer-Length": "1" };
  const answer = await ask("POST", PLACE, csrf, {
    ...length,
    "Upload-Metadata": said.map(([key, value]) => `${key} ${base64(value)}`).join(","),
  });
  const address = new URL(answer.headers.get("Location"), location.href).pathname;
  await hears.placed(address);
  return address;
}

async function follow(source, address, csrf, hears, moved, signal) {
  const answer = await ask("HEAD", address, csrf);
  let offset = offsetOf(answer);
  let open = answer.headers.get("Upload-Length") === null;
  while (open || offset < source.size) {
    signal?.throwIfAborted();
    // Small pieces of what is still growing would be as many requests.
    if (!source.ended && source.size - offset < GROWN) {
      await source.more(signal);
      continue;
    }
    hears.progress(Math.floor((offset * 100) / Math.max(source.size, 1)));
    const end = Math.min(offset + PIECE, source.size);
    const headers = {
      "Content-Type": "application/offset+octet-stream",
      "Upload-Offset": String(offset),
    };
    const last = source.ended && end === source.size;
    if (open && last) {
      headers["Upload-Length"] = String(source.size);
    }
    const piece = await source.piece(offset, end);
    offset = offsetOf(await ask("PATCH", address, csrf, headers, piece, signal));
    open &&= !last;
    moved();
  }
  hears.progress(100);
}

async function ask(method, address, csrf, headers = {}, body = undefined, signal = undefined) {
  const all = { "Tus-Resumable": "1.0.0", "X-CSRF-Token": csrf, ...headers };
  const credentials = "same-origin";
  const answer = await fetch(address, { method, headers: all, body, credentials, signal });
  if (answer.ok) {
    return answer;
  }
  const problem = await answer.json().catch(() => ({}));
  // What the server may do better at the next attempt is no refusal.
  if (answer.status >= 500 || answer.status === 429) {
    throw new Error(problem.title);
  }
  throw new Refused({ title: String(answer.status), ...problem, status: answer.status });
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
