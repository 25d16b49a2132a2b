// The next issue: changes without a new page, dragging, keys, and the letter beside it.
// Without this script every form does the same with a new page.

let board = document.querySelector('.board')
const said = document.querySelector('[data-said]')

// Changes are sent one after the other: each form has to know the version before it.
let line = Promise.resolve()
const inLine = job => (line = line.then(job, job))

async function send(action, fields, form) {
  board.classList.add('busy')
  const body = new URLSearchParams(fields)
  body.set('version', board.dataset.version)
  body.set('csrf', document.querySelector('input[name=csrf]').value)
  try {
    const answer = await fetch(action, { method: 'POST', body })
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    show(page, answer.ok ? form : undefined)
  } catch {
    location.reload() // the connection is gone: the page says how things stand when it is back
  } finally {
    board.classList.remove('busy')
  }
}

// show puts the stories of an answer in the place of these, and leaves alone what somebody is
// writing, where they look and what they have open. Of the form that was saved, what was
// typed is in the answer.
function show(page, saved) {
  const fresh = page.querySelector('.board')
  if (!fresh) { // such as the login, after a long lunch
    location.reload()
    return
  }
  const focus = remember()
  const open = [...board.querySelectorAll('details[open]')].map(d => d.closest('[data-id]')?.dataset.id).filter(Boolean)
  const drafts = written(saved)
  const notice = page.querySelector('main > .notice')
  for (const old of document.querySelectorAll('main > .notice')) old.remove()
  if (notice) document.querySelector('main').prepend(notice)
  said.textContent = notice ? notice.textContent : ''
  document.querySelector('.issuehead').replaceWith(page.querySelector('.issuehead'))
  board.querySelector('.plan').replaceWith(fresh.querySelector('.plan'))
  for (const kind of ['.gauge', '.look .state']) swap(kind, fresh)
  board.dataset.version = fresh.dataset.version
  for (const id of open) {
    const details = board.querySelector(`[data-id="${id}"] details`)
    if (details) details.open = true
  }
  rewrite(drafts)
  restore(focus)
  if (notice?.classList.contains('wrong')) notice.scrollIntoView({ block: 'nearest' })
  look()
}

function swap(selector, fresh) {
  const olds = [...board.querySelectorAll('.look ' + selector.replace('.look ', ''))]
  const news = [...fresh.querySelectorAll('.look ' + selector.replace('.look ', ''))]
  if (olds.length === news.length) olds.forEach((old, i) => old.replaceWith(news[i]))
}

// What was typed and is not saved stays typed.
const nameOf = field => (field.closest('[data-id]')?.dataset.id ?? '') + '/' + field.form.getAttribute('action') + '/' + field.name
const fields = () => [...board.querySelectorAll('form[data-keep] :is(input:not([type=hidden]), textarea)')]
const written = saved => new Map(fields().filter(f => f.form !== saved && f.value !== f.defaultValue).map(f => [nameOf(f), f.value]))
function rewrite(drafts) {
  for (const field of fields()) {
    const value = drafts.get(nameOf(field))
    if (value === undefined) continue
    field.value = value
    const details = field.closest('details')
    if (details) details.open = true
  }
}

const current = () => document.activeElement?.closest('.story')

function remember() {
  const story = current()
  return { id: story?.dataset.id, act: document.activeElement?.value, place: [...document.querySelectorAll('.story')].indexOf(story) }
}

function restore({ id, act, place }) {
  if (id === undefined) return
  let story = board.querySelector(`.story[data-id="${id}"]`)
  const all = [...board.querySelectorAll('.story')]
  if (!story || story.closest('.out')) story = all[Math.min(place, all.length - 1)] ?? story
  if (!story) return
  const same = story.dataset.id === id && act ? story.querySelector(`button[value="${CSS.escape(act)}"]:not(:disabled)`) : null
  const target = same ?? story
  target.focus({ preventScroll: true })
  story.scrollIntoView({ block: 'nearest' })
}

// Forms
document.addEventListener('submit', event => {
  const form = event.target
  if (!form.closest('.board') || form.method !== 'post') return
  event.preventDefault()
  delete form.dataset.sent
  const data = new FormData(form, event.submitter)
  const entries = [...data].filter(([name]) => name !== 'version' && name !== 'csrf')
  form.closest('details')?.removeAttribute('open')
  inLine(() => send(form.getAttribute('action'), entries, form))
}, true)

// Who comes back to the page sees what others did meanwhile, and which stories came in.
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState !== 'visible') return
  inLine(async () => {
    const answer = await fetch(location.pathname + location.search)
    if (answer.ok) show(new DOMParser().parseFromString(await answer.text(), 'text/html'))
  })
})

const act = (story, act) => inLine(() => send(board.dataset.issue + '/story', [['id', story.dataset.id], ['do', act]]))

function order(list, at) {
  const entries = [...list.querySelectorAll('.story')].map(s => ['id', s.dataset.id])
  inLine(() => send(board.dataset.issue + '/order', [...entries, ['at', at]]))
}

// Keys
document.addEventListener('keydown', event => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
  if (event.target.closest('input, textarea, select, dialog')) return
  const stories = [...board.querySelectorAll('.story')]
  const story = current()
  const at = stories.indexOf(story)
  if (event.key === 'j' || event.key === 'k') {
    const next = stories[story ? at + (event.key === 'j' ? 1 : -1) : 0]
    next?.focus({ preventScroll: true })
    next?.scrollIntoView({ block: 'nearest' })
  } else if (story && event.shiftKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
    const list = story.closest('[data-order]')
    const other = event.key === 'ArrowUp' ? story.previousElementSibling : story.nextElementSibling
    if (!list || !story.draggable) return
    event.preventDefault()
    if (!other) return
    event.key === 'ArrowUp' ? other.before(story) : other.after(story)
    story.focus({ preventScroll: true })
    story.scrollIntoView({ block: 'nearest' })
    order(list, story.dataset.id)
  } else if (story && !event.shiftKey) {
    const buttons = { p: ['pin', 'unpin'], h: ['hide', 'show'], l: ['lead'] }[event.key]
    const button = buttons && story.querySelector(buttons.map(b => `button[value=${b}]:not([hidden])`).join(','))
    const words = event.key === 'e' && story.querySelector('details.words')
    if (button) act(story, button.value)
    if (words) {
      event.preventDefault()
      words.open = true
      words.querySelector('input:not([type=hidden])').focus()
    }
  }
})

// Dragging
let moving = null
document.addEventListener('dragstart', event => {
  const story = event.target.closest?.('.story[draggable=true]')
  if (!story || event.target !== story) return
  moving = story
  story.classList.add('moving')
  event.dataTransfer.effectAllowed = 'move'
  event.dataTransfer.setData('text/plain', story.querySelector('h3').textContent)
})
document.addEventListener('dragover', event => {
  const over = event.target.closest?.('.story')
  if (!moving || !over || over.parentElement !== moving.parentElement) return
  event.preventDefault()
  const box = over.getBoundingClientRect()
  if (over !== moving) event.clientY < box.top + box.height / 2 ? over.before(moving) : over.after(moving)
})
document.addEventListener('drop', event => {
  if (moving && event.target.closest?.('.story')?.parentElement === moving.parentElement) event.preventDefault()
})
document.addEventListener('dragend', () => {
  if (!moving) return
  moving.classList.remove('moving')
  order(moving.parentElement, moving.dataset.id)
  moving = null
})

// The letter
function look(change = {}) {
  const frame = board.querySelector('iframe')
  if (!frame) return
  const chosen = (attribute, value) => {
    const links = [...board.querySelectorAll(`.look [data-${attribute}]`)]
    for (const link of links) {
      if (value !== undefined) link.dataset[attribute] === value ? link.setAttribute('aria-current', 'true') : link.removeAttribute('aria-current')
    }
    return links.find(link => link.hasAttribute('aria-current'))?.dataset[attribute]
  }
  const view = chosen('view', change.view)
  const language = chosen('language', change.language) ?? new URL(frame.src).searchParams.get('language')
  const query = new URLSearchParams({ language, v: board.dataset.version })
  if (view === 'text') query.set('part', 'text')
  if (view === 'dark' || view === 'clipped') query.set('view', view)
  frame.className = 'as-' + view
  board.querySelector('[data-clip]').hidden = view !== 'clipped'
  const next = new URL(frame.dataset.preview + '?' + query, location.href).href
  if (frame.src !== next) frame.src = next
}
document.addEventListener('click', event => {
  const link = event.target.closest('.look [data-view], .look [data-language]')
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return
  event.preventDefault()
  look(link.dataset)
})
