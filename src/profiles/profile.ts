/** What a kind of service looks like, as the gateway knows it: a checked and frozen file of `config/profiles/`. */

/** `disable`: visible, but not usable. */
export type Effect = 'allow' | 'disable' | 'deny'

/**
 * What a resource stands for, which says how its denial looks. Denied `action`s are refused; whatever belongs to the other
 * classes is not seen without a right to it. Of `menu` and `server`, not even the disabled ones are seen.
 */
export type ResourceClass = 'action' | 'menu' | 'tab' | 'column' | 'view' | 'filter' | 'server'

export interface Resource {
  /** As in the product. Ends in `*` for a family, such as `server_*`: statements name one of it, or all by the `*`. */
  readonly name: string
  readonly class: ResourceClass
  readonly description: string
}

export interface ShippedRole {
  /** `<profile>:<role>`. */
  readonly name: string
  readonly description: string
  /** Full names of roles of the same profile. */
  readonly parents: readonly string[]
  /** Effect by name of a resource, of one of a family, or of a family. */
  readonly permissions: ReadonlyMap<string, Effect>
}

/** A condition on a setting of the service. */
export interface SettingCondition {
  readonly setting: string
  readonly is: SettingValue
}

export type SettingValue = string | number | boolean

/**
 * Who may touch an object of the type:
 * `none`: whom the operation's resources allow. `open-unless-listed`: where neither the object nor an ancestor has a list, those;
 * else the listed (union of all lists). `owner-and-listed`: its owner and whom its list names. `reach`: as the operation's
 * `reach` says, by owner and group tree. `resource`: whom the resource of the family `resource` allows, the object's id in
 * place of the `*`.
 */
export type AccessRule = 'none' | 'open-unless-listed' | 'owner-and-listed' | 'reach' | 'resource'

export interface ObjectType {
  readonly name: string
  readonly description: string
  readonly rule: AccessRule
  /** `group` and `operator`: the groups and the operators of the directory; their ids are paths and accounts. */
  readonly kind: 'object' | 'group' | 'operator'
  /** Where owner, lists and existence are at home. */
  readonly source: 'gateway' | 'upstream'
  /** Who is allowed this resource passes the access rule; null: nobody. */
  readonly passResource: string | null
  /** With `rule: resource`: the family, such as `server_*`. */
  readonly resource: string | null
  /** With `open-unless-listed`: what operations that do not merely read need besides while no list applies. */
  readonly unlistedChanges: { readonly resource: string; readonly when: SettingCondition | null } | null
  /** Whether owner and access list are those of an operator's group context; types of objects that may stand above. */
  readonly parentTypes: readonly string[]
}

/** One way to be within reach: himself, a member of the owning group, the holder of a right there or above; or whoever it is. */
export type ReachWay = 'self' | 'member' | 'anyone' | RightWay

/** The holder of a right in the owner's group or above it. */
export interface RightWay {
  readonly right: string
  /** Where the request names the products that the right must be for, all of them; null: a right for some products alone does not count. */
  readonly products: ValueSource | null
  /** Of an owner who is a person: whether the right must reach one of his groups or every one. */
  readonly groups: 'any' | 'every'
  /** Whether it must be held above the owner's group; in that group itself is not enough. */
  readonly above: boolean
}

/** Where a value stands in a request or an answer. */
export interface ValueSource {
  readonly in: 'path' | 'query' | 'body' | 'answer'
  /** Name of the path template or query parameter, or a JSON pointer whose `*` stands for every element of an array. */
  readonly at: string
}

/** Which objects an operation is about. */
export interface ObjectSelector {
  readonly type: string
  /** The first that is there is read; all of them must be well formed. Without any: the operation cannot name one. */
  readonly from: readonly ValueSource[]
  /** Whether a request without any object of this selector is denied. */
  readonly required: boolean
  /** With `rule: reach`; any of them is enough. */
  readonly reach: readonly ReachWay[]
  /** Whether an object without owner passes `reach`. */
  readonly unowned: 'refuse' | 'pass'
  /** With `rule: owner-and-listed`: being listed is not enough. */
  readonly ownerOnly: boolean
  /** Whether nobody may, whose own the object is, or who is it himself; also of those who pass the access rule. */
  readonly notSelf: boolean
  /** The selector counts only under this setting. */
  readonly when: SettingCondition | null
}

/** A condition that travels with an allow. */
export type Obligation =
  /** All but the last `keepLast` characters of the field are replaced. */
  | { readonly kind: 'mask'; readonly field: string; readonly keepLast: number }
  | { readonly kind: 'removeField'; readonly field: string }
  /** Items that are objects of the type which the caller may not see are left out. */
  | { readonly kind: 'filterItems'; readonly type: string }

export interface ConditionalObligation {
  readonly obligation: Obligation
  /** Who is allowed this resource is free of it; null: nobody. */
  readonly unless: string | null
  readonly when: SettingCondition | null
}

/** A part of a request that tells operations with the same path apart. */
export interface RequestCondition {
  readonly in: 'query' | 'body'
  /** Name of a query parameter, or a JSON pointer whose `*` stands for every element or key and `**` for any depth. */
  readonly at: string
  /** `present`: it is there at all; `is`: one of these values; `contains`: a text with one of these in it, in any case; `key`: an object with one of these keys. */
  readonly test: 'present' | 'is' | 'contains' | 'key'
  readonly values: readonly SettingValue[]
}

export interface RequestRoute {
  /** Upper case; `*` = all; `WEBSOCKET` = a handshake; GET speaks for HEAD. */
  readonly methods: readonly string[]
  /** Segments behind the profile's bases: `{name}` takes one segment, a final `{name...}` all that are left. */
  readonly path: string
  /** All must hold. Of the routes that match, the one with the most conditions is taken. */
  readonly conditions: readonly RequestCondition[]
}

/** What an operation does to objects once the upstream has said 2xx; see `ObjectType.source`. */
export type ObjectChange =
  /** The answer or the request names the new object; its owner is the caller, nobody, or whom the request names. */
  | {
      readonly kind: 'create'
      readonly type: string
      readonly id: ValueSource
      readonly owner: 'caller' | 'none' | NamedOwner
    }
  | { readonly kind: 'delete'; readonly selector: number }
  /** Objects of the first selector go to the owner that `owner` names: an account or a group. */
  | ({ readonly kind: 'move'; readonly selector: number } & NamedOwner)
  | { readonly kind: 'list'; readonly selector: number; readonly entries: ValueSource; readonly does: 'add' | 'remove' }
  | { readonly kind: 'clear-list'; readonly selector: number }
  | { readonly kind: 'parents'; readonly selector: number; readonly parents: number; readonly does: 'add' | 'remove' }

/** Where a request names the owner that an object gets: by account, or by the path of a group. */
export interface NamedOwner {
  readonly owner: ValueSource
  readonly to: 'operator' | 'group'
}

/** What a request would give to somebody, which nobody gives who does not hold it himself, there and as far (G-9, W-18). */
export type Giving =
  /** Rights in the context of a group, by its path; for the products that the request names, or, where it names none, for all. */
  | {
      readonly kind: 'rights'
      readonly rights: ValueSource
      readonly products: ValueSource | null
      readonly group: ValueSource
    }
  /** A role of the service: short names of shipped roles by what the product calls them; `unnamed` where the request names none. */
  | {
      readonly kind: 'role'
      readonly role: ValueSource
      readonly names: ReadonlyMap<string, string>
      readonly unnamed: string | null
    }

/** Where an answer tells the state of the objects that were asked for: by it a change that is in doubt is settled. */
export interface ShownState {
  /** Place of the selector whose objects are shown. */
  readonly selector: number
  /** JSON pointer with `*` to the objects; empty: the answer is the object. */
  readonly items: string
  /** JSON pointers from there: to the id, to the owner's account or group path, and to the entries of the access list. */
  readonly id: string
  readonly owner: { readonly operator: string | null; readonly group: string | null } | null
  readonly accessList: string | null
}

/** Where the parts of an answer stand that obligations speak of. */
export interface ResponseShape {
  readonly format: 'json' | 'ndjson' | 'csv' | 'any'
  /** JSON pointers with `*` to the items; the empty pointer with `/*` for a top-level array. */
  readonly items: readonly string[]
  /** By object type: the field of an item that holds the object's id. */
  readonly ids: ReadonlyMap<string, string>
  /** Whether an object that has such a field is an item at any other place too. */
  readonly everywhere: boolean
  /** Fields that count all items, besides the usual names. */
  readonly totals: readonly string[]
  /** Fields that lead to the last page, besides the usual names. */
  readonly lastLinks: readonly string[]
  /** Query parameters that filter or sort by a field of another name. */
  readonly parameterFields: ReadonlyMap<string, string>
  /** Query parameters that search in all fields. */
  readonly searchParameters: readonly string[]
  /** `titles`: all that may stand in the first row; null: any. */
  readonly csv: { readonly delimiter: ',' | ';' | '\t' | '|'; readonly titles: readonly string[] | null }
}

export interface Operation {
  /** As in the product. */
  readonly name: string
  readonly aliases: readonly string[]
  readonly description: string
  /** All of them must be allowed. Empty: whoever has a role that reaches the service. */
  readonly resources: readonly string[]
  /** `public`: without a session too. `exempt`: machine traffic, which sign-in never touches. */
  readonly access: 'role' | 'public' | 'exempt'
  /** When `access` is not `role`: the setting under which it is so; else it is `role`. */
  readonly accessWhen: SettingCondition | null
  /** The setting under which nobody may do it; null: none. */
  readonly deniedWhen: SettingCondition | null
  /** Whether it only shows things; an object that some reading operation shows is visible. */
  readonly reads: boolean
  /** Whether a body says what to look for, so that it must not name what the caller may not see. */
  readonly searches: boolean
  /** Whether it counts as an operator's action. */
  readonly activity: boolean
  readonly routes: readonly RequestRoute[]
  readonly objects: readonly ObjectSelector[]
  /** Of several objects: `whole`: all must be allowed. `perItem`: those that are not are left out of the request. */
  readonly bulk: 'whole' | 'perItem'
  readonly obligations: readonly ConditionalObligation[]
  readonly changes: readonly ObjectChange[]
  /** Null: it gives nothing to anybody. */
  readonly gives: Giving | null
  readonly shows: ShownState | null
  readonly response: ResponseShape | null
}

export interface SettingSpec {
  readonly name: string
  readonly description: string
  readonly default: SettingValue
  /** All that it may be; null: any value of the default's type. */
  readonly values: readonly SettingValue[] | null
}

export interface Profile {
  /** Name that `services[].profile` uses; the name of its file. */
  readonly id: string
  readonly title: string
  readonly description: string
  readonly resources: ReadonlyMap<string, Resource>
  /** Shipped roles by their full name. */
  readonly roles: ReadonlyMap<string, ShippedRole>
  /** Full name of the role that the gateway's administrator holds on services of this profile; one of `roles`. */
  readonly administratorRole: string
  /** Full name of the role of who comes without an account, where a service admits guests; null: none can. */
  readonly guestRole: string | null
  readonly objectTypes: ReadonlyMap<string, ObjectType>
  /** In the order of the file; resources without an operation of their own are operations without routes behind them. */
  readonly operations: readonly Operation[]
  /** Spellings of a field in answers, JSON names and CSV titles alike, by the name that obligations use. */
  readonly fields: ReadonlyMap<string, readonly string[]>
  /** What stands before the routes' paths, such as `/api/1.0/instances/{instance}`; `['']` without. */
  readonly bases: readonly string[]
  readonly paths: { readonly ignoreCase: boolean; readonly ignoreTrailingSlash: boolean }
  /** A resource without which nothing else is allowed; null: none. */
  readonly frontDoor: string | null
  /** Whether a service may state `settings.rules` of its own. */
  readonly serviceRules: boolean
  readonly settings: ReadonlyMap<string, SettingSpec>
}
