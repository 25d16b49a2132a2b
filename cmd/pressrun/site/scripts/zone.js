// Proposes the browser's time zone to a reader who has chosen none. It is kept only when
// they press the button.
const zones = document.querySelector('#zones');
const said = document.querySelector('[data-browser]');
const here = Intl.DateTimeFormat().resolvedOptions().timeZone;

if (zones && said && here?.includes('/') && zones.value === '') {
  zones.value = here;
  if (zones.value !== here) { // by an older name, as Asia/Calcutta
    zones.prepend(new Option(here.split('/').pop().replaceAll('_', ' '), here, false, true));
  }
  said.hidden = false;
}
