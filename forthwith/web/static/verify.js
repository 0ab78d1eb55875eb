// A scanned letter opens /verify#CODE. The part after # never leaves the browser: put it into the form, and
// take it out of the address, so that it stands in no history. Without this script the code is typed.
const code = decodeURIComponent(location.hash.slice(1));
if (/^[0-9A-Za-z -]{8,12}$/.test(code)) {
  for (const field of document.querySelectorAll("input[name=code]")) field.value = code;
  history.replaceState(null, "", location.pathname + location.search);
}
