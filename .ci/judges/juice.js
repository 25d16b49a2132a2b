#!/usr/bin/env node
// Asks a second inliner for its opinion:  juice.js FOLDER
// has NAME.before.html, a letter whose styles are in its head, and NAME.after.html, as we
// inline them. juice inlines the first, and Chromium must compute the same for each element
// of both, light on a desk and dark on a phone.
const fs = require('fs')
const path = require('path')
const { Allowed, browse, needed, pages, verdict } = require('./judge.js')

const juice = require(needed('juice'))
const properties = ['color', 'background-color', 'font-family', 'font-size', 'font-weight', 'font-style', 'line-height', 'text-align',
  'text-decoration-line', 'text-transform', 'letter-spacing', 'direction', 'display', 'width', 'max-width',
  ...['top', 'right', 'bottom', 'left'].flatMap(side => [`margin-${side}`, `padding-${side}`, `border-${side}-width`, `border-${side}-color`])]
const screens = [{ scheme: 'light', width: 640 }, { scheme: 'dark', width: 360 }]

const computed = properties => [...document.body.querySelectorAll('*'), document.body].map(e => {
  const style = getComputedStyle(e)
  return { element: `${e.localName}${e.className && '.' + e.className}`, style: properties.map(p => style.getPropertyValue(p)) }
})

async function main () {
  const befores = pages(process.argv.slice(2)).filter(f => f.endsWith('.before.html'))
  const allowed = new Allowed('juice-allow.json')
  const browser = await browse()
  const page = await browser.newPage()
  const faults = []
  for (const before of befores) {
    const theirs = juice(fs.readFileSync(before, 'utf8'), { applyAttributesTableElements: false, applyHeightAttributes: false, applyWidthAttributes: false })
    const ours = fs.readFileSync(before.replace('.before.', '.after.'), 'utf8')
    const name = path.basename(before, '.before.html')
    for (const screen of screens) {
      await page.setViewport({ width: screen.width, height: 900 })
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: screen.scheme }])
      const shown = async html => { await page.setContent(html, { waitUntil: 'load' }); return page.evaluate(computed, properties) }
      const want = await shown(theirs)
      const got = await shown(ours)
      if (want.length !== got.length || want.length < 2) faults.push({ file: name, what: 'the two have other elements', detail: `${want.length} and ${got.length}` })
      for (const [i, element] of got.entries()) {
        properties.forEach((property, n) => {
          const fault = { file: name, property, element: element.element, scheme: screen.scheme, what: `${property} differs` }
          if (want[i] && want[i].style[n] !== element.style[n] && !allowed.allows(fault)) {
            faults.push({ ...fault, detail: `${element.element}: ours ${element.style[n]}, juice's ${want[i].style[n]} (${screen.scheme})` })
          }
        })
      }
    }
  }
  await browser.close()
  verdict('juice', befores.length, faults, allowed)
}
main()
