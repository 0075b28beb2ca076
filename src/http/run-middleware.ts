/** Express middleware where a handler needs it, behind what it must have seen first. */

import type { Request, RequestHandler, Response } from 'express'

/** Runs one middleware in the middle of a handler; rejects with what it refuses by. */
export function runMiddleware(middleware: RequestHandler, request: Request, response: Response): Promise<void> {
  return new Promise((resolve, reject) => {
    const ended: unknown = middleware(request, response, (error?: unknown) => (error ? reject(error) : resolve()))
    // An asynchronous one may refuse by its promise.
    Promise.resolve(ended).catch(reject)
  })
}
