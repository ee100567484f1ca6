// What the phone keeps: one IndexedDB with three tables. `keep` holds single things by name (pass, round, clock …),
// `acts` what was done and may not be sent yet, `photos` pictures that wait for their visit to be sent.

const NAME = "doorstep-phone";
const TABLES = ["keep", "acts", "photos"];
let opened = null;

function open() {
  if (opened) return opened;
  opened = new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("keep");
      request.result.createObjectStore("acts", { keyPath: "id" });
      request.result.createObjectStore("photos");
    };
    request.onsuccess = () => {
      request.result.onversionchange = () => request.result.close();
      request.result.onclose = () => { opened = null; };
      resolve(request.result);
    };
    request.onerror = () => { opened = null; reject(request.error); };
  });
  return opened;
}

function answerOf(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function table(transaction, name) {
  const own = transaction.objectStore(name);
  return {
    get: (key) => answerOf(own.get(key)),
    all: () => answerOf(own.getAll()),
    keys: () => answerOf(own.getAllKeys()),
    put: (value, key) => answerOf(own.put(value, key)),
    drop: (key) => answerOf(own.delete(key)),
    clear: () => answerOf(own.clear()),
  };
}

async function within(mode, work, durability = "strict") {
  const transaction = (await open()).transaction(TABLES, mode, { durability });
  const ended = new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error || new Error("the store gave up"));
  });
  const tables = Object.fromEntries(TABLES.map((name) => [name, table(transaction, name)]));
  let result;
  try {
    result = await work(tables);
  } catch (error) {
    ended.catch(() => {});
    try { transaction.abort(); } catch { /* it has ended by itself */ }
    throw error;
  }
  await ended;
  return result;
}

/** Read in one look. */
export const read = (work) => within("readonly", work);

/** Change all of it or nothing: when this resolves, it stands on the disk. */
export const change = (work) => within("readwrite", work);

/** Everything there is, as the screens need it: the named things, the acts in their order, whose photos wait. */
export function everything() {
  return read(async ({ keep, acts, photos }) => {
    const [names, values, made, pictures] = await Promise.all([keep.keys(), keep.all(), acts.all(), photos.keys()]);
    return {
      ...Object.fromEntries(names.map((name, number) => [name, values[number]])),
      acts: made.sort((one, other) => one.seq - other.seq),
      photos: pictures,
    };
  });
}

/** Keep one named thing; what is half made need not be on the disk at once. */
export const put = (name, value) => within("readwrite", ({ keep }) => keep.put(value, name), "relaxed");
export const drop = (...names) => change(({ keep }) => Promise.all(names.map((name) => keep.drop(name))));
