// Passkeys. The forms stay hidden where the browser has none, or is at another address than
// passkeys of this desk belong to.
const known = typeof PublicKeyCredential === 'function' &&
  'parseRequestOptionsFromJSON' in PublicKeyCredential && 'parseCreationOptionsFromJSON' in PublicKeyCredential

function show(element) {
  for (let e = element; e; e = e.parentElement.closest('[hidden]')) e.hidden = false
}

// ask has the authenticator answer what the server wants to know, and puts the answer into
// the form.
async function ask(form) {
  const headers = { 'X-CSRF-Token': form.elements.csrf.value }
  const begun = await fetch(form.dataset.begin, { method: 'POST', headers })
  if (begun.status === 409) return location.reload() // the page says why
  if (!begun.ok) throw new Error(begun.statusText)
  const { attempt, options } = await begun.json()
  const credential = form.dataset.passkey === 'new'
    ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
    : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) })
  form.elements.attempt.value = attempt
  form.elements.answer.value = JSON.stringify(credential.toJSON())
  form.submit()
}

for (const form of document.querySelectorAll('form[data-passkey]')) {
  if (!known || location.hostname !== form.dataset.host) continue
  form.parentElement.querySelector('[data-without]')?.remove()
  show(form)
  const failed = form.querySelector('[data-failed]'), button = form.querySelector('button')
  form.addEventListener('submit', async event => {
    event.preventDefault()
    event.stopPropagation() // nothing is sent yet
    failed.hidden = true
    button.disabled = true
    try {
      await ask(form)
    } catch {
      failed.hidden = false
    } finally {
      button.disabled = false
    }
  })
}
