/** The errors of the catalogue in German. */

import type { ErrorCode } from '../../core/errors.ts'
import type { PageText } from './texts.ts'

const NOT_COMPLETED = 'Die Anmeldung konnte nicht abgeschlossen werden'
const FAILURE = 'Anmeldung fehlgeschlagen'

/** One text for all rows of the check table: they look alike to the browser. */
const REFUSED: PageText = {
  title: NOT_COMPLETED,
  text: 'Die Antwort Ihres Identitätsproviders konnte nicht angenommen werden. Nennen Sie Ihrem Administrator die Referenz, oder beginnen Sie von vorn.',
}

function text(title: string, sentence: string): PageText {
  return { title, text: sentence }
}

export const GERMAN_ERRORS: Readonly<Record<ErrorCode, PageText>> = {
  BAD_REQUEST: text('Fehlerhafte Anfrage', 'Die Anfrage ist nicht wohlgeformt.'),
  BAD_TARGET: text('Fehlerhafte Adresse', 'Die Adresse der Anfrage hat nicht die Normalform.'),
  NOT_FOUND: text('Nicht gefunden', 'Hier ist nichts.'),
  GUEST_NOT_ADMITTED: text('Keine Gäste', 'Dieser Dienst lässt niemanden ohne Konto ein. Melden Sie sich an.'),
  METHOD_NOT_ALLOWED: text('Methode nicht zulässig', 'Diese Adresse nimmt die Methode nicht an.'),
  PRECONDITION_FAILED: text('Bedingung nicht erfüllt', 'Hier steht nicht, was die Anfrage voraussetzt.'),
  UNSUPPORTED_MEDIA_TYPE: text('Medientyp nicht unterstützt', 'Inhalte dieses Typs werden hier nicht angenommen.'),
  REQUEST_TIMEOUT: text('Zeit überschritten', 'Die Anfrage kam zu langsam an.'),
  BODY_TOO_LARGE: text('Inhalt zu groß', 'Der Inhalt der Anfrage ist zu groß.'),
  MISDIRECTED: text('Falscher Host', 'Unter diesem Hostnamen gibt es hier nichts.'),
  RATE_LIMITED: text('Zu viele Anfragen', 'Von dieser Adresse kommen zu viele Anfragen. Warten Sie ein wenig.'),
  CROSS_ORIGIN: text('Anfrage von fremder Seite abgelehnt', 'Die Anfrage kam von einer anderen Website.'),

  SAML_MALFORMED: REFUSED,
  SAML_TOO_LARGE: REFUSED,
  SAML_ALGORITHM_REFUSED: REFUSED,
  SAML_ISSUER_UNKNOWN: REFUSED,
  SAML_SIGNATURE_MISSING: REFUSED,
  SAML_SIGNATURE_INVALID: REFUSED,
  SAML_DECRYPTION_FAILED: REFUSED,
  SAML_ENCRYPTION_MISSING: REFUSED,
  SAML_STATUS_NOT_SUCCESS: REFUSED,
  SAML_VERSION_WRONG: REFUSED,
  SAML_ISSUER_MISMATCH: REFUSED,
  SAML_DESTINATION_WRONG: REFUSED,
  SAML_RECIPIENT_WRONG: REFUSED,
  SAML_CONFIRMATION_INVALID: REFUSED,
  SAML_CONDITIONS_MISSING: REFUSED,
  SAML_CONDITION_UNKNOWN: REFUSED,
  SAML_NOT_YET_VALID: REFUSED,
  SAML_EXPIRED: REFUSED,
  SAML_AUDIENCE_WRONG: REFUSED,
  SAML_REQUEST_UNKNOWN: REFUSED,
  SAML_REQUEST_USED: REFUSED,
  SAML_UNSOLICITED_REFUSED: REFUSED,
  SAML_REPLAYED: REFUSED,
  SAML_AUTHN_STATEMENT_MISSING: REFUSED,
  SAML_SESSION_OVER: REFUSED,
  SAML_AUTHN_CONTEXT_WRONG: REFUSED,
  SAML_LOGIN_ATTRIBUTE_MISSING: REFUSED,
  SAML_ACCOUNT_INVALID: REFUSED,
  SAML_ACCOUNT_DOMAIN_REFUSED: REFUSED,
  SAML_ENTRY_REFUSED: REFUSED,
  SIGN_IN_STATE_LOST: text(
    NOT_COMPLETED,
    'Ihr Browser hat das Cookie dieser Anmeldung nicht mitgeschickt. Beginnen Sie von vorn.',
  ),
  SIGN_IN_LOOP: text(
    'Die Anmeldung beginnt immer wieder von vorn',
    'Dieser Browser wurde innerhalb einer halben Minute dreimal zur Anmeldung geschickt.',
  ),
  HANDOFF_REFUSED: text(
    NOT_COMPLETED,
    'Der Weg zurück zu diesem Host ist verbraucht, zu alt oder für einen anderen Browser bestimmt. Beginnen Sie von vorn.',
  ),
  PROVIDER_UNKNOWN: text(
    'Unbekannter Identitätsprovider',
    'Einen Identitätsprovider dieses Namens gibt es hier nicht.',
  ),
  NO_PROVIDER: text(
    'Anmeldung nicht möglich',
    'Es ist kein Identitätsprovider eingerichtet, oder noch keiner war erreichbar.',
  ),
  SINGLE_LOGOUT_UNAVAILABLE: text(
    'Single Logout gibt es in dieser Version nicht',
    'Das Gateway nimmt noch keine Abmeldenachrichten an. Ihre Sitzung hier besteht weiter, bis Sie sie beenden.',
  ),

  ACCOUNT_UNKNOWN: text(FAILURE, 'Für Sie gibt es hier kein Konto.'),
  ACCOUNT_DISABLED: text(FAILURE, 'Ihr Konto ist gesperrt.'),
  NO_ROLE: text(FAILURE, 'Ihr Konto hat hier noch keine Rolle. Ein Administrator muss Ihnen eine zuweisen.'),

  SESSION_REQUIRED: text('Anmeldung erforderlich', 'Melden Sie sich an, um fortzufahren.'),
  DISABLED: text('Deaktiviert', 'Das wird Ihnen angezeigt, aber Sie dürfen es nicht benutzen.'),
  ROLE_MISSING: text('Berechtigung fehlt', 'Keine Ihrer Rollen erlaubt das.'),
  OBJECT_UNDETERMINED: text('Objekt nicht bestimmbar', 'Die Anfrage sagt nicht eindeutig, worum es geht.'),
  FIELD_HIDDEN: text(
    'Verborgenes Feld',
    'Die Anfrage filtert, sortiert oder sucht nach einem Feld, das Ihnen verborgen ist.',
  ),
  NOT_ENFORCEABLE_HERE: text(
    'Hier nicht durchsetzbar',
    'Das kann nur dort erlaubt werden, wo das Gateway die Antwort selbst weiterreicht.',
  ),
  DENIED: text('Verweigert', 'Hier ist nichts für Sie.'),

  UPSTREAM_UNREACHABLE: text('Dienst nicht erreichbar', 'Der Dienst hinter dem Gateway war nicht erreichbar.'),
  UPSTREAM_INVALID: text(
    'Fehlerhafte Antwort des Dienstes',
    'Der Dienst hinter dem Gateway gab eine Antwort, die nicht weitergegeben werden kann.',
  ),
  NOT_FILTERABLE: text(
    'Antwort zurückgehalten',
    'Der Dienst hinter dem Gateway gab eine Antwort, in der sich verborgene Inhalte nicht sicher finden ließen.',
  ),
  CREDENTIAL_REFUSED: text(
    'Der Dienst hat das Gateway nicht angenommen',
    'Der Dienst hinter dem Gateway hat die Zugangsdaten des Gateways nicht angenommen.',
  ),
  UPSTREAM_TIMEOUT: text(
    'Der Dienst antwortet nicht',
    'Der Dienst hinter dem Gateway hat nicht rechtzeitig geantwortet.',
  ),

  STORE_UNAVAILABLE: text(
    'Nicht verfügbar',
    'Das Gateway erreicht seinen Speicher nicht. Versuchen Sie es in Kürze noch einmal.',
  ),
  AUDIT_UNAVAILABLE: text(
    'Nicht verfügbar',
    'Das Gateway kann Änderungen zurzeit nicht aufzeichnen und lässt deshalb keine zu. Versuchen Sie es in Kürze noch einmal.',
  ),
  OVERLOADED: text('Ausgelastet', 'Es kommt zu viel auf einmal. Versuchen Sie es in Kürze noch einmal.'),
  SHUTTING_DOWN: text('Wird beendet', 'Das Gateway wird gerade beendet.'),
  INTERNAL: text('Interner Fehler', 'Im Gateway ist etwas schiefgegangen.'),

  OPERATOR_UNKNOWN: text('Unbekannter Benutzer', 'Diesen Benutzer gibt es nicht.'),
  OPERATOR_EXISTS: text('Benutzer schon vorhanden', 'Den Benutzer gibt es bereits.'),
  ROLE_UNKNOWN: text('Unbekannte Rolle', 'Diese Rolle gibt es nicht.'),
  SERVICE_UNKNOWN: text('Unbekannter Dienst', 'Diesen Dienst gibt es nicht.'),
  GRANT_EXISTS: text('Rolle schon vergeben', 'Der Benutzer hat diese Rolle bereits.'),
  GRANT_UNKNOWN: text('Rolle nicht vergeben', 'Der Benutzer hat diese Rolle nicht.'),
  ROLE_LOCKED: text('Rolle gesperrt', 'Der Identitätsprovider sichert diese Rolle zu. Ändern Sie sie zuerst dort.'),
  KEY_WAITING: text('Ein Schlüssel wartet', 'Ein neuer Schlüssel dieser Art wartet auf seinen ersten Einsatz.'),
  ROLE_INVALID: text('Rolle abgelehnt', 'So kann die Rolle nicht gespeichert werden.'),
  ROLE_EXISTS: text('Rolle schon vorhanden', 'Eine solche Rolle gibt es bereits.'),
  ROLE_SHIPPED: text(
    'Rolle nicht änderbar',
    'Diese Rolle gehört zu ihrem Profil und wird nicht geändert. Legen Sie eine Kopie an.',
  ),
  ROLE_IN_USE: text('Rolle in Gebrauch', 'Jemand hat diese Rolle noch.'),
  RESOURCE_UNKNOWN: text('Unbekannte Ressource', 'Diese Ressource gibt es nicht.'),
  GROUP_UNKNOWN: text('Unbekannte Gruppe', 'Diese Gruppe gibt es nicht.'),
  GROUP_EXISTS: text('Gruppe schon vorhanden', 'Eine solche Gruppe gibt es bereits.'),
  GROUP_CYCLE: text('Gruppe über sich selbst', 'Eine Gruppe kann nicht unter sich selbst stehen.'),
  GROUP_IN_USE: text('Gruppe in Gebrauch', 'Zu dieser Gruppe gehört noch etwas.'),
  MEMBERSHIP_UNKNOWN: text('Kein Mitglied', 'Der Benutzer ist dort kein Mitglied.'),
  OBJECT_UNKNOWN: text('Unbekanntes Objekt', 'Dieses Objekt gibt es nicht.'),
  OBJECT_EXISTS: text('Objekt schon vorhanden', 'Ein solches Objekt gibt es bereits.'),
  OBJECT_TYPE_UNKNOWN: text('Unbekannter Objekttyp', 'Diesen Typ gibt es nicht.'),
  OBJECT_CHANGED: text('Inzwischen geändert', 'Jemand anders hat das gerade geändert. Sehen Sie noch einmal nach.'),
  OBJECT_PENDING: text(
    'Änderung im Gange',
    'Eine Änderung daran ist im Gange oder ungewiss. Versuchen Sie es noch einmal, wenn sie entschieden ist.',
  ),
  OWNER_IN_USE: text('Noch Eigentümer', 'Dort gehört noch etwas dazu. Geben Sie an, wem es künftig gehören soll.'),
  GUEST_FIXED: text('Ein Gast', 'Ein Gast hat die Gastrolle seines Dienstes und sonst nichts.'),
  SELF_DELETION: text('Ihr eigenes Konto', 'Niemand löscht sich selbst. Bitten Sie einen anderen Administrator.'),
  DELEGATION_EXCEEDED: text('Mehr, als Sie haben', 'Niemand gibt weiter, was er dort nicht selbst hat.'),
  ACCESS_WIDENED: text('Gäbe Ihnen Zugang', 'Auf diesem Weg können Sie sich keinen Zugang geben.'),
  DIRECTORY_FILE_INVALID: text('Verzeichnisdatei abgelehnt', 'Die Verzeichnisdatei ist nicht wohlgeformt.'),
  DIRECTORY_FILE_REFUSED: text('Verzeichnisdatei abgelehnt', 'Die Verzeichnisdatei passt nicht zum Verzeichnis.'),
  LAST_ADMINISTRATOR: text(
    'Letzter Administrator',
    'Damit bliebe dem Gateway kein Administrator, der sich anmelden kann.',
  ),
  CONFIG_INVALID: text('Konfiguration abgelehnt', 'Die Konfiguration ist fehlerhaft.'),
}
