// The two pages of a sign-in by a link: the one that asks, and the one that waits. They load nothing, and work without a
// script too. Pure.
import { createHash } from 'node:crypto'
import { pageHeaders } from '../http/security-headers.ts'

export interface Page {
  readonly headers: Record<string, string>
  readonly body: string
}

const STYLE = `:root{color-scheme:light}body{margin:0;min-height:100vh;display:grid;place-items:center;background:#FAF7F2;color:#1F1B16;font:1.0625rem/1.5 system-ui,sans-serif}main{max-width:26rem;padding:2rem}h1{font-size:1.5rem;line-height:1.25;margin:0 0 .75rem;border-top:4px solid #B8893B;padding-top:1rem}p{margin:.75rem 0;overflow-wrap:anywhere}button{font:inherit;font-weight:600;padding:.7rem 1.4rem;border:0;border-radius:.4rem;background:#1F1B16;color:#FAF7F2;cursor:pointer}button:disabled{opacity:.6}button:focus-visible{outline:3px solid #B8893B;outline-offset:2px}.note{border-left:3px solid #B8893B;padding-left:.75rem}`

const ASK = `const f=document.forms[0],d=document.documentElement.dataset,b=f.querySelector('button'),n=document.getElementById('note'),h={'x-csrf':'1'};const say=t=>{n.textContent=t;n.hidden=false};const go=async()=>{b.disabled=true;try{const r=await fetch('/auth/confirm',{method:'POST',headers:{...h,'content-type':'application/json'},body:JSON.stringify(Object.fromEntries(new FormData(f)))});if(r.ok)return location.replace('/auth/pending');const p=await r.json();say(p.detail||p.title)}catch{say('That did not work. Try again in a moment.')}b.disabled=false};f.addEventListener('submit',e=>{e.preventDefault();go()});fetch('/auth/session',{headers:h}).then(r=>r.json()).then(s=>{if(s.authenticated)say('You are signed in here as '+(s.name||s.sub)+'. Going on ends that.');else if('auto'in d&&s.state)go()}).catch(()=>{})`

const WAIT = `let over=false;const look=async()=>{if(over)return;try{const r=await fetch('/auth/pending/state',{headers:{'x-csrf':'1'}});if(!r.ok)return;const s=await r.json();if(s.to&&!over){over=true;location.replace(s.to)}}catch{}};try{const e=new EventSource('/auth/events');for(const t of['signin.active','signin.refused'])e.addEventListener(t,look)}catch{}setInterval(look,5000);look()`

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
const STYLE_HASH = hashOf(STYLE)
const ASK_HASH = hashOf(ASK)
const WAIT_HASH = hashOf(WAIT)

export interface AskPage {
  /** As the browser has it. */
  readonly origin: string
  readonly provider: string
  readonly token: string
  /** Whom the link says it is for; one line of plain text. */
  readonly account: string | undefined
  /** Goes on by itself where nobody is signed in. */
  readonly auto: boolean
}

export function askPage({ origin, provider, token, account, auto }: AskPage): Page {
  const site = escaped(new URL(origin).host)
  const whom = account === undefined ? '' : ` as <strong>${escaped(account)}</strong>`
  const field = (name: string, value: string) =>
    `<input type="hidden" name="${name}" value="${escaped(value)}">`
  const body = `<h1>Sign in to ${site}${whom}?</h1><p>Somebody sent you a link that signs you in. Go on only if you asked for it, and if this is your own account.</p><p class="note" id="note" role="status" hidden></p><form method="post" action="/auth/confirm">${field('provider', provider)}${field('token', token)}<button>Sign in to ${site}</button></form>`
  return page(origin, `Sign in to ${site}`, body, ASK, ASK_HASH, auto ? ' data-auto' : '')
}

export function waitPage(origin: string): Page {
  const site = escaped(new URL(origin).host)
  const body = `<h1>One moment</h1><p role="status">Your link is being checked. You will be taken to ${site} as soon as that is done.</p><noscript><meta http-equiv="refresh" content="3"></noscript>`
  return page(origin, 'One moment', body, WAIT, WAIT_HASH)
}

function page(
  origin: string,
  title: string,
  body: string,
  script: string,
  hash: string,
  data = '',
): Page {
  return {
    headers: {
      ...pageHeaders(origin),
      'content-security-policy': `default-src 'none'; script-src ${hash}; style-src ${STYLE_HASH}; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
      'content-type': 'text/html; charset=utf-8',
    },
    body: `<!doctype html><html lang="en"${data}><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex"><title>${title}</title><style>${STYLE}</style><main>${body}</main><script>${script}</script></html>`,
  }
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}
