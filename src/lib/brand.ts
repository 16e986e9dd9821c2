// Two strings that must never be mistaken for each other get two types.

declare const brand: unique symbol
export type Brand<T, Name extends string> = T & { readonly [brand]: Name }
