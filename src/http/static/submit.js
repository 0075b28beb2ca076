// Sends the one form of a page that only carries a message onwards. Without script the reader presses the button.
document.querySelector('form[data-submit]')?.requestSubmit()
