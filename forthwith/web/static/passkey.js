// Passkeys need a script by nature: the browser asks the device, and a form carries its answer to us. Without this
// script, or in a browser that lacks them, these forms stay hidden and the other ways in stand beside them.
const ask = {
  create: (told) => navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(told) }),
  get: (told) => navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(told) }),
};

async function answer(form) {
  const problem = form.querySelector("[role=alert]");
  problem.textContent = "";
  try {
    const made = await ask[form.dataset.passkey](JSON.parse(form.dataset.asked));
    form.elements.answer.value = JSON.stringify(made.toJSON());
    form.submit();
  } catch {
    problem.textContent = "The device gave no passkey. Try once more, or take another way.";
  }
}

if (window.PublicKeyCredential && PublicKeyCredential.parseRequestOptionsFromJSON) {
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      answer(form);
    });
  }
}
