// Presses the one button of the page, when a person has it before them: programs that look
// at links load pages too, but in no window that anybody sees.
const form = document.querySelector('form[data-at-once]');
const soon = document.querySelector('[data-soon]');
const look = 1500; // milliseconds that the page must be seen for

const seen = () => document.visibilityState === 'visible' && !document.prerendering && document.hasFocus();

let timer;
function watch() {
  clearTimeout(timer);
  soon.hidden = !seen();
  if (seen()) timer = setTimeout(() => { if (seen()) form.requestSubmit(form.querySelector('button')); }, look);
}

if (form && soon && !navigator.webdriver) {
  for (const event of ['visibilitychange', 'prerenderingchange']) document.addEventListener(event, watch);
  for (const event of ['focus', 'blur', 'pageshow']) addEventListener(event, watch);
  watch();
}
