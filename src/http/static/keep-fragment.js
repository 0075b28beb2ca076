// A fragment never reaches the server; the links that start a sign-in, and the form of guests, take it along in their return path.
for (const link of location.hash === '' ? [] : document.querySelectorAll('a[href*="return_to="]')) {
  const url = new URL(link.href)
  url.searchParams.set('return_to', url.searchParams.get('return_to') + location.hash)
  link.href = url.href
}
for (const field of location.hash === '' ? [] : document.querySelectorAll('input[name="return_to"]'))
  field.value += location.hash
