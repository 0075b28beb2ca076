/** Our pages in German. */

import { html } from '../../core/html.ts'
import { GERMAN_ERRORS } from './de-errors.ts'
import type { Texts } from './texts.ts'

const AUTOMATIC = { text: 'Wenn nichts geschieht, klicken Sie auf die Schaltfläche.', button: 'Weiter' }

export const GERMAN: Texts = {
  language: 'de',
  error: (code) => GERMAN_ERRORS[code],
  frame: { signIn: 'Anmelden', reference: 'Referenz', startAgain: 'Von vorn beginnen' },
  serviceStatus: {
    title: (status) => `Der Dienst antwortete mit ${status}`,
    text: 'So hat der Dienst hinter dem Gateway geantwortet. Was er selbst dazu schreibt, wird Ihnen nicht gezeigt.',
  },
  chooser: {
    title: 'Anmelden',
    text: 'Wählen Sie, wo Ihr Konto geführt wird.',
    guest: 'Ohne Konto können Sie sich bis zu einer Stunde lang umsehen.',
    guestButton: 'Als Gast fortfahren',
  },
  onTheWay: { title: 'Weiter zu Ihrem Identitätsprovider', ...AUTOMATIC },
  onTheWayBack: { title: 'Sie werden angemeldet', ...AUTOMATIC },
  confirm: {
    title: 'Konto wechseln?',
    text: ({ now, next }) =>
      html`Sie sind hier als <strong>${now}</strong> angemeldet. Ihr Identitätsprovider hat Sie als <strong>${next}</strong> hierher geschickt.`,
    change: (next) => `Als ${next} anmelden`,
    stay: (now) => `Als ${now} angemeldet bleiben`,
  },
  loop: {
    title: 'Die Anmeldung beginnt immer wieder von vorn',
    text: html`Dieser Browser hat sich innerhalb einer halben Minute dreimal angemeldet und kam jedes Mal ohne seine Sitzung zurück.
Die wahrscheinliche Ursache: <strong>Das Cookie der Sitzung wird nicht aufbewahrt.</strong>`,
    causes: ({ host, origin }) => [
      html`Cookies für <code>${host}</code> sind in diesem Browser gesperrt, oder ein privates Fenster oder eine Erweiterung verwirft sie.`,
      html`Die Seite wurde unter einer anderen Adresse geöffnet als <code>${origin}</code>; nur für diese gelten die Cookies.`,
      html`Ein Proxy vor dem Gateway entfernt die Kopfzeilen <code>Set-Cookie</code> oder <code>Cookie</code>.`,
    ],
    button: 'Noch einmal versuchen',
  },
  signedOut: {
    title: 'Abgemeldet',
    text: 'Ihre Sitzung hier ist beendet. Ihr Identitätsprovider kennt Sie möglicherweise noch.',
    button: 'Erneut anmelden',
  },
  signOut: { title: 'Abmelden', text: 'Möchten Sie Ihre Sitzung hier beenden?', button: 'Abmelden' },
  session: {
    title: 'Ihre Sitzung',
    rows: {
      account: 'Angemeldet als',
      name: 'Name',
      email: 'E-Mail',
      provider: 'Identitätsprovider',
      signedIn: 'Angemeldet seit',
      lastAction: 'Letzte Aktion',
      end: 'Endet',
      decidedBy: 'Bestimmt durch',
    },
    end: (time, left) => `${time}, in ${left}`,
    decidedBy: {
      timeout: 'das Zeitlimit nach der letzten Aktion',
      'session-not-on-or-after': 'den Identitätsprovider',
      idle: 'die längste Zeit ohne Aktion',
      absolute: 'die längste Dauer einer Sitzung',
    },
    roles: 'Rollen',
    noRole: 'Ihnen ist noch keine Rolle zugewiesen.',
    onService: (service) => ` für ${service}`,
    givenByProvider: ' (vom Identitätsprovider vergeben)',
    withAccount: 'Mit einem Konto anmelden',
  },
}
