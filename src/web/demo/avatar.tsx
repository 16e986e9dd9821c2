// A person's initial in their colour; whoever puts it somewhere puts the name beside it.

export function Avatar({ initial }: { readonly initial: string }) {
  return (
    <span className="avatar" aria-hidden="true">
      {initial}
    </span>
  )
}
