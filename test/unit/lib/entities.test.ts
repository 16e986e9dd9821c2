// Character references are read as browsers read them, and written so that they read the same.
import { describe, expect, it } from 'vitest'
import { withEntities, withoutEntities } from '../../../src/lib/entities.ts'

describe('a text with character references', () => {
  it.each([
    ['&lt;a&gt; &AMP; &quot;&apos;', '<a> & "\''],
    ['&#39;&#x27;&#8217;&#x1F600;', "''\u2019\u{1f600}"],
    ['&amp;lt;', '&lt;'],
    ['&nbsp; & &lt &#; &#x;', '&nbsp; & &lt &#; &#x;'],
    ['&#0;&#x0;&#xd800;&#1114112;', '\ufffd\ufffd\ufffd\ufffd'],
  ])('reads as a browser reads it: %s', (text, read) => {
    expect(withoutEntities(text)).toBe(read)
  })

  it('is the same again when it was written with them', () => {
    const text = `<a href="x" title='y'>&amp; &#0;</a>`

    expect(withoutEntities(withEntities(text))).toBe(text)
    expect(withEntities(text)).not.toMatch(/[<>"']/)
  })
})
