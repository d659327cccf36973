// Sends through Segment's Node library: node segment.js URL KEY RUN [COUNT]. Prints what was sent as one JSON line.
import { Analytics } from '@segment/analytics-node'

const [host, writeKey, run, count = '20'] = process.argv.slice(2)
const errors = []
const analytics = new Analytics({ host, writeKey, flushAt: 15, flushInterval: 200, maxRetries: 8 })
analytics.on('error', (error) => errors.push(String(error.reason ?? error.code)))

const anonymousId = `${run}-browser`
const userId = `${run}-user`
const at = new Date('2026-03-01T08:30:00.250Z')

analytics.page({ anonymousId, name: 'Home', properties: { url: `https://klinikk.no/?utm_source=google&utm_medium=cpc&gclid=${run}` } })
analytics.track({ anonymousId, event: 'Product Viewed', properties: { sku: 'W-1', price: 129.5 } })
analytics.identify({ userId, anonymousId, traits: { email: 'Kari@Example.no', plan: 'care' } })
analytics.track({ userId, event: 'Order Completed', timestamp: at, messageId: `${run}-order`, properties: { total: 990, currency: 'NOK', title: 'Smil 😀 æøå' } })
analytics.group({ userId, groupId: `${run}-company`, traits: { name: 'Klinikk AS' } })
analytics.alias({ userId, previousId: `${run}-old` })
for (let number = 0; number < Number(count); number += 1) {
  analytics.track({ userId, event: 'Counted', messageId: `${run}-${number}`, properties: { number } })
}
await analytics.closeAndFlush({ timeout: 60_000 })
console.log(JSON.stringify({ anonymousId, userId, at: at.toISOString(), sent: 6 + Number(count), errors }))
