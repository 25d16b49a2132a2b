#!/usr/bin/env node
// Checks pages and letters with the Nu Html Checker:  vnu.js FOLDER...
// Fails on an error, a warning or a remark that vnu-allow.json does not allow.
const { execFileSync } = require('child_process')
const path = require('path')
const { Allowed, needed, pages, verdict } = require('./judge.js')

const jar = path.join(path.dirname(needed('vnu-jar/package.json')), 'build/dist/vnu.jar')
const files = pages(process.argv.slice(2))
let out
try {
  out = execFileSync('java', ['-Xss4m', '-jar', jar, '--format', 'json', '--stdout', '--exit-zero-always', ...files], { maxBuffer: 1 << 30 })
} catch (err) {
  if (err.code !== 'ENOENT') throw err
  console.log('skipped: no Java is installed')
  process.exit(process.env.CI === 'true' ? 1 : 0)
}
const allowed = new Allowed('vnu-allow.json')
const faults = []
for (const m of JSON.parse(out).messages) {
  const file = decodeURI(m.url ?? '')
  const kind = path.basename(path.dirname(file))
  if (!allowed.allows({ message: m.message, kind })) {
    faults.push({ file: `${kind}/${path.basename(file)}`, what: `${m.subType ?? m.type}: ${m.message}`, detail: `line ${m.lastLine}: ${(m.extract ?? '').replace(/\s+/g, ' ')}` })
  }
}
verdict('vnu', files.length, faults, allowed)
