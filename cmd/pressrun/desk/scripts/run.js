// An issue on its way, live. Without this script the page loads itself again.
const place = document.querySelector('[data-run]')
if (place.dataset.events) {
  const events = new EventSource(place.dataset.events)
  events.addEventListener('progress', event => {
    // Whoever is about to press a button, or has something open, is not disturbed.
    const open = [...place.querySelectorAll('details')].map(d => d.open)
    const focus = [...place.querySelectorAll('button, summary, a')].indexOf(document.activeElement)
    place.innerHTML = event.data
    place.querySelectorAll('details').forEach((d, i) => { d.open = open[i] ?? false })
    if (focus >= 0) [...place.querySelectorAll('button, summary, a')][focus]?.focus({ preventScroll: true })
  })
  events.addEventListener('end', () => {
    events.close()
    if (new URLSearchParams(location.search).get('done') === 'sent') document.querySelector('main > .notice.done')?.remove() // it is not on its way any more
    for (const pull of document.querySelectorAll('main > section:has([name=story])')) pull.remove()
  })
  addEventListener('pagehide', () => events.close())
}
