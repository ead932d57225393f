import { writeFileSync } from 'node:fs';
import { configurationPage } from '../src/config/documentation.ts';

/** Writes the documentation that is made from the sources. A test fails when what is checked in is not the same. */
writeFileSync('docs/configuration.md', configurationPage());
