/** Where to mend what a check refused: one entry per kind of mistake, one text for every product. */

export interface Hint {
  /** For every provider. */
  readonly general: string
  readonly okta: string
  readonly entra: string
  readonly adfs: string
  readonly keycloak: string
  readonly shibboleth: string
}

/** The products in the order in which they are shown. */
export const PRODUCTS = [
  ['okta', 'Okta'],
  ['entra', 'Entra ID'],
  ['adfs', 'AD FS'],
  ['keycloak', 'Keycloak'],
  ['shibboleth', 'Shibboleth'],
] as const satisfies readonly (readonly [keyof Hint, string])[]

export const HINTS = {
  size: {
    general: 'The message is larger than any real answer. Send fewer attributes, above all fewer groups.',
    okta: 'Application > Sign On > Attribute statements: filter the groups attribute.',
    entra: 'Single sign-on > Attributes & Claims: send only groups assigned to the application.',
    adfs: 'Relying party trust > Claim issuance policy: send only the groups that are needed.',
    keycloak: 'Client > Client scopes: remove or filter the group list mapper.',
    shibboleth: 'attribute-filter.xml: release fewer values to this service.',
  },
  shape: {
    general:
      'This is not a well-formed SAML 2.0 answer, or it has parts that no provider sends: look for a proxy that changes forms, or for an attack.',
    okta: 'Application > General > SAML settings > Preview the SAML assertion: compare it with what came.',
    entra: 'Single sign-on > Test: compare the SAML response that it shows with what came.',
    adfs: 'Event Viewer > AD FS Tracing > Debug: the token as it was issued.',
    keycloak: 'Server log at level DEBUG for org.keycloak.saml: the document as it was sent.',
    shibboleth: 'logback.xml: level DEBUG for PROTOCOL_MESSAGE; the message stands in idp-process.log.',
  },
  algorithm: {
    general:
      'Let the provider sign with RSA or ECDSA and SHA-256 or better, exclusive canonicalization, and encrypt with AES-GCM and RSA-OAEP; or lower minimumSignature, or set allowCbc, for this provider.',
    okta: 'Application > General > SAML settings > Advanced: Signature Algorithm RSA-SHA256, Digest Algorithm SHA256, Encryption Algorithm AES256-GCM.',
    entra:
      'Single sign-on > SAML Certificates > Edit: Signing Algorithm SHA-256. Where its token encryption comes in CBC, set allowCbc or deactivate it.',
    adfs: 'Relying party trust > Properties > Advanced: Secure hash algorithm SHA-256. AD FS encrypts with AES-256-CBC: set allowCbc or switch token encryption off (Set-AdfsRelyingPartyTrust -EncryptClaims $false).',
    keycloak:
      'Client > Keys and Settings: Signature algorithm RSA_SHA256, canonicalization EXCLUSIVE, encryption AES_256_GCM with RSA-OAEP.',
    shibboleth:
      'relying-party.xml, SecurityConfiguration: shibboleth.SigningConfiguration.SHA256 and shibboleth.EncryptionConfiguration.GCM.',
  },
  issuer: {
    general:
      'The Issuer must be the entity id of a configured provider, character by character. Compare it with the metadata of the provider.',
    okta: 'Application > Sign On > View SAML setup instructions: Identity Provider Issuer.',
    entra: 'Single sign-on > Set up: Microsoft Entra Identifier (ends with a slash).',
    adfs: 'AD FS > Edit Federation Service Properties: Federation Service identifier.',
    keycloak: 'The issuer is the realm address; check the Frontend URL of the realm.',
    shibboleth: 'idp.properties: idp.entityID.',
  },
  'signature-missing': {
    general:
      'Let the provider sign what is wanted, or change want.signedResponse and want.signedAssertion for this provider.',
    okta: 'Application > General > SAML settings > Advanced: Response Signed, Assertion Signature Signed.',
    entra: 'Single sign-on > SAML Certificates > Signing Option: Sign SAML response and assertion.',
    adfs: 'Set-AdfsRelyingPartyTrust -SamlResponseSignature MessageAndAssertion.',
    keycloak: 'Client > Keys and Settings: Sign documents and Sign assertions.',
    shibboleth: 'relying-party.xml, SAML2.SSO: p:signResponses="true" and p:signAssertions="true".',
  },
  signature: {
    general:
      'No signing key of the provider fits: the key was changed, the metadata here is old, or the message was altered on its way. Load the metadata of the provider again.',
    okta: 'Application > Sign On > SAML Signing Certificates: the active certificate.',
    entra: 'Single sign-on > SAML Certificates: the active certificate, or download the federation metadata again.',
    adfs: 'AD FS > Service > Certificates: Token-signing; AutoCertificateRollover changes it every year.',
    keycloak: 'Realm settings > Keys: the active RS256 key.',
    shibboleth: 'credentials/idp-signing.crt and the metadata made from it.',
  },
  'encryption-missing': {
    general:
      'Let the provider encrypt the assertion for the certificate in our metadata, or set want.encryptedAssertion: false.',
    okta: 'Application > General > SAML settings > Advanced: Assertion Encryption Encrypted, with our certificate.',
    entra: 'Token encryption > Import certificate, then activate it.',
    adfs: 'Relying party trust > Properties > Encryption: our certificate.',
    keycloak: 'Client > Keys: Encrypt assertions, with our certificate.',
    shibboleth: 'relying-party.xml, SAML2.SSO: p:encryptAssertions="true".',
  },
  decryption: {
    general: 'The provider must encrypt for a certificate of our current metadata. Load our metadata there again.',
    okta: 'Application > General > SAML settings > Advanced: Encryption Certificate.',
    entra: 'Token encryption: the active certificate.',
    adfs: 'Relying party trust > Properties > Encryption.',
    keycloak: 'Client > Keys > Encryption keys config.',
    shibboleth: 'The metadata of this service that the provider holds: KeyDescriptor use="encryption".',
  },
  status: {
    general: 'The provider itself refused the sign-in and says so in the status. Look for this moment in its log.',
    okta: 'Reports > System Log; is the user assigned to the application?',
    entra: 'Monitoring > Sign-in logs: the failure reason; is the user assigned to the application?',
    adfs: 'Event Viewer > AD FS > Admin; InvalidNameIDPolicy: add a rule that issues a Name ID.',
    keycloak: 'Realm > Events > Login events.',
    shibboleth: 'idp-process.log.',
  },
  version: {
    general: 'Only SAML 2.0 is spoken here. Is the application set up as SAML 1.1 or WS-Federation?',
    okta: 'Applications > Create App Integration: SAML 2.0, not a WS-Federation template.',
    entra: 'Single sign-on: method SAML; the WS-Federation endpoint sends tokens of SAML 1.1.',
    adfs: 'Relying party trust > Properties > Endpoints: SAML Assertion Consumer, not WS-Federation Passive.',
    keycloak: 'Clients: Client type SAML.',
    shibboleth: 'relying-party.xml: SAML2.SSO, not Shibboleth.SSO.',
  },
  destination: {
    general: 'The address to which the provider posts must be our assertion consumer address, character by character.',
    okta: 'Application > General > SAML settings: Single sign-on URL; tick "Use this for Recipient URL and Destination URL".',
    entra: 'Single sign-on > Basic SAML Configuration: Reply URL (Assertion Consumer Service URL).',
    adfs: 'Relying party trust > Properties > Endpoints: SAML Assertion Consumer, binding POST.',
    keycloak: 'Client > Advanced: Assertion Consumer Service POST Binding URL.',
    shibboleth: 'The AssertionConsumerService in the metadata of this service that the provider holds.',
  },
  'destination-scheme': {
    general:
      'Only http and https differ: the provider holds an old address of ours with the other scheme. Enter our address with the scheme of publicUrl there, or load our metadata again; if publicUrl itself has the wrong scheme, mend it here.',
    okta: 'Application > General > SAML settings: Single sign-on URL, with https.',
    entra: 'Single sign-on > Basic SAML Configuration: Reply URL, with https.',
    adfs: 'Relying party trust > Properties > Endpoints: Trusted URL, with https.',
    keycloak: 'Client > Advanced: Assertion Consumer Service POST Binding URL, with https.',
    shibboleth: 'The AssertionConsumerService in the metadata of this service: Location, with https.',
  },
  confirmation: {
    general:
      'The subject needs a bearer confirmation with Recipient and NotOnOrAfter (SAML Profiles 2.0 §4.1.4.2). Every product sends it in its standard web browser profile.',
    okta: 'Applications > Create App Integration: SAML 2.0; an assertion inline hook must leave the subject as it is.',
    entra: 'Single sign-on: method SAML; a token of the OAuth 2.0 SAML bearer flow is no sign-in.',
    adfs: 'Relying party trust > Properties > Endpoints: SAML Assertion Consumer alone.',
    keycloak: 'Clients: Client type SAML; browsers sign in, not programs by ECP.',
    shibboleth: 'relying-party.xml: SAML2.SSO, not SAML2.ECP, for this service.',
  },
  conditions: {
    general:
      'The assertion needs one Conditions element that holds nothing but an audience, OneTimeUse or ProxyRestriction; a condition that is not understood must refuse (SAML Core 2.0 §2.5.1.1).',
    okta: 'Nothing to set: it sends an audience alone. An assertion inline hook must leave Conditions as they are.',
    entra: 'Nothing to set: it sends an audience alone. Is the answer from this tenant, or from a proxy before it?',
    adfs: 'Nothing to set: it sends an audience alone. Is the answer from AD FS, or from a proxy before it?',
    keycloak: 'Client > Settings: Include OneTimeUse Condition is fine; remove custom condition mappers.',
    shibboleth: 'relying-party.xml, SAML2.SSO: p:includeConditionsNotBefore; delegation conditions must be off.',
  },
  clock: {
    general:
      'The clocks of the provider and of this host differ by more than the tolerance. Let both follow NTP. The tolerance is session.samlOffsetMinutes, held between 1 and 5 minutes.',
    okta: 'Nothing to set: its clocks are right. Look at this host: timedatectl.',
    entra: 'Nothing to set: its clocks are right. Look at this host: timedatectl.',
    adfs: 'Set-AdfsRelyingPartyTrust -NotBeforeSkew 2 moves NotBefore back.',
    keycloak: 'Realm host: chronyc tracking.',
    shibboleth: 'idp.properties: idp.policy.clockSkew concerns its own checks only; set the host clock.',
  },
  expired: {
    general:
      'The answer was too old when it came: a clock is wrong, the page was left open or sent again, or the provider gives too short a life.',
    okta: 'Nothing to set: an assertion lives 5 minutes. Look at the clock of this host.',
    entra: 'Conditional access session lifetimes do not matter here; the assertion lives 60 minutes.',
    adfs: 'Set-AdfsRelyingPartyTrust -TokenLifetime.',
    keycloak: 'Client > Advanced: Assertion Lifespan.',
    shibboleth: 'relying-party.xml, SAML2.SSO: p:assertionLifetime.',
  },
  time: {
    general: 'Times must be xs:dateTime with a time zone, in UTC, such as 2030-01-31T08:00:00Z (SAML Core 2.0 §1.3.3).',
    okta: 'Nothing to set: it sends such times. An assertion inline hook must leave them as they are.',
    entra: 'Nothing to set: it sends such times. Is the answer from this tenant, or from a proxy before it?',
    adfs: 'Nothing to set: it sends such times. Is the answer from AD FS, or from a proxy before it?',
    keycloak: 'Nothing to set: it sends such times. Remove custom protocol mappers that write times.',
    shibboleth: 'Nothing to set: it sends such times. Remove custom interceptor flows that change the answer.',
  },
  audience: {
    general: 'The audience must be our entity id, character by character, in every AudienceRestriction.',
    okta: 'Application > General > SAML settings: Audience URI (SP Entity ID).',
    entra: 'Single sign-on > Basic SAML Configuration: Identifier (Entity ID).',
    adfs: 'Relying party trust > Properties > Identifiers.',
    keycloak: 'Client > Settings: Client ID is our entity id.',
    shibboleth: 'The entityID in the metadata of this service that the provider holds.',
  },
  'audience-near': {
    general:
      'Only case or a final slash differ: entity ids are compared character by character. Correct the one that was mistyped.',
    okta: 'Application > General > SAML settings: Audience URI (SP Entity ID).',
    entra: 'Single sign-on > Basic SAML Configuration: Identifier (Entity ID).',
    adfs: 'Relying party trust > Properties > Identifiers: AD FS may hold several; keep the exact one.',
    keycloak: 'Client > Settings: Client ID.',
    shibboleth: 'The entityID in the metadata of this service that the provider holds.',
  },
  request: {
    general:
      'The answer belongs to no sign-in that this browser has under way: it was started in another browser or tab, answered twice, or taken from elsewhere. Start again. If it happens to everybody, a proxy drops our cookies.',
    okta: 'Bookmarks of its sign-in page answer old requests: bookmark our login address, or use a bookmark application.',
    entra:
      'Bookmarks of login.microsoftonline.com answer old requests: bookmark our login address, or set it as Sign on URL.',
    adfs: 'Bookmarks of /adfs/ls/ answer old requests: bookmark our login address.',
    keycloak:
      'Realm settings > Sessions: Login timeout ends pages left open; Client > Settings: Home URL = our login address.',
    shibboleth: 'Bookmarks with execution=e1s1 answer old requests: bookmark our login address.',
  },
  'request-provider': {
    general:
      'This sign-in was sent to another provider than the one that answers. If two configured providers share one server, check which ssoUrl and entity id belong together.',
    okta: 'Each application of Okta has an issuer and a sign-on address of its own: Application > Sign On.',
    entra: 'All applications of a tenant have one identifier: configure a tenant once, as one provider.',
    adfs: 'One farm has one Federation Service identifier: configure it once.',
    keycloak: 'Each realm has an issuer of its own: compare the realm in ssoUrl and entity id.',
    shibboleth: 'idp.properties: idp.entityID; relying-party overrides may answer with another one.',
  },
  unsolicited: {
    general: 'The provider started this sign-in by itself. Allow it with allowUnsolicited, or start from our address.',
    okta: 'Use a bookmark application that points to our login address instead of the tile.',
    entra: 'Basic SAML Configuration: Sign on URL = our login address, so that the tile starts here.',
    adfs: 'Use our login address instead of idpinitiatedsignon.aspx.',
    keycloak: 'Client > Settings: leave IDP-Initiated SSO URL name empty and use our login address as Home URL.',
    shibboleth: 'Use our login address instead of /idp/profile/SAML2/Unsolicited/SSO.',
  },
  replay: {
    general:
      'The same answer was used before: the page was sent again (Back, Refresh), or somebody copied it. Start again.',
    okta: 'Reports > System Log: one sign-on to the application means that its answer was sent again, two that it was made twice.',
    entra: 'Monitoring > Sign-in logs: one entry means that its answer was sent again, two that it was made twice.',
    adfs: 'Event Viewer > Security, event 1200: one token means that it was sent again, two that two were made.',
    keycloak:
      'Realm > Events > Login events: one LOGIN means that its answer was sent again, two that it was made twice.',
    shibboleth: 'idp-audit.log: one line means that its answer was sent again, two that it was made twice.',
  },
  statement: {
    general:
      'A sign-in needs an AuthnStatement with AuthnInstant and an authentication context (SAML Profiles 2.0 §4.1.4.2); an attribute query or a custom token has none.',
    okta: 'Application > General > SAML settings > Advanced: Authentication context class.',
    entra: 'Nothing to set: every sign-in has one. A token of the OAuth 2.0 SAML bearer flow is no sign-in.',
    adfs: 'Claim issuance policy: pass through Authentication Instant and Authentication Method.',
    keycloak: 'Client > Settings: Include AuthnStatement on.',
    shibboleth: 'authn/general-authn.xml: supportedPrincipals of the login flow names the context.',
  },
  'session-over': {
    general:
      'The session at the provider is over by SessionNotOnOrAfter plus session.samlOffsetMinutes; a clock is wrong, or the provider answers from an old session.',
    okta: 'Application > Sign On: SessionNotOnOrAfter follows the Okta session lifetime.',
    entra: 'Conditional Access > Session: Sign-in frequency; Entra ID itself sends no SessionNotOnOrAfter.',
    adfs: 'Set-AdfsProperties -SsoLifetime.',
    keycloak: 'Realm settings > Sessions: SSO Session Max.',
    shibboleth: 'relying-party.xml, SAML2.SSO: p:maximumSPSessionLifetime.',
  },
  login: {
    general:
      'The value that names the account must be there, once. It is set by loginAttribute; nothing else is taken in its place.',
    okta: 'Application > General > SAML settings: Application username, or an attribute statement of that name.',
    entra:
      'Single sign-on > Attributes & Claims: Unique User Identifier, or a claim whose full name is that of loginAttribute.',
    adfs: 'Claim issuance policy: send LDAP attributes as claims, outgoing type Name ID or the attribute.',
    keycloak:
      'Client > Settings: Name ID format; Client scopes > Mappers: user attribute with that SAML attribute name.',
    shibboleth:
      'saml-nameid.xml, or attribute-resolver.xml and attribute-filter.xml for an attribute (its Name, not its FriendlyName).',
  },
  domain: {
    general: 'accountDomains bounds what this provider may assert. Add the domain there if it is right.',
    okta: 'Application > Sign On: Application username format Email or Okta username.',
    entra: 'Guests come with the domain of their home tenant or as name#EXT#@tenant.',
    adfs: 'Claim issuance policy: Name ID from the UPN or the e-mail address, not from the SAM account name.',
    keycloak: 'Client > Settings: Name ID format email; the e-mail address of the user.',
    shibboleth: 'attribute-resolver.xml: a scoped attribute, such as eduPersonPrincipalName, with the right scope.',
  },
  entry: {
    general:
      'The entry rule of this provider wants one of these values. Put the person into the group, or send the attribute.',
    okta: 'Application > Sign On > Group attribute statements.',
    entra: 'Attributes & Claims > Add a group claim; values are object ids unless names are chosen.',
    adfs: 'Claim issuance policy: send group membership as a claim.',
    keycloak: 'Client scopes > Mappers: Group list; "Full group path" puts a slash before the names.',
    shibboleth: 'attribute-filter.xml: release the attribute to this service.',
  },
} as const satisfies Record<string, Hint>

export type HintKey = keyof typeof HINTS
