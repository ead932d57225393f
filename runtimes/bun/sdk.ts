// Staged into the workspace as ./sdk.ts.
import { readFileSync, writeFileSync } from 'node:fs'

const metadataFile = (): string => {
  const path = process.env.CODE_RUNNER_METADATA
  if (!path) throw new Error('sdk: CODE_RUNNER_METADATA is not set, so there is nowhere to keep metadata')
  return path
}

/** Replace the metadata that the response carries. `data` is anything JSON can express. */
export function setMetadata(data: unknown): void {
  const json = JSON.stringify(data)
  if (json === undefined) throw new TypeError('sdk: metadata must be a JSON value')
  writeFileSync(metadataFile(), json)
}

/** What setMetadata was last given, or null. */
export function getMetadata(): unknown {
  try {
    return JSON.parse(readFileSync(metadataFile(), 'utf8'))
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return null
    throw error
  }
}
