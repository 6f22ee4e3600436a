// What the phone keeps of people: every row sealed, and nothing called kept before it is on the phone's own storage.
//
// The key never leaves the browser and cannot be read out of it. It protects what lies around once it is gone: forgetting
// it makes every row unreadable, wherever the storage still holds copies. It does not protect an unlocked phone.
"use strict";
const kept = (() => {
  const ROWS = "rows";
  const text = (value) => new TextEncoder().encode(value);
  let opened = null;

  function open() {
    opened = opened || new Promise((done, failed) => {
      const asked = indexedDB.open("simpul-rumah", 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore(ROWS, { keyPath: "name" });
      asked.onsuccess = () => {
        asked.result.onversionchange = () => { asked.result.close(); opened = null; };
        asked.result.onclose = () => { opened = null; };
        done(asked.result);
      };
      asked.onerror = () => { opened = null; failed(asked.error); };
    });
    return opened;
  }

  // One transaction; what it gives is there once all of it is on the storage.
  async function within(mode, work) {
    const base = await open();
    return new Promise((done, failed) => {
      const change = base.transaction(ROWS, mode, { durability: "strict" });
      let given;
      change.oncomplete = () => done(given);
      change.onabort = () => failed(change.error || new Error("given up"));
      work(change.objectStore(ROWS), (value) => { given = value; });
    });
  }

  const beginning = (prefix) => IDBKeyRange.bound(prefix, prefix + "\uffff");

  // The present key; made if there is none. Of two pages that make one at once, the first is right for both.
  async function key() {
    const found = await within("readonly", (rows, give) => {
      const asked = rows.get("key");
      asked.onsuccess = () => give(asked.result);
    });
    if (found) return found;
    const secret = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    const made = { name: "key", secret, id: uuid7() };
    return within("readwrite", (rows, give) => {
      const asked = rows.get("key");
      asked.onsuccess = () => {
        if (!asked.result) rows.put(made);
        give(asked.result || made);
      };
    });
  }

  async function seal(name, value, { secret, id }) {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const plain = text(JSON.stringify(value));
    const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: text(name) }, secret, plain);
    return { name, key: id, iv, data };
  }

  // Which writing of a row it is: each has an iv of its own.
  const writing = (row) => (row ? row.iv.join() : null);

  async function unseal(row, { secret }) {
    const { name, iv, data, sent } = row;
    const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData: text(name) }, secret, data);
    return { name, sent: Boolean(sent), writing: writing(row), value: JSON.parse(new TextDecoder().decode(plain)) };
  }

  // Keeps a row, and drops others with it. Not if `may` says no to the row that stands there: then it gives false.
  async function put(name, value, { may = () => true, drop = [] } = {}) {
    for (;;) {
      const present = await key();
      const row = await seal(name, value, present);
      const done = await within("readwrite", (rows, give) => {
        const asked = rows.get("key");
        asked.onsuccess = () => {
          if (!asked.result || asked.result.id !== present.id) return give("anew"); // forgotten meanwhile
          const before = rows.get(name);
          before.onsuccess = () => {
            if (!may(before.result)) return give(false);
            rows.put(row);
            drop.forEach((other) => rows.delete(other));
            give(true);
          };
        };
      });
      if (done !== "anew") return done;
    }
  }

  // Every row whose name begins so, in order.
  async function all(prefix) {
    const [present, rows] = await within("readonly", (store, give) => {
      const asked = [store.get("key"), store.getAll(beginning(prefix))];
      asked[1].onsuccess = () => give(asked.map((one) => one.result));
    });
    return Promise.all(rows.map((row) => unseal(row, present)));
  }

  // Sends rows on their way: from now on they are not changed any more, for they may have arrived. Gives them as they stand,
  // and whether they were on their way before.
  async function embark(names) {
    const [present, rows] = await within("readwrite", (store, give) => {
      const gone = [];
      const asked = store.get("key");
      asked.onsuccess = () => give([asked.result, gone]);
      names.forEach((name) => {
        const found = store.get(name);
        found.onsuccess = () => {
          if (!found.result) return;
          gone.push(found.result);
          store.put({ ...found.result, sent: true });
        };
      });
    });
    return Promise.all(rows.map((row) => unseal(row, present)));
  }

  // They never left.
  const stay = (names) => within("readwrite", (rows) => names.forEach((name) => {
    const asked = rows.get(name);
    asked.onsuccess = () => { if (asked.result) rows.put({ ...asked.result, sent: false }); };
  }));

  // Drops a row as it was read, and others with it; one written anew since stays, and so do they.
  const drop = (row, others = []) => within("readwrite", (rows) => {
    const asked = rows.get(row.name);
    asked.onsuccess = () => {
      if (writing(asked.result) === row.writing) [row.name, ...others].forEach((name) => rows.delete(name));
    };
  });

  // Keeps a value in place of a row as it was read; not where that was written anew since.
  const replace = (row, value) => put(row.name, value, { may: (there) => writing(there) === row.writing });

  // Forgets people and key, unless something is still only here; then only those nothing hangs on. Gives whether all is gone.
  async function forget() {
    const held = [...await all("visit:"), ...await all("draft:")].map((row) => "child:" + row.value.child);
    return within("readwrite", (rows, give) => {
      const asked = [rows.getAllKeys(beginning("visit:")), rows.getAllKeys(beginning("draft:")), rows.getAllKeys(beginning("child:"))];
      asked[2].onsuccess = () => {
        const [visits, drafts, children] = asked.map((one) => one.result);
        const gone = visits.length + drafts.length === 0;
        if (gone) rows.clear();
        // something saved since we looked: nobody is forgotten this time
        else if (visits.length + drafts.length === held.length) children.filter((name) => !held.includes(name)).forEach((name) => rows.delete(name));
        give(gone);
      };
    });
  }

  // An id whose order is that of its making.
  function uuid7() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    let ms = Date.now();
    for (let at = 5; at >= 0; at -= 1) { bytes[at] = ms % 256; ms = Math.floor(ms / 256); }
    bytes[6] = (bytes[6] & 0x0f) | 0x70;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  }

  return { put, all, embark, stay, drop, replace, forget, uuid7 };
})();
