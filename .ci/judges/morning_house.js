// The house of morning.js: the sample paper, the real program, and a mail server that
// counts. All of it is on loopback, in a folder that is removed at the end.
const fs = require('fs')
const http = require('http')
const net = require('net')
const os = require('os')
const path = require('path')
const { spawn } = require('child_process')

// A Fault is something that is not as it must be, said in a sentence.
class Fault extends Error {}
exports.Fault = Fault

// until asks again and again, and returns the first answer that counts as yes.
exports.until = async (what, ask, patience = exports.patience) => {
  const end = Date.now() + patience
  let last
  for (;;) {
    try {
      const answer = await ask()
      if (answer) return answer
      last = undefined
    } catch (e) {
      if (e instanceof Fault) throw e
      last = e // such as a page that is being loaded
    }
    if (Date.now() > end) throw new Fault(`after ${patience / 1000} s ${what}${last ? ` (${last.message.split('\n')[0]})` : ''}`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}
exports.patience = 60_000

// A Sink takes every mail and remembers to whom it went, and of which edition.
class Sink {
  constructor () {
    this.mails = [] // { to, edition, text }
    this.doors = new Map() // edition → how many more mails are answered, and what waits
    this.lose = false // says that it took a mail and forgets it
    this.server = net.createServer(socket => this.talk(socket))
  }

  listen () {
    return new Promise(resolve => this.server.listen(0, '127.0.0.1', () => resolve(this.server.address().port)))
  }

  // hold answers n more mails of an edition, and lets the others wait until release.
  hold (edition, n) { this.doors.set(edition, { n, waiting: [] }) }

  release (edition) {
    const door = this.doors.get(edition)
    this.doors.delete(edition)
    for (const go of door?.waiting ?? []) go()
  }

  async keep (to, data) {
    const text = decoded(data)
    const edition = /^List-Id:[^<]*<([^.>]+)\./mi.exec(text)?.[1] ?? ''
    const door = this.doors.get(edition)
    if (door && door.n-- <= 0) await new Promise(resolve => door.waiting.push(resolve))
    if (this.lose && edition) {
      this.lose = false
      return
    }
    for (const address of to) this.mails.push({ to: address, edition, text })
  }

  // talk speaks SMTP, one command after the other, as they come (RFC 2920).
  async talk (socket) {
    socket.on('error', () => {}) // whoever hangs up has said all
    const say = text => socket.writable && socket.write(text + '\r\n')
    say('220 sink.example ESMTP')
    let buffer = ''
    let to = []
    let data = false
    try {
      for await (const chunk of socket) {
        buffer += chunk.toString('latin1')
        for (;;) {
          const end = buffer.indexOf(data ? '\r\n.\r\n' : '\r\n')
          if (end < 0) break
          const text = buffer.slice(0, end)
          buffer = buffer.slice(end + (data ? 5 : 2))
          if (data) {
            data = false
            await this.keep(to, text)
            to = []
            say('250 2.0.0 kept')
            continue
          }
          const verb = text.slice(0, 4).toUpperCase()
          if (verb === 'EHLO') say('250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES')
          else if (verb === 'RCPT') { to.push(/<(.*?)>/.exec(text)[1]); say('250 2.1.5 ok') }
          else if (verb === 'DATA') { data = true; say('354 go on') }
          else if (verb === 'QUIT') { say('221 2.0.0 bye'); socket.end() }
          else say('250 2.0.0 ok')
        }
      }
    } catch {} // the connection broke
  }

  to (address) { return this.mails.filter(m => m.to === address) }

  // copies says how many mails of an edition each of the readers has.
  copies (edition) {
    const count = new Map()
    for (const m of this.mails) if (m.edition === edition && m.to.endsWith('@readers.example')) count.set(m.to, (count.get(m.to) ?? 0) + 1)
    return count
  }
}

// decoded is a mail with quoted-printable undone: enough to look for words in it.
function decoded (data) {
  const bytes = data.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

// A House is a folder in which the program works, with readers of several editions.
class House {
  constructor (program) {
    this.program = path.resolve(program)
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pressrun-morning-'))
    this.children = []
    this.sink = new Sink()
    this.readers = []
  }

  // open sets the paper up with editions, by slug the flags of each, and starts the program.
  async open (editions, readers) {
    this.listen = `127.0.0.1:${await freePort()}`
    this.base = `http://${this.listen}`
    this.env = {
      ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(PRESSRUN_|SSL_CERT_)/.test(name))), TZ: 'UTC',
    }
    const demo = this.start(['demo', '--subscribers', '1', '--listen', '127.0.0.1:0', '--dir', path.join(this.folder, 'demo')])
    const inbox = (await this.says(demo, /Open the inbox: +(\S+)/))[1]
    const paper = /href="(http[^"]+)"[^>]*>The sample paper</.exec(await page(inbox))[1]
    await this.cli('init', paper + 'feed.xml', paper + 'ar/feed.xml', '--allow', '127.0.0.1', '--send-published', '--zone', 'UTC', '--language', 'en,ar')
    Object.assign(this.env, {
      PRESSRUN_SENDER_FROM: 'The Harbour Courier <news@paper.example>', PRESSRUN_PAPER_ADDRESS: '1 Quay Street, Merrowport',
      PRESSRUN_RELAY_URL: `smtp://127.0.0.1:${await this.sink.listen()}`, PRESSRUN_RELAY_CONNECTIONS: '4', PRESSRUN_SITE_LISTEN: this.listen,
    })
    await this.cli('editions', 'set', 'daily', '--pause')
    for (let n = 1; n <= readers; n++) this.readers.push(`reader${n}@readers.example`)
    const lines = this.readers.map((address, i) => `${address},${i % 3 === 2 ? 'ar' : 'en'}`)
    fs.writeFileSync(path.join(this.folder, 'readers.csv'), ['email,language', ...lines, ''].join('\n'))
    for (const [slug, flags] of Object.entries(editions)) {
      await this.cli('editions', 'add', slug, '--zone', 'UTC', '--cron', '', '--language', 'en,ar', '--max', '8', ...flags)
      await this.cli('subscribers', 'import', 'readers.csv', '--edition', slug, '--evidence', 'signed up on paper.example')
    }
    await this.cli('fetch')
    this.serve = this.start(['serve'])
    await this.says(this.serve, /listen=/)
  }

  start (args) {
    const child = spawn(this.program, args, { cwd: this.folder, env: this.env, stdio: ['ignore', 'pipe', 'pipe'] })
    child.said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', data => { child.said += data })
    child.ended = new Promise(resolve => {
      child.on('error', e => { child.said += e.message; resolve(-1) })
      child.on('close', resolve)
    })
    this.children.push(child)
    return child
  }

  // says waits for words of a program that goes on.
  says (child, words) {
    let over = false
    child.ended.then(() => { over = true })
    return exports.until(`pressrun ${child.spawnargs.slice(1).join(' ')} does not say ${words}`, () => {
      if (over) throw new Fault(`pressrun ${child.spawnargs.slice(1).join(' ')} ended: ${child.said}`)
      return words.exec(child.said)
    })
  }

  // cli runs a command to its end, and returns what it said.
  async cli (...args) {
    const child = this.start(args)
    const status = await child.ended
    if (status !== 0) throw new Fault(`pressrun ${args.join(' ')} ended with ${status}: ${child.said}`)
    return child.said
  }

  // hire lets an editor in, and returns their link.
  async hire (name, email, role = 'owner') {
    return /(http\S+\/desk\/invite\/\S+)/.exec(await this.cli('editors', 'add', name, email, '--role', role))[1]
  }

  // issues are all that an edition has made.
  async issues (edition) {
    const all = JSON.parse(await this.cli('status', '--json'))
    return all.filter(i => i.edition === edition && i.state !== 'skipped')
  }

  // onceEach fails unless an edition has one issue and each of the readers one copy of it.
  async onceEach (edition) {
    const counted = () => [...this.sink.copies(edition).values()].reduce((a, b) => a + b, 0)
    await exports.until(`an issue of ${edition} is not at its end`, async () => {
      const all = await this.issues(edition)
      return all.length > 0 && all.every(i => i.state === 'finished')
    })
    const issues = await this.issues(edition)
    if (issues.length !== 1) throw new Fault(`of ${edition} there are ${issues.length} issues, not one`)
    const copies = this.sink.copies(edition)
    const twice = [...copies].filter(([, n]) => n > 1)
    if (twice.length > 0) throw new Fault(`${twice.length} readers of ${edition} have more than one copy, as ${twice[0][0]} has ${twice[0][1]}`)
    if (copies.size !== this.readers.length) throw new Fault(`of the ${this.readers.length} readers of ${edition} ${copies.size} have a copy`)
    return counted()
  }

  // close ends what was started, and waits for it.
  async close () {
    for (const child of this.children) child.kill('SIGTERM')
    const grace = setTimeout(() => this.kill(), 10_000)
    await Promise.all(this.children.map(child => child.ended))
    clearTimeout(grace)
    this.sink.server.close()
    fs.rmSync(this.folder, { recursive: true, force: true })
  }

  // kill ends everything at once, for who is interrupted.
  kill () {
    for (const child of this.children) child.kill('SIGKILL')
    fs.rmSync(this.folder, { recursive: true, force: true })
  }
}
exports.House = House

function freePort () {
  return new Promise(resolve => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

function page (url) {
  return new Promise((resolve, reject) => http.get(url, res => {
    let text = ''
    res.setEncoding('utf8').on('data', data => { text += data }).on('end', () => resolve(text))
  }).on('error', reject))
}
