/** The one refusal of content on which obligations cannot be enforced. */

import { AppError } from '../../core/errors.ts'

/** NOT_FILTERABLE (502). `detail` is for the log: it says what was met and where, never a value of the content. */
export function notFilterable(detail: string, cause?: unknown): AppError {
  return new AppError('NOT_FILTERABLE', detail, { cause })
}
