// What the device keeps: one IndexedDB. `keep` holds the list, the gate and the language by name, `acts` what is not sent.

const NAME = "doorstep-gate";
const TABLES = ["keep", "acts"];
let opened = null;

function open() {
  opened = opened || new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("keep");
      request.result.createObjectStore("acts", { keyPath: "id" });
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

/** Run `work(store)` in one transaction; its answer comes when all of it is on the disk. */
async function within(table, mode, work) {
  const transaction = (await open()).transaction(TABLES, mode);
  const request = work(transaction.objectStore(table));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request ? request.result : undefined);
    transaction.onabort = () => reject(transaction.error || new Error("the store gave up"));
  });
}

export const get = (key) => within("keep", "readonly", (store) => store.get(key));
export const put = (key, value) => within("keep", "readwrite", (store) => store.put(value, key));
export const acts = () => within("acts", "readonly", (store) => store.getAll());
export const addAct = (act) => within("acts", "readwrite", (store) => store.put(act));
export const dropActs = (ids) => within("acts", "readwrite", (store) => { ids.forEach((id) => store.delete(id)); return null; });
