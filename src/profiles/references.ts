/** What a profile file must keep true beyond the shape of its parts: names lead somewhere, and nothing is said twice. */

import type { OperationFile, ProfileFile } from './file-schema.ts'
import { isListPlace } from './request-facts.ts'

/** One line per problem, each beginning with the key it is about; empty when the file holds together. */
export function referenceProblems(file: ProfileFile): readonly string[] {
  return [
    ...roleProblems(file),
    ...typeProblems(file),
    ...Object.entries(file.operations).flatMap(([name, operation]) => operationProblems(file, name, operation)),
    ...nameClashes(file),
    ...missingResource(file, 'frontDoor', file.frontDoor),
    ...settingProblems(file),
  ]
}

function roleProblems(file: ProfileFile): readonly string[] {
  const { roles, administratorRole } = file
  const problems = Object.entries(roles).flatMap(([name, role]) => {
    const key = `roles.${name}`
    const said = [...role.allow, ...role.disable, ...role.deny]
    return [
      ...role.parents
        .filter((parent) => !Object.hasOwn(roles, parent))
        .map((parent) => `${key}.parents: there is no role ${parent}`),
      ...said.flatMap((resource) => missingResource(file, key, resource)),
      ...repeated(said).map((resource) => `${key}: says two things about ${resource}`),
    ]
  })
  const admin = Object.hasOwn(roles, administratorRole) ? [] : ['administratorRole: is none of the roles']
  return [...problems, ...admin, ...guestProblems(file), ...cycleOf(file)]
}

function guestProblems({ roles, administratorRole, guestRole }: ProfileFile): readonly string[] {
  if (guestRole === null) return []
  if (!Object.hasOwn(roles, guestRole)) return ['guestRole: is none of the roles']
  return guestRole === administratorRole ? ['guestRole: is the role of administrators'] : []
}

/** The roles along a circle of parents. */
function cycleOf({ roles }: ProfileFile): readonly string[] {
  const done = new Set<string>()
  const visit = (name: string, trail: readonly string[]): readonly string[] => {
    if (trail.includes(name)) return [`roles.${name}.parents: go in a circle (${[...trail, name].join(' → ')})`]
    if (done.has(name)) return []
    done.add(name)
    return (roles[name]?.parents ?? []).flatMap((parent) => visit(parent, [...trail, name]))
  }
  return Object.keys(roles)
    .flatMap((name) => visit(name, []))
    .slice(0, 1)
}

function typeProblems(file: ProfileFile): readonly string[] {
  return Object.entries(file.objectTypes).flatMap(([name, type]) => {
    const key = `objectTypes.${name}`
    const { rule, resource } = type
    const family = rule === 'resource' && (resource === null || !resource.endsWith('*'))
    return [
      ...missingResource(file, `${key}.passResource`, type.passResource),
      ...missingResource(file, `${key}.resource`, resource),
      ...missingResource(file, `${key}.unlistedChanges.resource`, type.unlistedChanges?.resource ?? null),
      ...missingSetting(file, `${key}.unlistedChanges`, type.unlistedChanges?.when),
      ...type.parentTypes.flatMap((parent) => missingType(file, `${key}.parentTypes`, parent)),
      ...(family ? [`${key}.resource: the rule resource needs a family of resources, such as server_*`] : []),
    ]
  })
}

function operationProblems(file: ProfileFile, name: string, operation: OperationFile): readonly string[] {
  const key = `operations.${name}`
  const resources = operation.resources ?? [name]
  return [
    ...(operation.access === 'role'
      ? resources.flatMap((each) => missingResource(file, `${key}.resources`, each))
      : []),
    ...missingSetting(file, `${key}.accessWhen`, operation.accessWhen),
    ...missingSetting(file, `${key}.deniedWhen`, operation.deniedWhen),
    ...operation.objects.flatMap((selector, index) => [
      ...missingType(file, `${key}.objects[${index}]`, selector.type),
      ...missingSetting(file, `${key}.objects[${index}]`, selector.when),
      ...selector.from.flatMap((source) => missingPlace(operation, `${key}.objects[${index}].from`, source)),
      ...(file.objectTypes[selector.type]?.rule === 'reach' && selector.reach.length === 0
        ? [`${key}.objects[${index}].reach: objects of the type ${selector.type} need at least one way`]
        : []),
    ]),
    ...operation.obligations.flatMap((each, index) => [
      ...obligationProblems(file, `${key}.obligations[${index}]`, each),
      ...('filterItems' in each && operation.response?.ids[each.filterItems] === undefined
        ? [`${key}.response.ids: must name the field that holds the id of a ${each.filterItems}`]
        : []),
      ...('filterItems' in each && !isJudged(file, operation, each.filterItems)
        ? [
            `${key}.objects: needs a selector of the type ${each.filterItems} without when, by whose rule its items are judged`,
          ]
        : []),
    ]),
    ...Object.values(operation.response?.parameterFields ?? {}).flatMap((field) =>
      missingField(file, `${key}.response.parameterFields`, field),
    ),
    ...bulkProblems(key, operation),
    ...productProblems(key, operation),
    ...changeProblems(file, key, operation),
    ...givingProblems(file, key, operation),
    ...(operation.shows === null || operation.objects[operation.shows.selector] !== undefined
      ? []
      : [`${key}.shows: the operation has no object selector ${operation.shows.selector}`]),
  ]
}

/** Without a selector the access rule of the type would not count, and every item would be shown. */
function isJudged({ objectTypes }: ProfileFile, { objects }: OperationFile, type: string): boolean {
  return (
    objectTypes[type]?.rule === 'none' ||
    objects.some((selector) => selector.type === type && selector.when === undefined)
  )
}

/** What is left out of a request must stand in a list of its body. */
function bulkProblems(key: string, { bulk, objects }: OperationFile): readonly string[] {
  const hasList = objects.some(({ from }) => from.some((source) => source.in === 'body' && isListPlace(source.at)))
  return bulk === 'whole' || hasList
    ? []
    : [`${key}.bulk: perItem needs a selector of a list, such as { body: /devices/* }`]
}

/** One request names its products in one place, whatever way of reach asks for them. */
function productProblems(key: string, operation: OperationFile): readonly string[] {
  const places = operation.objects.flatMap(({ reach }) =>
    reach.flatMap((way) => (typeof way === 'string' ? [] : (way.products ?? []))),
  )
  const different = new Set(places.map(({ in: place, at }) => `${place} ${at}`)).size > 1
  return [
    ...places.flatMap((source) => missingPlace(operation, `${key}.objects.reach.products`, source)),
    ...(different ? [`${key}.objects.reach.products: must be the same place in every way of an operation`] : []),
  ]
}

function obligationProblems(
  file: ProfileFile,
  key: string,
  each: OperationFile['obligations'][number],
): readonly string[] {
  return [
    ...missingResource(file, `${key}.unless`, each.unless),
    ...missingSetting(file, key, each.when),
    ...('mask' in each ? missingField(file, key, each.mask) : []),
    ...('removeField' in each ? missingField(file, key, each.removeField) : []),
    ...('filterItems' in each ? missingType(file, key, each.filterItems) : []),
  ]
}

function changeProblems(file: ProfileFile, key: string, operation: OperationFile): readonly string[] {
  return operation.changes.flatMap((change, index) => {
    const at = `${key}.changes[${index}]`
    if ('create' in change) return missingType(file, at, change.create)
    const places =
      'delete' in change
        ? [change.delete]
        : 'move' in change
          ? [change.move]
          : 'list' in change
            ? [change.list]
            : 'clearList' in change
              ? [change.clearList]
              : [change.parents, change.of]
    return places
      .filter((place) => operation.objects[place] === undefined)
      .map((place) => `${at}: the operation has no object selector ${place}`)
  })
}

function givingProblems({ roles }: ProfileFile, key: string, operation: OperationFile): readonly string[] {
  const { gives } = operation
  if (gives === null) return []
  const places = 'group' in gives ? [gives.rights, gives.products ?? [], gives.group].flat() : [gives.role]
  const named = 'group' in gives ? [] : [...Object.values(gives.names), gives.unnamed ?? []].flat()
  return [
    ...places.flatMap((source) => missingPlace(operation, `${key}.gives`, source)),
    ...named.filter((role) => !Object.hasOwn(roles, role)).map((role) => `${key}.gives: there is no role ${role}`),
  ]
}

/** A name of the path that no route has. */
function missingPlace(
  { routes }: OperationFile,
  key: string,
  source: OperationFile['objects'][number]['from'][number],
): readonly string[] {
  if (source.in === 'answer') return [`${key}: an object that is asked for cannot stand in the answer`]
  if (source.in !== 'path') return []
  const named = routes.some(({ path }) => path.includes(`{${source.at}}`) || path.includes(`{${source.at}...}`))
  return named ? [] : [`${key}: no route has {${source.at}} in its path`]
}

/** Names and aliases of operations share one space. */
function nameClashes({ operations }: ProfileFile): readonly string[] {
  const all = Object.entries(operations).flatMap(([name, { aliases }]) => [name, ...aliases])
  return repeated(all).map((name) => `operations: two have the name or alias ${name}`)
}

function settingProblems({ settings }: ProfileFile): readonly string[] {
  return Object.entries(settings).flatMap(([name, { default: value, values }]) =>
    values === null || values.includes(value) ? [] : [`settings.${name}.default: is none of its values`],
  )
}

function missingResource({ resources }: ProfileFile, key: string, name: string | null): readonly string[] {
  if (name === null || Object.hasOwn(resources, name)) return []
  const ofFamily = Object.keys(resources).some(
    (each) => each.endsWith('*') && name.length >= each.length && name.startsWith(each.slice(0, -1)),
  )
  return ofFamily ? [] : [`${key}: there is no resource ${name}`]
}

function missingType({ objectTypes }: ProfileFile, key: string, name: string): readonly string[] {
  return Object.hasOwn(objectTypes, name) ? [] : [`${key}: there is no object type ${name}`]
}

function missingField({ fields }: ProfileFile, key: string, name: string): readonly string[] {
  return Object.hasOwn(fields, name) ? [] : [`${key}: there is no field ${name}`]
}

function missingSetting(
  { settings }: ProfileFile,
  key: string,
  when: { setting: string; is: unknown } | undefined,
): readonly string[] {
  if (when === undefined) return []
  const spec = Object.hasOwn(settings, when.setting) ? settings[when.setting] : undefined
  if (spec === undefined) return [`${key}: there is no setting ${when.setting}`]
  const allowed = spec.values ?? (typeof spec.default === 'boolean' ? [true, false] : null)
  const fits = allowed === null ? typeof when.is === typeof spec.default : allowed.some((value) => value === when.is)
  return fits ? [] : [`${key}: the setting ${when.setting} is never ${String(when.is)}`]
}

function repeated(names: readonly string[]): readonly string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))]
}
