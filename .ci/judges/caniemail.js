#!/usr/bin/env node
// Asks the data of caniemail.com what mail programs make of letters:  caniemail.js FOLDER
// Fails on a feature that a program lacks, or has by halves, unless caniemail-allow.json
// says why the letter is read well all the same.
const fs = require('fs')
const path = require('path')
const { Allowed, needed, pages, verdict } = require('./judge.js')

const clients = {
  Gmail: ['gmail.desktop-webmail', 'gmail.ios', 'gmail.android', 'gmail.mobile-webmail'],
  Outlook: ['outlook.windows'],
  'new Outlook': ['outlook.windows-mail'], // stands for it, see prepare
  'Apple Mail': ['apple-mail.macos', 'apple-mail.ios'],
  Yahoo: ['yahoo.desktop-webmail', 'yahoo.ios', 'yahoo.android'],
  Samsung: ['samsung-email.android'],
}
const family = Object.fromEntries(Object.entries(clients).flatMap(([name, all]) => all.map(c => [c, name])))

// prepare mends two faults of the package. It knows the new Outlook, which shows mail as
// Outlook.com does, but lets nobody ask for it: it takes the place of the Mail that Windows
// had before. And it gives up where nobody has tried a feature in a program: what is not
// known is no fault.
function prepare (data) {
  for (const { stats } of data) {
    if (stats.outlook) stats.outlook['windows-mail'] = stats.outlook['outlook-com']
    for (const client of Object.keys(family)) {
      const [program, system] = client.split('.')
      stats[program] ??= {}
      const latest = Object.entries(stats[program][system] ?? {}).sort(([a], [b]) => a < b ? -1 : 1).at(-1)
      if (!latest || latest[1].startsWith('u')) stats[program][system] = { 0: 'y' }
    }
  }
}

import(needed('caniemail')).then(({ caniemail, rawData }) => {
  prepare(rawData.data)
  const allowed = new Allowed('caniemail-allow.json')
  const files = pages(process.argv.slice(2))
  const faults = []
  for (const file of files) {
    const { issues } = caniemail({ clients: Object.keys(family), html: fs.readFileSync(file, 'utf8') })
    for (const [support, found] of [['none', issues.errors], ['partial', issues.warnings]]) {
      for (const [client, all] of found) {
        for (const { title, notes } of all) {
          if (!allowed.allows({ feature: title, client: family[client], support })) {
            faults.push({ file: path.basename(file), what: `${title}: ${support === 'none' ? 'not' : 'half'} supported by ${family[client]} (${client})`, detail: notes[0] })
          }
        }
      }
    }
  }
  verdict('caniemail', files.length, faults, allowed)
})
