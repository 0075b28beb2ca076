/** Obligations as people and programs read them: in explanations, decision cases and the access API. */

import type { Obligation } from '../profiles/profile.ts'

export type ObligationText =
  | { readonly mask: string; readonly keepLast: number }
  | { readonly removeField: string }
  | { readonly filterItems: string }

/** `{ mask: field, keepLast }`, `{ removeField: field }` or `{ filterItems: type }`. */
export function obligationText(obligation: Obligation): ObligationText {
  switch (obligation.kind) {
    case 'mask':
      return { mask: obligation.field, keepLast: obligation.keepLast }
    case 'removeField':
      return { removeField: obligation.field }
    case 'filterItems':
      return { filterItems: obligation.type }
  }
}
