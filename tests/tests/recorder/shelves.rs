//! What a page keeps in the browser until it is sent: who makes the shelves, who may open them, and
//! what a page says of them.

use serde_json::json;
use town::browser::Browser;
use town::town::Who;

use super::{SAYS, a_phone, arrives, count, is_recording, record};

/// Waits for a request to what the page keeps in the browser, and opens it.
const OPEN: &str = "const ask = (request) => new Promise((resolve, reject) => {\
    request.onsuccess = () => resolve(request.result);\
    request.onerror = () => reject(request.error); });\
    const shelves = await ask(indexedDB.open('loa-ban'));";

/// Whether what the page keeps in the browser is there, in this version.
const HAS_SHELVES: &str = "const version = Number(arguments[0]);\
    return indexedDB.databases().then((all) =>\
        all.some((each) => each.name === 'loa-ban' && each.version === version));";

/// Notes each page that opens what is kept in the browser, and whether it has looked for it.
const NOTE_OPENERS: &str = "const { open, databases } = IDBFactory.prototype;\
    IDBFactory.prototype.open = function (...words) {\
        sessionStorage.openers = (sessionStorage.openers ?? '') + location.pathname;\
        return open.apply(this, words); };\
    IDBFactory.prototype.databases = async function () {\
        const all = await databases.apply(this);\
        setTimeout(() => { window.looked = true; });\
        return all; };";

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_that_kept_less_than_it_had_sent_begins_anew() {
    let (town, phone, _folder) = a_phone().await;
    let secretary = town.script(Who::Secretary);
    phone.goto("/recordings/new").await;
    phone.press("#start").await;
    arrives(&secretary).await;
    phone.press("#stop").await;
    phone.until("it is there", SAYS, "Đã ghi xong").await;
    phone.close_page().await;

    // The battery died before the disk had what was already on its way.
    phone.goto("/recordings").await;
    let lost = "const pieces = shelves.transaction('pieces', 'readwrite').objectStore('pieces');\
        for (const key of (await ask(pieces.getAllKeys())).slice(2)) {\
          await ask(pieces.delete(key)); }";
    in_shelves(&phone, lost).await;
    phone.goto("/recordings/new").await;
    phone.press("#unsent-takes button").await;
    phone.leads_to("the recording", is_recording).await;
    let all = secretary
        .until("/recordings", |all| {
            count(all) == 1 && all[0]["state"] != "uploading"
        })
        .await;
    assert_ne!(all[0]["state"], "uploading", "{all}");
}

/// A page that is left while it makes the shelves holds up the next one, for as long as the browser
/// remembers it: a phone that is used for the first time would keep nothing.
#[tokio::test(flavor = "multi_thread")]
async fn only_who_records_makes_shelves_in_the_browser() {
    let (_town, phone, _folder) = a_phone().await;
    phone.before_each_page(NOTE_OPENERS).await;
    let openers = "return sessionStorage.openers ?? ''";
    for path in ["/", "/recordings/new"] {
        phone.goto(path).await;
        phone.until("it has looked", "return looked", "").await;
        let had = phone.run("return indexedDB.databases()", Vec::new()).await;
        assert_eq!(had, json!([]), "{path}: nothing is made");
        assert_eq!(phone.run(openers, Vec::new()).await, "", "{path}");
    }
    record(&phone).await;
    assert_eq!(phone.run(openers, Vec::new()).await, "/recordings/new");
    phone
        .until("it is kept", SAYS, "giữ tạm trên máy này")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_promises_only_what_it_keeps() {
    let (_town, phone, _folder) = a_phone().await;
    phone.set_lasting(false).await;
    // What a page of long ago left, so that this one opens it.
    phone.goto("/recordings").await;
    in_shelves(&phone, "").await;
    phone.goto("/recordings/new").await;
    phone.until("it is opened", HAS_SHELVES, "2").await;
    // As another page does that brings more shelves.
    let emptied = "return new Promise((done) => {\
        const request = indexedDB.deleteDatabase('loa-ban');\
        request.onsuccess = () => done(true); request.onblocked = () => done(false); });";
    assert_eq!(phone.run(emptied, Vec::new()).await, true, "it makes room");
    record(&phone).await;
    phone
        .until("it is kept", SAYS, "giữ tạm trên máy này")
        .await;
    assert!(!phone.words().await.contains("ngày mai"), "no promise");
    phone.close_page().await;

    // What an older page kept stays there when a newer one comes.
    phone.goto("/recordings").await;
    let older = "const all = {};\
        for (const name of ['takes', 'pieces']) {\
          const shelf = shelves.transaction(name).objectStore(name);\
          all[name] = [await ask(shelf.getAllKeys()), await ask(shelf.getAll())]; }\
        shelves.close(); await ask(indexedDB.deleteDatabase('loa-ban'));\
        const request = indexedDB.open('loa-ban', 1);\
        request.onupgradeneeded = () => {\
          const takes = request.result.createObjectStore('takes', { keyPath: 'id' });\
          const pieces = request.result.createObjectStore('pieces');\
          all.takes[1].forEach((take) => takes.put(take));\
          all.pieces[1].forEach((piece, n) => pieces.put(piece, all.pieces[0][n])); };\
        (await ask(request)).close();";
    in_shelves(&phone, older).await;
    phone.goto("/").await;
    phone.press("#unsent a").await;
    phone.press("#unsent-takes button").await;
    phone.leads_to("the recording", is_recording).await;
}

/// Does with what the page keeps what a script says.
async fn in_shelves(phone: &Browser, script: &str) {
    let whole = format!("return (async () => {{ {OPEN} {script} shelves.close(); }})()");
    phone.run(&whole, Vec::new()).await;
}
