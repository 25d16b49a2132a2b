// Copies what stands in the field before each button.
for (const button of document.querySelectorAll('[data-copy]')) {
  button.hidden = !navigator.clipboard;
  const label = button.textContent;
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(button.previousElementSibling.value);
    button.textContent = button.dataset.copy;
    setTimeout(() => { button.textContent = label; }, 2000);
  });
}
