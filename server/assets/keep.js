// Keeps what is not sent yet in the browser, so that a phone can go on tomorrow.

const NAME = "loa-ban";
const SHELF = "unsent";

// Puts down `take`: { file, says, place }. There is one at a time.
export function put(take) {
  return on("readwrite", (shelf) => shelf.put(take, "take"));
}

// What was put down, or undefined.
export function get() {
  return on("readonly", (shelf) => shelf.get("take"));
}

// Takes away what was put down.
export function clear() {
  return on("readwrite", (shelf) => shelf.delete("take"));
}

// A browser that keeps nothing (a private window) only loses the comfort.
async function on(mode, act) {
  try {
    const database = await opened();
    return await new Promise((resolve, reject) => {
      const request = act(database.transaction(SHELF, mode).objectStore(SHELF));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  } catch {
    return undefined;
  }
}

function opened() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(SHELF);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
