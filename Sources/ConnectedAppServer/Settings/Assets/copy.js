// Adds a button to each text that is to be copied into Salesforce. Without scripts, the text can be selected.
for (const text of document.querySelectorAll('[data-copy]')) {
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'copy'
  button.textContent = 'Copy'
  button.setAttribute('aria-label', `Copy ${text.textContent}`)
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text.textContent)
      button.textContent = 'Copied'
    } catch {
      // The browser allows no access to the clipboard, so the text is selected instead.
      getSelection().selectAllChildren(text)
      button.textContent = 'Selected'
    }
    setTimeout(() => { button.textContent = 'Copy' }, 2000)
  })
  text.after(' ', button)
}
