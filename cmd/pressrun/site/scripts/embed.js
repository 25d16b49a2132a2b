// <pressrun-subscribe edition="daily" label="Your e-mail address" button="Subscribe">
// A sign-up form for pages of the paper. It is sent like any form, to the page that ends
// the sign-up.
const site = new URL('../subscribe', import.meta.url).href;

const style = `
:host { display: block; max-width: 30rem; font: inherit; color: inherit; color-scheme: light dark; }
form { display: flex; flex-wrap: wrap; gap: .5rem; }
label { flex: 1 0 100%; font-weight: 600; }
input, button { box-sizing: border-box; min-height: 3rem; padding: .5rem .9rem; border: 1px solid; border-radius: .375rem; font: inherit; }
input { flex: 1 1 12rem; min-width: 0; background: Field; color: FieldText; }
button { flex: none; border-color: transparent; background: var(--pressrun-accent, CanvasText); color: var(--pressrun-ink, Canvas); font-weight: 600; cursor: pointer; }
:focus-visible { outline: 3px solid; outline-offset: 2px; }
p { flex: 1 0 100%; margin: 0; font-size: .875em; opacity: .85; }`;

function element(name, attributes, text) {
  const e = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
  if (text) e.textContent = text;
  return e;
}

customElements.get('pressrun-subscribe') ?? customElements.define('pressrun-subscribe', class extends HTMLElement {
  connectedCallback() {
    if (this.shadowRoot) return;
    const say = (name, usual) => this.getAttribute(name) ?? usual;
    const hidden = (name, value) => element('input', { type: 'hidden', name, value });
    const form = element('form', { method: 'post', action: site });
    const token = hidden('token', '');
    form.append(
      element('label', { for: 'email' }, say('label', 'Your e-mail address')),
      element('input', { id: 'email', name: 'email', type: 'email', required: '', dir: 'ltr', autocomplete: 'email', maxlength: '254' }),
      element('button', {}, say('button', 'Subscribe')),
      token, hidden('page', location.origin + location.pathname),
    );
    if (this.hasAttribute('language')) form.append(hidden('language', this.getAttribute('language')));
    for (const slug of say('edition', '').split(/\s+/).filter(Boolean)) form.append(hidden('edition', slug));
    if (this.hasAttribute('consent')) form.append(element('p', {}, this.getAttribute('consent')));
    // The token tells how long the form was there. Without it there is one page more.
    form.addEventListener('focusin', async () => {
      const answer = await fetch(site + '/token', { referrerPolicy: 'no-referrer' }).catch(() => null);
      if (answer?.ok) token.value = (await answer.text()).trim();
    }, { once: true });
    this.attachShadow({ mode: 'open' }).append(element('style', {}, style), form);
  }
});
