// A page asks for a password where a browser would show a field for one.
import { describe, expect, it } from 'vitest'
import { asksForPassword } from '../../../src/qa/leaks/sign-in-form.ts'

const FIELD = '<input name="p" type="password">'

describe('a page', () => {
  it.each([
    [`<form>${FIELD}</form>`],
    ['<html><INPUT TYPE=PassWord name=p></html>'],
    [`<p title="a > b">${FIELD}<!-- ${FIELD} -->`],
  ])('asks for a password: %s', (page) => {
    expect(asksForPassword(page)).toBe(true)
  })

  it.each([
    ['nothing at all', '<p>Hello'],
    ['a form in a comment', `<p>Hello<!-- <form>${FIELD}</form> -->`],
    ['a form in a script', `<p>Hello<script>const form = '${FIELD}'</script>`],
    ['two, to change it', `<form>${FIELD}${FIELD}</form>`],
    ['a field that is called so alone', '<input data-type="password" type="text">'],
    ['no page', JSON.stringify({ html: FIELD })],
  ])('does not ask for one: %s', (_, page) => {
    expect(asksForPassword(page)).toBe(false)
  })
})
