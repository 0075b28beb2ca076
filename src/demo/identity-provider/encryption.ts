/** Encryption for a receiver (XML Encryption 1.1): AES-256-GCM, its key by RSA-OAEP with SHA-256. */

import { X509Certificate } from 'node:crypto'
import { encrypt } from 'xml-encryption'

/** `element` as an EncryptedData element that only the holder of the certificate's key can open. */
export function encryptElement(element: string, certificate: string): Promise<string> {
  const publicKey = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'pem' })
  const options = {
    rsa_pub: publicKey,
    pem: certificate,
    encryptionAlgorithm: 'http://www.w3.org/2009/xmlenc11#aes256-gcm',
    keyEncryptionAlgorithm: 'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p',
    keyEncryptionDigest: 'sha256',
  } as const
  return new Promise((resolve, reject) => {
    encrypt(element, options, (error, result) => (error ? reject(error) : resolve(result)))
  })
}
