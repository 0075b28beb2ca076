/** Certificates that a provider may have and that are not like the others. Public parts only, made once with OpenSSL. */

/** RSASSA-PSS key that is bound to SHA-256 (RFC 4055 §3.1). */
export const PSS_OF_SHA256 = `-----BEGIN CERTIFICATE-----
MIIDmTCCAk2gAwIBAgIUe8lH1yJWlec/dfRikrqIvPqKfn8wQQYJKoZIhvcNAQEK
MDSgDzANBglghkgBZQMEAgEFAKEcMBoGCSqGSIb3DQEBCDANBglghkgBZQMEAgEF
AKIDAgEgMA4xDDAKBgNVBAMMA3BzczAeFw0yNjExMjIwNDQyMzBaFw0zNjExMTkw
NDQyMzBaMA4xDDAKBgNVBAMMA3BzczCCAVYwQQYJKoZIhvcNAQEKMDSgDzANBglg
hkgBZQMEAgEFAKEcMBoGCSqGSIb3DQEBCDANBglghkgBZQMEAgEFAKIDAgEgA4IB
DwAwggEKAoIBAQDgOoMFXFAry4op/gPNc3XtCI7dLycT1hIQg4qq8WyKXcLL0a40
hrlSaLDSchyGePal/LWVpqPEab9WLs2gP+O5nVh855kw/7vKIwQWCoF8AkC9aRXz
wzbxhKnuiGuKJdj3B6KIaDkOGY4EQSO8Givvf3eV7c2DZtY31I0Q0S/uSl/zEd/j
WgjAiwKse2yKXs8VZl5p21/SSQiHfrteGtt90D7uAlIXGa6HunefvvSE1Xt8qRTS
rjEyc2qxKtOLMi2QRcvXzn54PkNjPTmf/qp2UqCvsKl5k87v/NaNplFVIXm4cWLO
ZkK39ZiwSkgkapt0lPt+spdQZLxTlXiN44ntAgMBAAGjUzBRMB0GA1UdDgQWBBTZ
/ig2hzbgzTHV0KsOMDfmEpXCmTAfBgNVHSMEGDAWgBTZ/ig2hzbgzTHV0KsOMDfm
EpXCmTAPBgNVHRMBAf8EBTADAQH/MEEGCSqGSIb3DQEBCjA0oA8wDQYJYIZIAWUD
BAIBBQChHDAaBgkqhkiG9w0BAQgwDQYJYIZIAWUDBAIBBQCiAwIBIAOCAQEAqBUd
TZUCgRmUL3AhZH8LTgmabucV4b0scIfLGzosZszrUFHtJtn/fs5QHzKJYLu/XKjD
4/fDRrpX8wnhsMRGvMAlrUH7lFPIQTSb/u4kfWapAx0rzpNe7SWu/lJT0JMcnJPm
tD2FEhiF4Krs3WlRp0PmWaxsrc6lkYRMwmSTxYtj9gDtX8AGFWskXZKnhpRXM773
2JaUC+G3Yzw6i5MJEz0ynEZuctf+pv13uvTQVHMDmuPSs/wmXD3LwKRU4sawySSa
oEHnhvxmXSxIF9+s66XxCEXNyIszE5Sd8ZytKUhvS0G5MZS+ABqaMSvigcqUemDZ
i56i7q2wk3s0M1vn8Q==
-----END CERTIFICATE-----
`

/** A curve that is no curve of SAML. */
export const SECP256K1 = `-----BEGIN CERTIFICATE-----
MIIBbDCCARKgAwIBAgIUBD0vgaTuvyGKdo1tkrCRobuOit0wCgYIKoZIzj0EAwIw
DTELMAkGA1UEAwwCazEwHhcNMjYxMTIyMDQ0MzI5WhcNMzYxMTE5MDQ0MzI5WjAN
MQswCQYDVQQDDAJrMTBWMBAGByqGSM49AgEGBSuBBAAKA0IABIuumiRD9XpjZJD/
DE6BR/+jWMUoZDiTvub3x9vFL+PKzGHSoyimGyrpYJKtPF7Ht9qcgJtEbIIUTkq2
o11AoWujUzBRMB0GA1UdDgQWBBQVOd4RCS8tcEnsXNpDt8YpoYLGTTAfBgNVHSME
GDAWgBQVOd4RCS8tcEnsXNpDt8YpoYLGTTAPBgNVHRMBAf8EBTADAQH/MAoGCCqG
SM49BAMCA0gAMEUCIQCxyTC/QMvEjbTK4M1O5gTwDyGChc4jJ9hARDvMkZBgiAIg
VPP/Yy71nXYS6kol3vmHL2sOyHtggLkm4O0YFmphXq0=
-----END CERTIFICATE-----
`

export const ED25519 = `-----BEGIN CERTIFICATE-----
MIIBLjCB4aADAgECAhRWaEfb0XhuuKkc2ueSLk/DkZljFzAFBgMrZXAwDTELMAkG
A1UEAwwCZWQwHhcNMjYxMTIyMDQ0MjMwWhcNMzYxMTE5MDQ0MjMwWjANMQswCQYD
VQQDDAJlZDAqMAUGAytlcAMhAP6jbDm3tGFGhQTbl4KY/djCVtUOXrmHbFL10HrX
cJh2o1MwUTAdBgNVHQ4EFgQUKJQfNtdVZU6ECdfxrIXtJgONPUQwHwYDVR0jBBgw
FoAUKJQfNtdVZU6ECdfxrIXtJgONPUQwDwYDVR0TAQH/BAUwAwEB/zAFBgMrZXAD
QQBUe+TO/8y7FevVgHoKW2EvvaAqIutHnZMXNJ+OMl4qKqSlv+FOUW8misXBKywk
SbY+nIKTqZaEupmycvL4HNgA
-----END CERTIFICATE-----
`

/** The certificate, in base64, with a kind of key that nobody knows: it parses, and its key does not. */
export function withUnknownKey(certificate: string): string {
  const octets = Buffer.from(certificate.replace(/-----[^-]+-----|\s/g, ''), 'base64')
  const rsaEncryption = Buffer.from('2a864886f70d010101', 'hex')
  const at = octets.indexOf(rsaEncryption)
  if (at < 0) throw new Error('not a certificate of an RSA key')
  octets[at + rsaEncryption.length - 1] = 0x7f
  return octets.toString('base64')
}
