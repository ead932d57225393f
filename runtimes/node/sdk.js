// Each run has a copy of this file in its working directory as ./sdk.js. It can also be imported as 'sdk'.
import { readFileSync, writeFileSync } from 'node:fs'

const metadataFile = () => {
  const path = process.env.CODE_RUNNER_METADATA
  if (!path) throw new Error('sdk: CODE_RUNNER_METADATA is not set, so there is nowhere to keep metadata')
  return path
}

/** Sets the metadata of the response, replacing earlier metadata. `data` is any JSON value. */
export function setMetadata(data) {
  const json = JSON.stringify(data)
  if (json === undefined) throw new TypeError('sdk: metadata must be a JSON value')
  writeFileSync(metadataFile(), json)
}

/** Returns the metadata, or null if none has been set. */
export function getMetadata() {
  try {
    return JSON.parse(readFileSync(metadataFile(), 'utf8'))
  } catch (error) {
    if (error.code === 'ENOENT') return null
    throw error
  }
}
