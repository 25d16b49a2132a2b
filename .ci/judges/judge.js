// What the judges of letters and pages have in common.
//
// They find their packages through NODE_PATH, which npm.sh tells. Where one is missing, the
// judge says so and passes; with CI=true it fails.
const fs = require('fs')
const path = require('path')

// needed returns the file of a package's module.
exports.needed = name => {
  try {
    return require.resolve(name)
  } catch {
    console.log(`skipped: ${name} is not installed; export NODE_PATH=$(.ci/judges/npm.sh)/node_modules installs it`)
    process.exit(process.env.CI === 'true' ? 1 : 0)
  }
}

// chromium returns the browser's program.
exports.chromium = () => {
  for (const folder of process.env.PATH.split(path.delimiter)) {
    for (const name of ['chromium', 'chromium-browser', 'google-chrome', 'chrome']) {
      if (fs.existsSync(path.join(folder, name))) return path.join(folder, name)
    }
  }
  console.log('skipped: no Chromium or Chrome is installed')
  process.exit(process.env.CI === 'true' ? 1 : 0)
}

// browse starts a browser whose pages ask nobody but this machine.
exports.browse = () => require(exports.needed('puppeteer-core')).launch({
  executablePath: exports.chromium(),
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update',
    '--disable-sync', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'],
})

// pages are the HTML files of folders, or those named themselves.
exports.pages = args => args.flatMap(arg => fs.statSync(arg).isFile()
  ? [arg]
  : fs.readdirSync(arg).filter(name => name.endsWith('.html')).sort().map(name => path.join(arg, name)))

// An Allowed is a list of faults that somebody has looked at, each with the reason why it is
// none. In it a value that is a list means any of these, and "*" stands for any letters.
exports.Allowed = class {
  constructor (file) {
    this.file = file
    this.met = new Set()
    this.entries = JSON.parse(fs.readFileSync(path.join(__dirname, file), 'utf8'))
    for (const e of this.entries) {
      if (!e.reason || e.reason.length < 15) throw new Error(`${file}: ${JSON.stringify(e)} has no reason`)
    }
  }

  // allows reports whether an entry has all that a fault has, where it says anything of it.
  allows (fault) {
    const entry = this.entries.find(e => Object.keys(e).every(key => key === 'reason' || [e[key]].flat().some(want => like(want, fault[key]))))
    if (entry) this.met.add(entry)
    return entry !== undefined
  }

  // unmet are the entries that nothing was found for: they may be struck out.
  unmet () {
    return this.entries.filter(e => !this.met.has(e)).map(e => `${this.file}: nothing was found for ${JSON.stringify({ ...e, reason: undefined })}`)
  }
}

const like = (want, text = '') => new RegExp('^' + want.split('*').map(s => s.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('[^]*') + '$').test(text)

// verdict prints the faults, each kind once with the number of its files and the first of
// them, and the line that selftest looks for. It ends the program.
exports.verdict = (judge, files, faults, allowed) => {
  const kinds = new Map()
  for (const f of faults) {
    if (!kinds.has(f.what)) kinds.set(f.what, [])
    kinds.get(f.what).push(f)
  }
  for (const [what, all] of kinds) {
    const where = new Set(all.map(f => f.file))
    console.log(`${what}\n    ${all.length} times in ${where.size} files: ${[...where].slice(0, 3).join(', ')}${where.size > 3 ? ' …' : ''}`)
    for (const detail of [...new Set(all.map(f => f.detail).filter(Boolean))].slice(0, 4)) console.log(`    ${detail}`)
  }
  if (files > 30) for (const line of allowed.unmet()) console.log(line)
  console.log(`${judge}: ${files} files, ${new Set(faults.map(f => f.file)).size} refused`)
  process.exit(files > 0 && faults.length === 0 ? 0 : 1)
}
