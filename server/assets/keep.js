// Keeps takes in the browser, piece by piece, until they are sent: a phone whose battery dies while
// it records has lost the last second, and goes on tomorrow.
//
// A take is { id, person, name, kind, says, place, begun }; its pieces are numbered from 0.

const NAME = "loa-ban";
const TAKES = "takes";
const PIECES = "pieces";

// Puts down what is known of a take. Gives back whether this browser keeps anything: a private
// window does not.
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

// The sound of a take as a file.
export async function sound({ id, name, kind }) {
  const pieces = await on(PIECES, "readonly", (shelf) => shelf.getAll(all(id))) ?? [];
  return new File(pieces, name, { type: kind });
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
  try {
    const database = await opened();
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(name, mode);
      const request = act(transaction.objectStore(name));
      // What is written counts once the transaction is through.
      transaction.oncomplete = () => resolve(request.result ?? null);
      transaction.onerror = () => reject(transaction.error);
      transaction.onabort = () => reject(transaction.error);
    });
  } catch {
    return undefined;
  }
}

let database;

function opened() {
  database ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 2);
    request.onupgradeneeded = () => {
      const shelves = request.result;
      [...shelves.objectStoreNames].forEach((old) => shelves.deleteObjectStore(old));
      shelves.createObjectStore(TAKES, { keyPath: "id" });
      shelves.createObjectStore(PIECES);
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("another page keeps it open"));
  });
  return database;
}
