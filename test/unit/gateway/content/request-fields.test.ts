import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { AppError } from '../../../../src/core/errors.ts'
import { checkQuery, checkSearchBody } from '../../../../src/gateway/content/request-fields.ts'
import { type ContentRules, NO_RULES } from '../../../../src/gateway/content/rules.ts'

const RULES: ContentRules = {
  ...NO_RULES,
  masks: [{ names: ['pakId', 'PAK Number'], keepLast: 4 }],
  removals: [['user_name']],
  parameters: [
    { name: 'q', by: 'all' },
    { name: 'number', by: ['pakId'] },
    { name: 'state', by: ['status'] },
  ],
}

const hidden = (error: unknown) => error instanceof AppError && error.code === 'FIELD_HIDDEN'

describe('a query that asks by a hidden field is FIELD_HIDDEN', () => {
  for (const query of [
    '?pakId=1',
    '?a=1&PAKID=1',
    '?pak_id=1',
    '?p%61kId=1',
    '?pakId[]=1',
    '?pakId.gte=1',
    '?pak_id__contains=1',
    '?filter[pakId]=1',
    '?filter%5Buser_name%5D=1',
    '?filter.user-name=1',
    '?sort=pakId',
    '?sort=-pakId,name',
    '?sort=name%20asc,pakId%20desc',
    '?orderBy=user.name',
    '?$filter=startswith(pakId,%27A%27)',
    '?$orderby=PAK+Number',
    '?where={"user_name":{"like":"a"}}',
    '?fields=name,pakId',
    '?x=1;pakId=2',
    '?filter={"pak\\u0049d":1}',
    '?filter=%7B%22pak%5Cu0049d%22%3A1%7D',
    '?filter=%7B%22pa%5C%5Cu006bId%22%3A1%7D',
    '?sort=pak%2549d',
    '?sort=pak%252549d',
    '?filter=%257B%2522user_name%2522',
    '?q=anything',
    '?number=1',
    '?NUMBER=1',
  ]) {
    test(query, () => assert.throws(() => checkQuery(query, RULES), hidden))
  }
})

describe('a query that does not passes', () => {
  for (const query of [
    '',
    '?',
    '?a=1&b=2',
    '?sort=name',
    '?state=on',
    '?user=x&name=y',
    '?page=2',
    '?x=pak&y=id',
    '?z=%ff',
    '?z=%25%255&a=%5Cu00',
    '?z=%25u0070ak&id=100%25',
  ]) {
    test(query, () => checkQuery(query, RULES))
  }

  test('nothing is hidden where there is no rule', () =>
    checkQuery('?pakId=1&q=x', { ...NO_RULES, parameters: RULES.parameters }))
})

describe('a search in a body', () => {
  for (const body of [
    { pakId: 1 },
    { filter: [{ field: 'user_name', op: 'eq' }] },
    { sort: '-pakId' },
    { and: [{ or: [{ 'PAK-Number': { gt: 1 } }] }] },
    'pakId=1',
    { filter: '{"pak\\u0049d":1}' },
    { filter: '{"\\\\u0070akId":1}' },
    { query: 'sort=pak%49d' },
  ]) {
    test(`${JSON.stringify(body)} is FIELD_HIDDEN`, () => assert.throws(() => checkSearchBody(body, RULES), hidden))
  }

  test('by other fields passes', () => checkSearchBody({ filter: [{ field: 'name', value: 1, x: null }] }, RULES))
})
