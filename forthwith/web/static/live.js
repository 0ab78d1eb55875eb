// Parts of a page that say where they can be had anew are looked at again each few seconds, while somebody looks.
// Without this script the page is loaded again by hand.
const look = async (part) => {
  if (document.hidden) return;
  const answer = await fetch(part.dataset.live, { credentials: "same-origin", redirect: "error" });
  if (answer.ok) part.innerHTML = await answer.text(); // our own page, escaped on the server
};
for (const part of document.querySelectorAll("[data-live]")) setInterval(() => look(part).catch(() => {}), 4000);
