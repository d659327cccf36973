// Sends through PostHog's Node library: node posthog.js URL KEY RUN [COUNT]. Prints what was sent as one JSON line.
import { PostHog } from 'posthog-node'

const [host, key, run, count = '20'] = process.argv.slice(2)
const errors = []
const client = new PostHog(key, { host, flushAt: 15, flushInterval: 200, fetchRetryCount: 8, fetchRetryDelay: 200 })
client.on('error', (error) => errors.push(String(error)))

const anonymousId = `${run}-browser`
const userId = `${run}-user`
const at = new Date('2026-03-01T08:30:00.250Z')

client.capture({ distinctId: anonymousId, event: '$pageview', properties: { $current_url: 'https://klinikk.no/?utm_source=nyhetsbrev&utm_medium=email' } })
client.identify({ distinctId: userId, properties: { $anon_distinct_id: anonymousId, $set: { email: 'Kari@Example.no' }, $set_once: { first: 'mars' } } })
client.capture({ distinctId: userId, event: 'Order Completed', timestamp: at, properties: { total: 990, title: 'Smil 😀 æøå' } })
client.alias({ distinctId: userId, alias: `${run}-old` })
client.groupIdentify({ groupType: 'company', groupKey: `${run}-company`, properties: { name: 'Klinikk AS' }, distinctId: userId })
const uuids = []
client.on('capture', (message) => message.event === 'Counted' && uuids.push(message.uuid))
for (let number = 0; number < Number(count); number += 1) {
  client.capture({ distinctId: userId, event: 'Counted', properties: { number } })
}
const flags = await client.getAllFlags(userId)
await client.shutdown(60_000)
console.log(JSON.stringify({ anonymousId, userId, at: at.toISOString(), sent: 5 + Number(count), flags, uuids, errors }))
