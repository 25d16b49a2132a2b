// Does the work that a form asks for in times of a surge, and then sends it. Without it the
// form is sent as it is, and the sign-up takes a page more.
const form = document.querySelector('form[data-working]');
const button = form?.querySelector('[data-submit]');
const { pieces, bits } = form?.dataset ?? {};

function solve() {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('work.js', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }) => { worker.terminate(); resolve(data); };
    worker.onerror = reject;
    worker.postMessage({
      token: form.elements.token.value, email: form.elements.email.value,
      pieces: Number(pieces), bits: Number(bits),
    });
  });
}

let label;
function busy(is) {
  label ??= button.textContent;
  button.textContent = is ? form.dataset.working : label;
  button.toggleAttribute('disabled', is);
}

if (form && bits && globalThis.crypto?.subtle && globalThis.Worker) {
  form.addEventListener('submit', async event => {
    event.preventDefault();
    busy(true);
    try {
      form.elements.work.value = await solve();
    } catch {
      form.elements.work.value = ''; // then it is the page with the wait
    }
    form.submit();
  });
  addEventListener('pageshow', event => { if (event.persisted) busy(false); });
  if ('atOnce' in form.dataset) form.requestSubmit();
}
