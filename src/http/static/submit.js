// Sends the one form of a page that only carries a message onwards. Without script the reader presses the button.
const here = new URL(location.href)
const returnTo = here.searchParams.get('return_to')
if (here.hash !== '' && returnTo !== null) {
  // A fragment never reaches the server by itself: the sign-in starts once more with it in the return path.
  here.searchParams.set('return_to', returnTo + here.hash)
  here.hash = ''
  location.replace(here)
} else {
  document.querySelector('form[data-submit]')?.requestSubmit()
}
