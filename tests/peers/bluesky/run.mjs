// One Bluesky network on loopback: directory (PLC), server for accounts (PDS), view of all posts, moderation.
// Ports come from the environment. Writes the server's address into the file that it is told, when all is ready.
import fs from 'node:fs'
import { TestNetwork } from '@atproto/dev-env'

const port = (name) => Number(process.env[`${name}_PORT`])
const network = await TestNetwork.create({
  plc: { port: port('PLC') },
  pds: { port: port('PDS'), enableDidDocWithSession: true },
  bsky: { port: port('VIEW'), dbPostgresSchema: 'bsky', publicUrl: `http://localhost:${port('VIEW')}` },
  ozone: { port: port('OZONE'), chatUrl: 'http://localhost:1', chatDid: 'did:example:chat' },
})
process.on('SIGTERM', async () => {
  await network.close()
  process.exit(0)
})
fs.writeFileSync(process.env.READY_FILE, JSON.stringify({ pds: network.pds.url }))
