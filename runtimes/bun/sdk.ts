// Each run has a copy of this file in its working directory as ./sdk.ts.
import { readFileSync, writeFileSync } from 'node:fs'

const metadataFile = (): string => {
  const path = process.env.CODE_RUNNER_METADATA
  if (!path) throw new Error('sdk: CODE_RUNNER_METADATA is not set, so there is nowhere to keep metadata')
  return path
}

/** Sets the metadata of the response, replacing earlier metadata. `data` is any JSON value. */
export function setMetadata(data: unknown): void {
  const json = JSON.stringify(data)
  if (json === undefined) throw new TypeError('sdk: metadata must be a JSON value')
  writeFileSync(metadataFile(), json)
}

/** Returns the metadata, or null if none has been set. */
export function getMetadata(): unknown {
  try {
    return JSON.parse(readFileSync(metadataFile(), 'utf8'))
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return null
    throw error
  }
}
