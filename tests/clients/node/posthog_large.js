// Sends a batch that is over the limit of a body: the library must halve it on 413. node posthog_large.js URL KEY RUN
import { PostHog } from 'posthog-node'

const [host, key, run] = process.argv.slice(2)
const sent = 1_100
const client = new PostHog(key, { host, flushAt: sent, maxBatchSize: sent, flushInterval: 600_000, disableCompression: true })
const text = 'x'.repeat(20_000)
for (let number = 0; number < sent; number += 1) {
  client.capture({ distinctId: run, event: 'Large', properties: { number, text } })
}
await client.shutdown(60_000)
console.log(JSON.stringify({ sent }))
