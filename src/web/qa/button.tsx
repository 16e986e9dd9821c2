// A button that stays where it is, focus included, while there is nothing for it to do.
import type { ComponentProps } from 'react'

export interface ButtonProps extends ComponentProps<'button'> {
  /** It cannot be pressed: a `disabled` one would throw whoever came by keys back to the top of the page. */
  readonly unable?: boolean
}

export function Button({ unable = false, className = 'button', onClick, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      className={className}
      aria-disabled={unable || undefined}
      onClick={unable ? undefined : onClick}
      {...rest}
    />
  )
}
