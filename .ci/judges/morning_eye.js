// What morning.js sees of pages: what keeps people from using them, what the browser
// complains of, and whom they ask.
const fs = require('fs')
const path = require('path')
const { Fault, until } = require('./morning_house.js')

// heaviest is what a page may weigh, with its style and scripts.
const heaviest = 200_000

// An Eye is what one scene looks with. Its faults are those that do not end the scene.
exports.Eye = class {
  constructor (axe, shots) {
    this.axe = axe
    this.shots = shots // where a picture of each page is kept, if anywhere
    this.faults = new Set()
    this.seen = new Set()
  }

  fault (text) { this.faults.add(text) }

  // watch listens to all pages of a context. What answers with an error is told to the
  // page's editor where that was to be: expected is its status.
  watch (context) {
    this.expected = new Set()
    context.on('weberror', e => this.fault(`a script fails: ${e.error().message}`))
    context.on('console', m => {
      const told = /^Failed to load resource/.test(m.text()) // the answer's status says more
      if (['error', 'warning'].includes(m.type()) && !told) this.fault(`the browser complains: ${m.text()}`)
    })
    context.on('request', r => {
      const to = new URL(r.url())
      if (/^https?:$/.test(to.protocol) && to.hostname !== '127.0.0.1') this.fault(`a page asks another host: ${to.host}`)
    })
    context.on('response', r => {
      if (r.status() >= 400 && !this.expected.has(r.status())) this.fault(`${new URL(r.url()).pathname} answers ${r.status()}`)
    })
  }

  // look goes over a page as it is now, the first time that it sees one of this name.
  async look (page, name, { script = true, touch = false } = {}) {
    if (this.seen.has(name)) return
    this.seen.add(name)
    const say = text => this.fault(`${name}: ${text}`)
    await page.waitForLoadState('load')
    const { wide, small, bare, moving, weight } = await page.evaluate(measure)
    if (wide > 0) say(`it goes ${wide} px beyond the window`)
    if (touch && small.length > 0) say(`too small for a finger: ${small.join(', ')}`)
    if (moving > 0) say('something moves although the reader wants no motion')
    if (weight > heaviest) say(`it weighs ${weight} bytes without its pictures`)
    if (bare.length > 0) say(`fields without a label: ${bare.join(', ')}`)
    for (const scheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
      await this.keep(page, name, scheme)
      if (script) for (const text of await this.ask(page, scheme)) say(text)
    }
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
  }

  // ask has axe judge, in the dark only the colours. It sees no contrast in Arabic letters,
  // so that Latin ones stand in their place meanwhile.
  async ask (page, scheme) {
    if (!await page.evaluate(() => 'axe' in window)) await page.evaluate(this.axe)
    const violations = await page.evaluate(async scheme => {
      const found = []
      const run = async options => found.push(...(await window.axe.run(document, { resultTypes: ['violations'], iframes: false, ...options })).violations)
      if (scheme === 'light') await run({ rules: { 'target-size': { enabled: true }, 'color-contrast': { enabled: false } } })
      const words = []
      const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
      while (walk.nextNode()) {
        if (/[\u0600-\u06ff]/.test(walk.currentNode.data)) words.push([walk.currentNode, walk.currentNode.data])
      }
      for (const [node, text] of words) node.data = text.replace(/[\u0600-\u06ff]/g, 'a')
      await run({ runOnly: ['color-contrast'] })
      for (const [node, text] of words) node.data = text
      return found.map(v => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map(n => n.target.join(' ')).join(', ')}`)
    }, scheme)
    return violations.map(text => `${text} (${scheme})`)
  }

  async keep (page, name, scheme) {
    if (!this.shots) return
    fs.mkdirSync(this.shots, { recursive: true })
    await page.screenshot({ path: path.join(this.shots, `${name.replace(/\W+/g, '-')}-${scheme}.png`), fullPage: true })
  }

  // order returns the headlines of the first list of what is in.
  order (page) {
    return page.locator('[data-order]').first().locator('h3').allTextContents()
  }

  // reach goes through a page with the tab key, and fails unless everything that can be
  // pressed gets the focus, shows it, and comes after the way around the bar.
  async reach (page) {
    await page.evaluate(() => { document.activeElement?.blur(); window.scrollTo(0, 0) })
    await page.keyboard.press('Tab')
    const first = await page.evaluate(() => document.activeElement.className)
    if (first !== 'skip') throw new Fault(`the first that the tab key leads to is ${first || 'nothing'}, not the way around the bar`)
    const visited = new Set()
    const ring = () => page.evaluate(() => {
      const e = document.activeElement
      if (!e || e === document.body || e.tagName === 'IFRAME') return null
      const style = getComputedStyle(e)
      window.visited = (window.visited ?? 0) + 1
      e.dataset.visited = 'yes'
      return { shown: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2, name: e.textContent.trim().slice(0, 40) || e.name || e.tagName }
    })
    for (let n = 0; n < 400; n++) {
      const at = await ring()
      if (at && !at.shown) throw new Fault(`the focus does not show on “${at.name}”`)
      if (at) visited.add(at.name)
      await page.keyboard.press('Tab')
      const over = await page.evaluate(() => document.activeElement === document.body || document.activeElement.dataset.visited === 'yes')
      if (over) break
    }
    const missed = await page.evaluate(() => [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')]
      .filter(e => !e.disabled && e.checkVisibility({ visibilityProperty: true }) && e.closest('dialog:not([open])') === null && e.dataset.visited !== 'yes' && e.type !== 'radio')
      .map(e => e.textContent.trim().slice(0, 40) || e.name))
    if (missed.length > 0) throw new Fault(`the tab key does not lead to ${missed.slice(0, 4).map(t => `“${t}”`).join(', ')}`)
    return visited.size
  }

  // shown waits until an element is there to be seen.
  shown (page, selector, what) {
    return until(what, () => page.locator(selector).first().isVisible())
  }
}

function measure () {
  const root = document.documentElement
  return {
    wide: root.scrollWidth - root.clientWidth,
    small: [...document.querySelectorAll('button, .button, nav a, summary, select')]
      .filter(e => e.checkVisibility({ visibilityProperty: true }) && e.getBoundingClientRect().height < 39).map(e => e.textContent.trim()),
    moving: document.getAnimations().length,
    weight: [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
      .filter(e => !['img', 'css', 'iframe', 'fetch'].includes(e.initiatorType)).reduce((sum, e) => sum + e.transferSize, 0),
    bare: [...document.querySelectorAll('input:not([type=hidden]), select, textarea')]
      .filter(e => e.labels.length === 0 && !e.ariaLabel).map(e => e.name),
  }
}
