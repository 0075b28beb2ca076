/** Limits per client address (contract section 3). */

import type { Request, RequestHandler } from 'express'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { AppError } from '../core/errors.ts'

/**
 * Lets `perMinute` requests of one address pass in a minute; beyond: RATE_LIMITED with Retry-After in whole seconds.
 * 0 = no limit.
 */
export function limitPerAddress(perMinute: number, clientAddress: (request: Request) => string): RequestHandler {
  if (perMinute === 0) return (_request, _response, next) => next()
  const limiter = new RateLimiterMemory({ points: perMinute, duration: 60 })
  return async (request, _response, next) => {
    try {
      await limiter.consume(clientAddress(request))
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal
      const headers = { 'Retry-After': String(Math.max(1, Math.ceil(refusal.msBeforeNext / 1000))) }
      throw new AppError('RATE_LIMITED', 'too many sign-ins from one address', { headers })
    }
    next()
  }
}
