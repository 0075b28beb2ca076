/** `GET jwks.json`: the public keys of the identity token (contract section 6). */

import { Router } from 'express'
import { EXACT_PATHS } from '../http/paths.ts'
import type { IdentityRing } from '../session/identity-ring.ts'

export function jwksRoutes({ jwks }: Pick<IdentityRing, 'jwks'>): Router {
  const router = Router(EXACT_PATHS)
  router.get('/jwks.json', (_request, response) => {
    response.setHeader('Content-Type', 'application/jwk-set+json')
    response.setHeader('Cache-Control', 'public, max-age=300')
    response.send(JSON.stringify(jwks()))
  })
  return router
}
