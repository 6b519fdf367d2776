// Sends a file by tus 1.0.0 and does not give up when the link breaks.

const PLACE = "/api/v1/uploads";
// Small enough that a weak link gets a piece through before it breaks again.
const PIECE = 256 * 1024;
const LONGEST_PAUSE_MS = 30_000;

// What the server will not take, in words for a person.
export class Refused extends Error {
  constructor(problem) {
    super([problem.title, problem.detail].filter(Boolean).join(". "));
    this.status = problem.status;
  }
}

// Sends `file` and gives back what the server says of the recording that comes out of it.
// `hears` is told: placed(address), progress(percent), waiting().
export async function send(file, { csrf, says, place, hears }) {
  let address = place;
  let pause = 1_000;
  for (;;) {
    try {
      address ??= await begin(file, csrf, says, hears);
      await follow(file, address, csrf, hears, () => { pause = 1_000; });
      return await (await ask("GET", address, csrf)).json();
    } catch (error) {
      if (error instanceof Refused && [404, 410].includes(error.status) && address) {
        // The server has forgotten this upload: from the start.
        address = undefined;
      } else if (error instanceof Refused && error.status !== 409) {
        throw error;
      } else {
        hears.waiting();
        await linkOrTime(pause);
        pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
      }
    }
  }
}

// Ends an upload that nobody wants any longer.
export async function abandon(place, csrf) {
  await ask("DELETE", place, csrf).catch(() => {});
}

async function begin(file, csrf, says, hears) {
  const said = Object.entries(says).filter(([, value]) => value);
  const answer = await ask("POST", PLACE, csrf, {
    "Upload-Length": String(file.size),
    "Upload-Metadata": said.map(([key, value]) => `${key} ${base64(value)}`).join(","),
  });
  const address = new URL(answer.headers.get("Location"), location.href).pathname;
  await hears.placed(address);
  return address;
}

async function follow(file, address, csrf, hears, moved) {
  let offset = offsetOf(await ask("HEAD", address, csrf));
  while (offset < file.size) {
    hears.progress(Math.floor((offset * 100) / file.size));
    const headers = {
      "Content-Type": "application/offset+octet-stream",
      "Upload-Offset": String(offset),
    };
    const piece = file.slice(offset, offset + PIECE);
    offset = offsetOf(await ask("PATCH", address, csrf, headers, piece));
    moved();
  }
  hears.progress(100);
}

async function ask(method, address, csrf, headers = {}, body = undefined) {
  const all = { "Tus-Resumable": "1.0.0", "X-CSRF-Token": csrf, ...headers };
  const answer = await fetch(address, { method, headers: all, body, credentials: "same-origin" });
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

function linkOrTime(pause) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, pause);
    addEventListener("online", () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}
