#!/usr/bin/env node
// Lives an editor's morning in Chromium, against the real program, a sample paper and a
// mail server that counts:
//
//     morning.js PRESSRUN [--scene NAME,…] [--shots FOLDER] [--break WHAT,…] [--patience SECONDS]
//
// On a desk, on a phone, in Arabic, without script; two editors at once; and every way to
// press Send twice: each makes one issue, and each reader gets one copy. Every page is looked
// at with axe, light and dark; no page may complain or ask another host. A scene that fails
// leaves a picture. --break spoils something, for selftest_morning.sh.
const fs = require('fs')
const os = require('os')
const path = require('path')
const { chromium, needed } = require('./judge.js')
const house = require('./morning_house.js')
const { Eye } = require('./morning_eye.js')
const { Fault, House, until } = house

const password = 'nine berths are open'
const mona = { name: 'Mona Haddad', email: 'mona@paper.example' }
const tom = { name: 'Tom Reyes', email: 'tom@paper.example' }
const readers = 24

// A Stage is a browser in which one scene plays.
class Stage {
  constructor (browser, town, eye, how) {
    Object.assign(this, { browser, town, eye, how })
    this.script = how.javaScriptEnabled !== false
    this.touch = how.hasTouch === true
  }

  // enter opens a window of its own, as one browser has it.
  async enter (spoil) {
    this.context = await this.browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en', reducedMotion: 'reduce', ...this.how })
    this.context.setDefaultTimeout(house.patience)
    await spoil?.(this.context, this.town)
    this.eye.watch(this.context)
    this.page = await this.context.newPage()
    return this
  }

  at (selector) { return this.page.locator(selector).first() }
  go (to) { return this.page.goto(to.startsWith('http') ? to : this.town.base + to) }
  async press (selector) { await (this.touch ? this.at(selector).tap() : this.at(selector).click()) }
  shown (selector, what) { return this.eye.shown(this.page, selector, what) }
  look (name) { return this.eye.look(this.page, `${this.name} ${name}`, this) }
  order () { return this.eye.order(this.page) }

  async comeIn (editor) {
    await this.go('/desk')
    await this.at('#email').fill(editor.email)
    await this.at('#password').fill(password)
    await this.look('login')
    await this.press('form.stack button.main')
    await this.shown('.issue-card', 'the login does not lead to the desk')
  }

  async version () { return Number(await this.at('.board').getAttribute('data-version')) }

  // change does something to an issue, and waits until the page has it.
  async change (what, act) {
    const before = await this.version()
    await act()
    await until(`${what} is not taken`, async () => await this.version() > before)
  }

  // letter returns the words of the letter beside the stories.
  letter () { return this.page.frameLocator('.look iframe').locator('body').innerText() }

  async openSend (edition) {
    await this.go(`/desk/send/${edition}`)
    await this.press('#sure')
  }
}

const sendButton = 'form:has(#sure) button.main'
const runPath = /\/desk\/run\/(\d+)/

// firstDay lets an editor in by their link, and out again.
async function firstDay (s) {
  await s.go(s.town.links.mona)
  await s.look('invite')
  await s.at('#password').fill(password)
  await s.at('#repeat').fill(password)
  await s.press('form.stack button.main')
  await s.shown('.notice.done', 'the one-time link does not let her in')
  await s.press('.me summary')
  await s.press('form[action$="/logout"] button')
  await s.shown('#email', 'she does not get out')
}

// work makes the issue of an edition what an editor wants.
async function work (s, edition, words) {
  await s.press(`.issue-card a[href$="/desk/issue/${edition}"]`)
  await s.shown('.lineup .story', 'the issue has no stories')
  await s.look('issue')
  const had = await s.order()
  const story = n => `[data-order] .story:nth-child(${n})`
  const is = async (what, want) => {
    const now = await s.order()
    if (now.join('|') !== want.join('|')) throw new Fault(`${what}: the order is ${now.join(' | ')}, not ${want.join(' | ')}`)
  }
  const [a, b, c, ...rest] = had
  await s.change('a story that is moved up', () => s.press(`${story(2)} button[value=up]`))
  await is('moved up', [b, a, c, ...rest])
  if (s.script && !s.touch) {
    await s.change('a story that is dragged', () => s.at(`${story(3)} > img, ${story(3)} > .nopicture`).dragTo(s.at(story(1)), { targetPosition: { x: 60, y: 6 } }))
    await is('dragged to the top', [c, b, a, ...rest])
    await s.page.locator('body').press('j')
    await s.page.keyboard.press('j')
    await s.change('a story that keys move', () => s.page.keyboard.press('Shift+ArrowUp'))
    await is('moved by keys', [b, c, a, ...rest])
  }
  const second = (await s.order())[1]
  await s.change('a story that is left out', () => s.press(`${story(2)} button[value=hide]`))
  if ((await s.order()).includes(second)) throw new Fault('a story that was left out is still in')
  await s.press(`${story(1)} .words summary`)
  await s.at(`${story(1)} input[name=title]`).fill(words.title)
  await s.change('a headline', () => s.press(`${story(1)} .words button.main`))
  await s.at('#subject').fill(words.subject)
  await s.at('#preheader').fill(words.preheader)
  await s.at('#note').fill(words.note)
  await s.change('the letter', () => s.press('#letter button.main'))
  if ((await s.order())[0] !== words.title) throw new Fault(`the headline is ${(await s.order())[0]}`)
}

// previews looks at the letter in every way.
async function previews (s, words) {
  const way = async (attribute, value, what, ask) => {
    await s.press(`.look [data-${attribute}=${value}]`)
    await s.shown(`.look [data-${attribute}=${value}][aria-current]`, `the preview ${what} is not chosen`)
    await s.at('.look iframe').scrollIntoViewIfNeeded()
    await until(`the preview ${what} is not right`, ask)
  }
  const has = text => async () => (await s.letter()).includes(text)
  await way('view', 'desktop', 'on a desk', has(words.title))
  await way('view', 'phone', 'on a phone', async () => (await s.at('.look iframe').boundingBox()).width <= 393 && has(words.note)())
  await way('view', 'dark', 'in the dark', async () => {
    const colour = await s.page.frameLocator('.look iframe').locator('body').evaluate(b => getComputedStyle(b).backgroundColor)
    return /\d+/g.exec(colour) && colour.match(/\d+/g).slice(0, 3).every(n => Number(n) < 80)
  })
  await way('view', 'text', 'as text', has(`• ${words.title.slice(0, 20)}`))
  await way('view', 'clipped', 'as Gmail clips it', () => s.at('[data-clip]').isVisible())
  await way('view', 'desktop', 'on a desk', has(words.title))
  await way('language', 'ar', 'in Arabic', async () => await s.page.frameLocator('.look iframe').locator('[dir=rtl]').count() > 0)
  await s.look('issue, changed')
}

// approve answers the mail that asks.
async function approve (s, edition) {
  const mail = await until('no mail asks the editors', () => s.town.sink.to(mona.email).find(m => /\/desk\/approve\//.test(m.text)))
  await s.go(/http\S+\/desk\/approve\/[\w-]+/.exec(mail.text)[0])
  await s.look('approve')
  await s.press('button[name=approve]')
  await until('the approval is not taken', async () => await s.page.locator('button[name=approve]').count() === 0)
  await s.go(`/desk/issue/${edition}`)
  await s.shown('.issuehead .state.good', 'the issue does not say that it was approved')
}

// test sends one to oneself.
async function test (s, edition, words) {
  await s.press(`a[href$="/desk/checks/${edition}"]`)
  await s.shown('.checks li', 'nothing is checked')
  await s.look('checks')
  await s.press(`.button.main[href$="/desk/send/${edition}"]`)
  await s.shown('#sure', 'the checks do not lead to the page to send')
  await until('the checks on the page to send do not end', async () => await s.page.locator('[aria-busy]').count() === 0)
  await s.look('send')
  const mine = s.town.sink.to(mona.email).length
  await s.press(`form[action$="/desk/send/${edition}/test"] button`)
  await s.shown('.notice.done', 'it does not say that a test is on its way')
  const tests = s.town.sink.to(mona.email).slice(mine)
  if (tests.length !== 2 || !tests.some(m => m.text.includes(words.title))) throw new Fault(`${tests.length} tests arrived, not one in each language with the new headline`)
}

// send sends, and watches it to the end.
async function send (s, edition) {
  s.town.sink.hold(edition, 9)
  await s.press('#sure')
  await s.press(sendButton)
  await s.shown('[data-run]', 'sending does not lead to the progress')
  const run = runPath.exec(s.page.url())
  const progress = async () => Number(await s.at('progress').getAttribute('value'))
  await until('the progress does not move', async () => await progress() > 20)
  await until('the progress moves while nothing is taken', async () => await s.town.sink.copies(edition).size === 9)
  const before = await progress()
  if (before >= 100) throw new Fault('the progress is at its end while mails are on the wire')
  await s.look('run')
  await s.page.reload()
  if (await progress() < before) throw new Fault(`after loading anew the progress is ${await progress()}, not ${before}`)
  if (s.script) await s.page.evaluate(() => { window.same = true })
  s.town.sink.release(edition)
  await until('the page does not follow to the end', async () => await progress() === 100)
  await s.shown('[data-run] .state.good', 'it does not say that it is finished')
  if (s.script && !await s.page.evaluate(() => window.same === true)) throw new Fault('the page was loaded again instead of being told')
  await s.look('run, finished')
  return run[1]
}

// lookBack looks at what went out, and why somebody did not get it.
async function lookBack (s, issue, words) {
  await s.press('nav a[href$="/desk/history"]')
  await s.shown('.table tbody tr', 'the history is empty')
  await s.look('history')
  await s.press(`a[href$="/desk/history/${issue}"]`)
  await s.at('.past iframe').scrollIntoViewIfNeeded()
  await until('the letter in the history is another', async () => (await s.page.frameLocator('.past iframe').first().locator('body').innerText()).includes(words.title))
  await s.look('history, issue')
  await s.press('#deliveries tbody a')
  await s.shown('.rows .state.good', 'the reader has no copy')
  await s.look('reader')
  await s.go('/desk/readers?q=late')
  await s.press('.table tbody a[href*="/desk/readers/"]')
  await s.at('#issue').fill(issue)
  await s.press('form:has(#issue) button')
  await s.shown('.card.once', 'nobody says why a reader has no copy')
  await s.look('reader, why')
}

// others looks at the pages that a morning does not lead to.
async function others (s) {
  for (const [name, at] of Object.entries({
    today: '/desk', figures: '/desk/history/figures', readers: '/desk/readers', imports: '/desk/imports', editions: '/desk/editions',
    edition: '/desk/editions/desk', sources: '/desk/sources', editors: '/desk/editors', audit: '/desk/audit', me: '/desk/me', codes: '/desk/me/codes',
  })) {
    await s.go(at)
    await s.look(name)
  }
}

// keyboard does without a mouse.
async function keyboard (s) {
  for (const at of ['/desk', '/desk/issue/desk', '/desk/history']) {
    await s.go(at)
    await s.eye.reach(s.page)
  }
  await s.go('/desk')
  await s.page.keyboard.press('Tab')
  await s.page.keyboard.press('Enter')
  if (await s.page.evaluate(() => document.activeElement.id) !== 'main') throw new Fault('the way around the bar does not lead to the page')
  await s.page.keyboard.press('?')
  await s.shown('dialog[open]', 'the question mark shows no help')
  await s.look('help')
  await s.page.keyboard.press('Escape')
  await s.page.keyboard.press('g')
  await s.page.keyboard.press('h')
  await s.shown('nav a[aria-current][href$="/desk/history"]', 'the keys g and h do not lead to the history')
}

// print looks at the history on paper, from a screen that is dark.
async function print (s) {
  await s.go('/desk/history')
  await s.page.emulateMedia({ media: 'print', colorScheme: 'dark' })
  const shown = await s.page.evaluate(() => ({
    bar: document.querySelector('.bar').checkVisibility(), ink: getComputedStyle(document.body).color, heading: document.querySelector('h1').checkVisibility(),
  }))
  await s.eye.keep(s.page, `${s.name} history`, 'print')
  await s.page.emulateMedia({ media: 'screen', colorScheme: 'light' })
  if (shown.bar || !shown.heading) throw new Fault('on paper the history is not what is to be read')
  if (shown.ink.match(/\d+/g).some(n => Number(n) > 100)) throw new Fault(`on paper the history is set in ${shown.ink}`)
}

const words = {
  en: { title: 'The bridge is open at last', subject: 'Open at last', preheader: 'And seals in numbers', note: 'Good morning from the harbour.' },
  ar: { title: 'الجسر مفتوح أخيرًا', subject: 'مفتوح أخيرًا', preheader: 'والفقمات بالأرقام', note: 'صباح الخير من الميناء.' },
}

// morning is the whole of it.
async function morning (s, edition, language) {
  await s.comeIn(mona)
  await s.look('today')
  await work(s, edition, words[language])
  await previews(s, words[language])
  await test(s, edition, words[language])
  const issue = await send(s, edition)
  await lookBack(s, issue, words[language])
  await s.town.onceEach(edition)
  const mail = s.town.sink.mails.find(m => m.edition === edition && m.text.includes(words[language].title))
  if (!mail) throw new Fault('no reader has the new headline')
}

// Scenes. Each has its edition, and begins with nobody logged in.
const scenes = {
  async desk (s) {
    await firstDay(s)
    await s.comeIn(mona)
    await s.look('today')
    await work(s, 'desk', words.en)
    await previews(s, words.en)
    await approve(s, 'desk')
    await test(s, 'desk', words.en)
    const issue = await send(s, 'desk')
    await s.town.cli('subscribers', 'add', 'late@readers.example', '--edition', 'desk', '--evidence', 'asked by letter')
    await lookBack(s, issue, words.en)
    await s.town.onceEach('desk')
    await others(s)
    return 'by link and password, dragged, keyed, edited, tested, approved, sent, watched and looked up'
  },

  async keys (s) {
    await s.comeIn(mona)
    await s.look('today')
    await keyboard(s)
    await print(s)
    return 'everything has the focus in turn, and shows it'
  },

  async phone (s) {
    await morning(s, 'phone', 'en')
    await others(s)
    return 'by finger on 390 px'
  },

  async arabic (s) {
    await morning(s, 'arabic', 'ar')
    await others(s)
    if (await s.page.locator('html').getAttribute('dir') !== 'rtl') throw new Fault('the desk is not in Arabic')
    return 'from right to left'
  },

  async plain (s) {
    await morning(s, 'plain', 'en')
    return 'with no script at all'
  },

  async pair (s) {
    await s.comeIn(mona)
    const other = await new Stage(s.browser, s.town, s.eye, s.how).enter(s.spoil)
    other.name = s.name
    await other.comeIn(tom)
    s.eye.expected.add(409)
    await Promise.all([s.go('/desk/issue/pair'), other.go('/desk/issue/pair')])
    await s.change('a story that is left out', () => s.press('[data-order] .story:nth-child(2) button[value=hide]'))
    await other.at('#note').fill('From Tom')
    await other.press('#letter button.main')
    await other.shown('.notice.wrong', 'the second editor is not told that the first changed something')
    if (!(await other.at('.notice.wrong').innerText()).includes(mona.name)) throw new Fault('the second editor is not told who changed it')
    if (await other.at('#note').inputValue() !== 'From Tom') throw new Fault('what the second editor typed is lost')
    await other.look('told')
    await other.change('what the second editor saves again', () => other.press('#letter button.main'))
    // The same at the page that sends: who has not seen the last change sends nothing.
    await other.openSend('pair')
    await s.go('/desk/issue/pair')
    await s.change('a story that is left out', () => s.press('[data-order] .story:nth-child(2) button[value=hide]'))
    await other.press(sendButton)
    await other.shown('.notice.wrong', 'what one editor changed is sent unseen by the other')
    await other.look('told before sending')
    if ((await s.town.issues('pair')).length > 0) throw new Fault('what one editor changed was sent unseen by the other')
    // Loading the answer to a form again sends nothing either.
    await other.page.reload()
    if ((await s.town.issues('pair')).length > 0) throw new Fault('loading the answer to a form again sent the issue')
    await Promise.all([s.openSend('pair'), other.openSend('pair')])
    await Promise.all([s, other].map(e => e.press(sendButton)))
    const runs = await Promise.all([s, other].map(e => until('sending does not lead to the progress', () => runPath.exec(e.page.url()))))
    if (runs[0][1] !== runs[1][1]) throw new Fault('each of two editors has an issue of their own')
    // That it is on its way is not said any more where it has arrived already.
    const said = (await Promise.all([s, other].map(e => e.page.locator('.notice').allInnerTexts()))).flat()
    if (!said.some(t => /Nothing was sent again/.test(t))) throw new Fault(`the second to press is not told so: ${said.join(' / ')}`)
    await s.town.onceEach('pair')
    return 'the second sees what the first did, and sends nothing twice'
  },

  async twice (s) {
    await s.comeIn(mona)
    const after = async (edition, page = s.page) => {
      await until(`sending ${edition} does not lead to the progress`, () => runPath.test(page.url()))
      return s.town.onceEach(edition)
    }
    await s.openSend('click')
    await s.at(sendButton).dblclick()
    await after('click')
    await s.page.reload()
    // The browser's back button leads to what would be another issue. The same box and button
    // once more do not send that one too.
    await s.page.goBack()
    await s.shown('#another', 'who goes back is not told that an issue went out already')
    await s.at('#sure').check()
    await s.press(sendButton)
    if (!s.page.url().includes('/desk/send/')) throw new Fault('who goes back and sends again sends another issue')
    await s.look('send, again')
    await s.town.onceEach('click')
    // Two tabs.
    const tab = await s.context.newPage()
    await s.openSend('tabs')
    await tab.goto(s.page.url())
    await tab.locator('#sure').check()
    await Promise.all([s.at(sendButton).click(), tab.locator(sendButton).click()])
    await after('tabs', tab)
    await after('tabs')
    // Without script no button is kept from being pressed twice.
    const bare = await new Stage(s.browser, s.town, s.eye, { ...s.how, javaScriptEnabled: false, storageState: await s.context.storageState() }).enter(s.spoil)
    bare.name = s.name
    await bare.openSend('bare')
    await bare.at(sendButton).dblclick({ noWaitAfter: true })
    await after('bare', bare.page)
    await bare.page.reload()
    await after('bare')
    return 'double click, back, loaded again, two tabs'
  },

  // The edition is due at a full minute. Pages that were opened before are sent around it.
  async clock (s) {
    await s.comeIn(tom) // she may be choosing her password at this moment
    const minute = 60_000
    // The scheduler looks at the clock every 15 seconds, and then knows of it.
    const due = Math.ceil((Date.now() + 20_000) / minute) * minute
    const at = new Date(due)
    await s.town.cli('editions', 'set', 'clock', '--cron', `${at.getUTCMinutes()} ${at.getUTCHours()} * * *`)
    const tabs = []
    for (const early of [60, 0, -40, -200]) {
      const tab = await s.context.newPage()
      await tab.goto(`${s.town.base}/desk/send/clock`)
      await tab.locator('#sure').check()
      await tab.evaluate(([selector, when]) => {
        setTimeout(() => document.querySelector(selector).click(), when - Date.now())
      }, [sendButton.replace('form:has(#sure)', 'form.stack'), due - early])
      tabs.push(tab)
    }
    s.eye.expected.add(409)
    const patience = due - Date.now() + house.patience
    const runs = await Promise.all(tabs.map(tab => until('a click at the full minute leads nowhere', () => runPath.exec(tab.url()), patience)))
    if (new Set(runs.map(r => r[1])).size !== 1) throw new Fault(`clock and click lead to issues ${runs.map(r => r[1]).join(', ')}`)
    await s.town.onceEach('clock')
    return `at ${at.toISOString().slice(11, 16)} the clock and ${tabs.length} clicks make one issue`
  },
}

// How each scene's browser differs from one on a desk.
const browsers = {
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
  arabic: { locale: 'ar' },
  plain: { javaScriptEnabled: false },
}

// Editions by slug, with what the clock does not do by itself.
function editions () {
  const at = new Date(Date.now() + 40 * 60_000)
  const all = { desk: ['--name', 'Morning Letter', '--cron', `${at.getUTCMinutes()} ${at.getUTCHours()} * * *`, '--approve', '60', '--editors', mona.email] }
  for (const [slug, name] of Object.entries({
    phone: 'Noon Letter', plain: 'Evening Letter', pair: 'The Week', click: 'Sport', tabs: 'Culture', bare: 'Business', clock: 'Headlines',
  })) all[slug] = ['--name', name]
  all.arabic = ['--name', 'رسالة الصباح', '--language', 'ar,en']
  return all
}

// Each spoils something, which the judge must find: a file, or what the browser asks.
const spoilers = {
  pale: [/\/style\.css$/, text => text + '\n.mute { color: #bbb !important }'],
  wide: [/\/style\.css$/, text => text + '\nmain { min-width: 1500px }'],
  ring: [/\/style\.css$/, text => text + '\n:focus-visible { outline: none !important }'],
  script: [/\/desk\.js$/, text => text + '\nthrow new Error("the wheel came off")'],
  host: [/\/desk$/, text => text.replace('</main>', '<img src="http://elsewhere.example/a.png" alt=""></main>')],
  events: context => context.route(/\/events$/, r => r.abort()),
  // A server that does not know what was sent: each form after the first is one of now.
  again: async context => {
    const known = new Set()
    await context.route(/\/desk\/send\/\w+$/, async r => {
      if (r.request().method() !== 'POST') return r.continue()
      if (!known.has(r.request().url())) {
        known.add(r.request().url())
        return r.continue()
      }
      const form = new URLSearchParams(r.request().postData())
      const sent = form.get('number')
      await until('there is no other issue', async () => {
        const page = await (await context.request.get(r.request().url())).text()
        for (const name of ['number', 'version', 'key', 'another']) form.set(name, new RegExp(`name="${name}" value="([^"]*)"`).exec(page)?.[1] ?? '')
        return form.get('number') !== sent
      })
      return r.continue({ postData: form.toString() })
    })
  },
  lost: (_, town) => { town.sink.lose = true },
}

// spoil returns what does all of that to a context: files are changed on their way.
const spoil = names => async (context, town) => {
  const files = names.map(name => spoilers[name]).filter(Array.isArray)
  const changes = url => files.filter(([address]) => address.test(new URL(url).pathname)).map(([, change]) => change)
  if (files.length > 0) {
    await context.route(url => changes(url).length > 0, async r => {
      if (r.request().method() !== 'GET') return r.continue()
      const response = await r.fetch()
      await r.fulfill({ response, body: changes(r.request().url()).reduce((text, change) => change(text), await response.text()) })
    })
  }
  for (const name of names) if (!Array.isArray(spoilers[name])) await spoilers[name](context, town)
}

function parse (args) {
  const options = { scenes: Object.keys(scenes) }
  for (let i = 0; i < args.length; i++) {
    if (args[i] === '--scene') options.scenes = args[++i].split(',')
    else if (args[i] === '--shots') options.shots = args[++i]
    else if (args[i] === '--break') options.spoil = spoil(args[++i].split(','))
    else if (args[i] === '--patience') house.patience = Number(args[++i]) * 1000
    else options.program = args[i]
  }
  if (!options.program || options.scenes.some(name => !scenes[name])) {
    console.error(`usage: morning.js PRESSRUN [--scene ${Object.keys(scenes).join(',')}] [--shots FOLDER] [--break ${Object.keys(spoilers).join(',')}] [--patience SECONDS]`)
    process.exit(2)
  }
  return options
}

// play plays a scene, says how it went, and returns what was wrong.
async function play (name, browser, town, axe, { spoil, shots }) {
  const begun = Date.now()
  const s = new Stage(browser, town, new Eye(axe, shots), browsers[name] ?? {})
  s.name = name
  s.spoil = spoil
  let said
  try {
    await s.enter(spoil)
    said = await scenes[name](s)
  } catch (e) {
    s.eye.fault(e instanceof Fault ? e.message : plain(e))
    const picture = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'morning-')), `${name}.png`)
    const page = s.context?.pages().at(-1)
    await page?.screenshot({ path: picture }).then(() => s.eye.fault(`at ${page.url()}, seen in ${picture}`), () => {})
  }
  await s.context?.close()
  const faults = [...s.eye.faults]
  const took = ((Date.now() - begun) / 1000).toFixed(1)
  console.log(faults.length === 0 ? `morning: ${name}: ${said}, ${s.eye.seen.size} pages in ${took} s` : `morning: ${name}: ${faults.length} faults in ${took} s`)
  for (const fault of faults) console.log(`    ${fault}`)
  return faults.length
}

// plain is an error of the browser's without its colours, and where in a scene it came up.
function plain (e) {
  const lines = (e.stack ?? String(e)).replace(/\x1b\[\d+m/g, '').split('\n').map(l => l.trim()).filter(Boolean)
  return [...lines.filter(l => !l.startsWith('at ')), ...lines.filter(l => /morning\.js/.test(l)).slice(0, 2)].join(' ')
}

async function main () {
  const options = parse(process.argv.slice(2))
  const axe = fs.readFileSync(needed('axe-core/axe.min.js'), 'utf8')
  const { chromium: playwright } = require(needed('playwright-core'))
  const program = chromium()
  const town = new House(options.program)
  process.on('exit', () => town.kill())
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1))
  let faults = 0
  let browser
  try {
    // A file that is changed on its way seems to come from elsewhere, and may not ask loopback.
    browser = await playwright.launch({ executablePath: program, args: ['--no-sandbox', '--disable-gpu', '--disable-features=LocalNetworkAccessChecks', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'] })
    await town.open(editions(), readers)
    town.links = { mona: await town.hire(mona.name, mona.email), tom: await town.hire(tom.name, tom.email, 'editor') }
    await town.cli('subscribers', 'add', 'late@readers.example', '--edition', 'daily', '--evidence', 'asked by letter')
    await join(browser, town, options.scenes.includes('desk') ? ['tom'] : ['mona', 'tom'])
    // The clock's full minute comes while the others play.
    const clock = options.scenes.includes('clock') ? play('clock', browser, town, axe, options) : 0
    for (const name of options.scenes) {
      if (name !== 'clock') faults += await play(name, browser, town, axe, options)
    }
    faults += await clock
  } catch (e) {
    faults++
    console.log(`morning: ${e instanceof Fault ? e.message : e.stack}`)
  } finally {
    await browser?.close()
    await town.close()
  }
  console.log(`morning: ${options.scenes.length} scenes, ${faults} faults`)
  process.exit(faults > 0 ? 1 : 0)
}

// join lets editors choose their passwords.
async function join (browser, town, who) {
  for (const name of who) {
    const context = await browser.newContext({ locale: 'en' })
    const page = await context.newPage()
    await page.goto(town.links[name])
    await page.locator('#password').fill(password)
    await page.locator('#repeat').fill(password)
    await page.locator('form.stack button.main').click()
    await page.locator('.notice.done').waitFor()
    await context.close()
  }
}
main()
