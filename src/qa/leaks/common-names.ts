// Names that are words as well: "may", "will", "test". Pure.

const WORDS: ReadonlySet<string> = new Set(
  (
    'may will mark rob bill art sue grace hope faith joy rose dawn june april august summer autumn winter ' +
    'chase chance drew frank grant guy jack king lance max miles nick pat pearl ray rich rusty sandy sky skip ' +
    'stone ward wade west young brown black white green gray long short small best good page price rice wood ' +
    'test tests tester testing demo demos guest user users admin administrator root owner member customer client ' +
    'account profile person people staff support info sales service system team manager agent operator editor ' +
    'author viewer reader writer public private default anonymous nobody somebody everyone everybody me you ' +
    'first second third last one two three four five new old all any some none other another same self ' +
    'home office work school company group order orders product item items invoice name value data example sample ' +
    'alpha beta gamma delta dev development stage staging prod production live local main ' +
    'can could shall should would must might do does did done is are was were be been has have had not and or but ' +
    'for from with to in on at by of the this that these those it its as if then else so no yes ok true false null'
  ).split(' '),
)

/** Such a name says nothing where it is one word of a sentence. */
export function isCommonName(text: string): boolean {
  return WORDS.has(text.toLowerCase())
}

/** It is all that stands there: between quotes, between tags, or in a header. */
export function isWholeValue(text: string, start: number, end: number): boolean {
  return /(^|["'>])\s*$/.test(text.slice(Math.max(0, start - 8), start))
    ? /^\s*($|["'<])/.test(text.slice(end, end + 8))
    : false
}
