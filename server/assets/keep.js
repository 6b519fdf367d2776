// Keeps takes in the browser, piece by piece, until they are sent: a phone whose battery dies while
// it records has lost the last second, and goes on tomorrow.
//
// A take is { id, person, name, kind, says, title, place, former, begun }; its pieces are numbered
// from 0.

const NAME = "loa-ban";
const TAKES = "takes";
const PIECES = "pieces";
// Some browsers never answer until they are started anew. Nobody waits for comfort.
const PATIENCE_MS = 5_000;

// Whether what is kept outlives the window and a full phone: a private window forgets it, and a
// browser that has promised nothing makes room. Asks the person where the browser does.
export async function lasts() {
  return await navigator.storage?.persist?.().catch(() => false) ?? false;
}

// The same without asking the person.
export async function lastsAlready() {
  return await navigator.storage?.persisted?.().catch(() => false) ?? false;
}

// Puts down what is known of a take. Gives back whether this browser keeps anything.
export async function put(take) {
  return await on(TAKES, "readwrite", (shelf) => shelf.put(take)) !== undefined;
}

// Puts down a piece of its sound. As plain bytes, because some phones lose a Blob.
export async function add(id, number, piece) {
  const bytes = await piece.arrayBuffer();
  return await on(PIECES, "readwrite", (shelf) => shelf.put(bytes, [id, number])) !== undefined;
}

// What `person` has not sent yet, the oldest first.
export async function unsent(person) {
  const takes = await on(TAKES, "readonly", (shelf) => shelf.getAll()) ?? [];
  return takes.filter((take) => take.person === person).sort((a, b) => a.begun - b.begun);
}

// The sound of a take as a file, and in how many pieces it was put down.
export async function sound({ id, name, kind }) {
  const pieces = await on(PIECES, "readonly", (shelf) => shelf.getAll(all(id))) ?? [];
  return { file: new File(pieces, name, { type: kind }), pieces: pieces.length };
}

// Takes a take away, with its sound.
export async function drop(id) {
  await on(TAKES, "readwrite", (shelf) => shelf.delete(id));
  await on(PIECES, "readwrite", (shelf) => shelf.delete(all(id)));
}

function all(id) {
  return IDBKeyRange.bound([id, 0], [id, Infinity]);
}

// A browser that keeps nothing only loses the comfort.
async function on(name, mode, act) {
  if (mode === "readonly" && !opening && !await isThere()) {
    return undefined;
  }
  // Phones take a connection away behind the page's back; the next one does it.
  const done = await attempt(name, mode, act).catch(close);
  return done ?? await attempt(name, mode, act).catch(close);
}

async function attempt(name, mode, act) {
  const shelves = await opened();
  return await new Promise((resolve, reject) => {
    // Otherwise "through" is said before anything is on the disk, and a battery dies at any time.
    const transaction = shelves.transaction(name, mode, { durability: "strict" });
    const request = act(transaction.objectStore(name));
    // What is written counts once the transaction is through.
    transaction.oncomplete = () => resolve(request.result ?? true);
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
  });
}

// Whether there is anything to look at; yes where the browser does not say. Opening what is not
// there makes it, and a page that is left while it does so goes on waiting in the browser's memory:
// whatever the next page would keep waits behind it.
async function isThere() {
  const asked = Promise.resolve().then(() => indexedDB.databases()).catch(() => undefined);
  const patience = new Promise((resolve) => { setTimeout(resolve, PATIENCE_MS); });
  const found = await Promise.race([asked, patience]);
  return found?.some(({ name }) => name === NAME) ?? true;
}

let opening;
// Whether the browser has not answered: then it is not asked again.
let silent = false;

function opened() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 2);
    const patience = setTimeout(() => {
      silent = true;
      reject(new Error("no answer"));
    }, PATIENCE_MS);
    request.onupgradeneeded = () => {
      const there = request.result.objectStoreNames;
      // What an older page kept is somebody's voice, and stays.
      if (!there.contains(TAKES)) {
        request.result.createObjectStore(TAKES, { keyPath: "id" });
      }
      if (!there.contains(PIECES)) {
        request.result.createObjectStore(PIECES);
      }
    };
    request.onsuccess = () => {
      clearTimeout(patience);
      // Another page that brings more shelves would wait for this one.
      request.result.onversionchange = () => {
        request.result.close();
        close();
      };
      request.result.onclose = close;
      if (silent) {
        // It answered late: from here on it keeps what it is given.
        silent = false;
        opening = Promise.resolve(request.result);
      }
      resolve(request.result);
    };
    const fail = (error) => {
      clearTimeout(patience);
      reject(error);
    };
    request.onerror = () => fail(request.error);
    request.onblocked = () => fail(new Error("another page keeps it open"));
  });
  return opening;
}

function close() {
  if (silent) {
    return;
  }
  opening?.then((shelves) => shelves.close(), () => {});
  opening = undefined;
}
