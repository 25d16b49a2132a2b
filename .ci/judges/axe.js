#!/usr/bin/env node
// Looks with axe-core for what keeps people from reading pages and letters:  axe.js FOLDER...
// in Chromium, light on a desk and dark on a phone. Each folder is served on loopback, with
// the styles and scripts in it. Fails on a violation that axe-allow.json does not allow.
const fs = require('fs')
const http = require('http')
const path = require('path')
const { Allowed, browse, needed, pages, verdict } = require('./judge.js')

const axe = fs.readFileSync(needed('axe-core/axe.min.js'), 'utf8')
const screens = [
  { scheme: 'light', width: 1200, height: 900 },
  { scheme: 'dark', width: 390, height: 844 },
]
const types = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript' }
// What a page asks for and is not there, as the letter in a frame, is a page without fault.
const nothing = '<!DOCTYPE html><html lang="en"><title>Nothing</title><main><h1>Nothing</h1></main></html>'

// serve serves the folder that was named last, as the root for the links in it.
function serve () {
  const roots = []
  const server = http.createServer((req, res) => {
    const file = path.join(roots.at(-1), decodeURIComponent(new URL(req.url, 'http://x').pathname))
    const found = fs.existsSync(file) && fs.statSync(file).isFile()
    res.writeHead(found ? 200 : 404, { 'Content-Type': found ? types[path.extname(file)] ?? 'text/plain' : 'text/html', 'Cache-Control': 'no-store' })
    res.end(found ? fs.readFileSync(file) : nothing)
  })
  return new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve({
    base: `http://127.0.0.1:${server.address().port}`, from: root => roots.push(root), close: () => server.close(),
  })))
}

// latin puts Latin letters in the place of Arabic ones, in which axe sees no contrast.
function latin () {
  const walk = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT)
  while (walk.nextNode()) walk.currentNode.data = walk.currentNode.data.replace(/[\u0600-\u06ff]/g, 'a')
}

async function judge (page, file, address) {
  const kind = path.basename(path.dirname(file))
  const found = []
  const on = async screen => {
    await page.setViewport({ width: screen.width, height: screen.height })
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: screen.scheme }, { name: 'prefers-reduced-motion', value: 'reduce' }])
  }
  const look = async (screen, options) => {
    await on(screen)
    const { violations } = await page.evaluate(o => window.axe.run(document, o), { resultTypes: ['violations'], iframes: false, ...options })
    found.push(...violations.flatMap(v => v.nodes.map(n => ({
      rule: v.id, kind, target: n.target.join(' '), scheme: screen.scheme, file: `${kind}/${path.basename(file)}`,
      what: `${v.id}: ${v.help} (${screen.scheme})`, detail: `${n.target.join(' ')} ${(n.any[0] ?? n.all[0] ?? n.none[0])?.message ?? ''}`,
    }))))
  }
  await on(screens[0])
  await page.goto(address, { waitUntil: 'load' })
  await page.evaluate(axe)
  const arabic = /[\u0600-\u06ff]/.test(await page.content())
  for (const screen of screens) await look(screen, { rules: { 'target-size': { enabled: true }, 'color-contrast': { enabled: !arabic } } })
  if (arabic) {
    await page.evaluate(latin)
    for (const screen of screens) await look(screen, { runOnly: ['color-contrast'] })
  }
  return found
}

async function main () {
  const files = pages(process.argv.slice(2))
  const allowed = new Allowed('axe-allow.json')
  const server = await serve()
  const browser = await browse()
  const faults = []
  for (const folder of new Set(files.map(f => path.dirname(f)))) {
    server.from(folder)
    const queue = files.filter(f => path.dirname(f) === folder)
    const work = async () => {
      const page = await browser.newPage()
      for (let file; (file = queue.shift());) {
        const all = await judge(page, file, `${server.base}/${encodeURIComponent(path.basename(file))}`)
        faults.push(...all.filter(f => !allowed.allows(f)))
      }
    }
    await Promise.all([work(), work()])
  }
  await browser.close()
  server.close()
  verdict('axe', files.length, faults, allowed)
}
main()
