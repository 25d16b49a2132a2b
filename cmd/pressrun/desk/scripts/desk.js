// The live parts that all pages of the desk share. Every page works without.

const language = document.documentElement.lang

// Moments that say how far off they are keep saying so.
const words = new Intl.RelativeTimeFormat(language, { numeric: 'always' })
const plainDigits = new Intl.RelativeTimeFormat(language + '-u-nu-latn', { numeric: 'always' })
const speak = language === 'ar' ? plainDigits : words

function distance(moment) {
  const seconds = (moment - Date.now()) / 1000
  const size = Math.abs(seconds)
  if (size >= 48 * 3600) return speak.format(Math.round(seconds / 86400), 'day')
  if (size >= 90 * 60) return speak.format(Math.round(seconds / 3600), 'hour')
  if (size >= 45) return speak.format(Math.sign(seconds) * Math.max(1, Math.round(size / 60)), 'minute')
  return null
}

function refresh() {
  for (const time of document.querySelectorAll('time[data-ago]')) {
    const text = distance(Date.parse(time.dateTime))
    if (text !== null && time.textContent !== text) time.textContent = text
  }
}
setInterval(refresh, 30_000)

// "g" and a letter lead to the parts of the desk, "?" shows what keys there are.
const help = document.getElementById('keys')
let going = 0

function typing(target) {
  return target.closest('input, textarea, select, [contenteditable]') !== null
}

document.addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || help?.open) return
  const soon = Date.now() - going < 1500
  going = 0
  if (event.key === '?' && help) {
    event.preventDefault()
    help.showModal()
  } else if (event.key === 'g' && !soon) {
    going = Date.now()
  } else if (soon) {
    const link = document.querySelector(`nav a[data-key="${CSS.escape(event.key)}"]`)
    if (link) {
      event.preventDefault()
      link.click()
    }
  }
})

for (const button of document.querySelectorAll('[data-keys]')) {
  button.hidden = false
  button.addEventListener('click', () => help?.showModal())
}

// Where the bar is wider than a phone, the part that one is in is seen.
document.querySelector('nav a[aria-current=page]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })

// What is shown once is ready to be copied.
for (const field of document.querySelectorAll('[data-select]')) {
  field.addEventListener('focus', () => field.select())
}

// The menu closes as menus do.
const menu = document.querySelector('details.me')
document.addEventListener('click', event => {
  if (menu?.open && !menu.contains(event.target)) menu.open = false
})
document.addEventListener('keydown', event => {
  if (event.key === 'Escape' && menu?.open) {
    menu.open = false
    menu.querySelector('summary').focus()
  }
})

// A button that was pressed is not pressed twice.
document.addEventListener('submit', event => {
  if (event.target.dataset.sent) {
    event.preventDefault()
    return
  }
  if (event.target.method === 'post') {
    event.target.dataset.sent = 'yes'
    event.submitter?.setAttribute('aria-busy', 'true')
  }
})
addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-sent]')) {
    delete form.dataset.sent
    form.querySelector('[aria-busy]')?.removeAttribute('aria-busy')
  }
})
